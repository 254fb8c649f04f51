"""The words of these pages: those of the kiosk's own pages, and the few that only a phone needs."""

from functools import cache
from importlib import resources

from kiosk.languages import LANGUAGES, SOURCE_LANGUAGE
from kiosk.web.catalogue import Catalogue, load_catalogues, parse


@cache
def own() -> dict[str, Catalogue]:
    """What only a phone needs, by language."""
    found = {SOURCE_LANGUAGE: Catalogue(SOURCE_LANGUAGE)}
    for language in LANGUAGES:
        if language != SOURCE_LANGUAGE:
            file = resources.files(__package__) / f"translations/{language}/LC_MESSAGES/portal.po"
            found[language] = parse(file.read_text(encoding="utf-8"), language)
    return found


@cache
def _kiosks() -> dict[str, Catalogue]:
    return load_catalogues()


def translated(source: str, language: str) -> str:
    """The words in `language`; the English ones where there are none to be trusted."""
    if ("", source) in own()[language].entries:
        return own()[language].text(source)
    return _kiosks()[language].text(source)
