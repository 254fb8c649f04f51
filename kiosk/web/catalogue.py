"""The words of the pages, from gettext catalogues (`translations/LANG/LC_MESSAGES/kiosk.po`).

English is the source text. The `.po` files are read as they are: what a translator saves is what the kiosk shows, and
no compiled copy can go stale. A missing or fuzzy entry falls back to English.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import resources

from kiosk.errors import KioskError
from kiosk.languages import LANGUAGES, SOURCE_LANGUAGE

_LINE = re.compile(r'^(?:(msgctxt|msgid|msgstr)\s+)?(".*")\s*$')
_REVIEWED = re.compile(r"#\s*review:\s*(?!pending)\S+")


class CatalogueError(KioskError):
    """A catalogue cannot be read; names language and line."""


@dataclass
class Entry:
    """One message. `reviewed` says whether a native speaker has signed it (`# review: NAME DATE`)."""

    context: str = ""
    source: str = ""
    translation: str = ""
    fuzzy: bool = False
    reviewed: bool = False


@dataclass(frozen=True)
class Catalogue:
    """The messages of one language, by (context, source text)."""

    language: str
    entries: dict[tuple[str, str], Entry] = field(default_factory=dict)

    def text(self, source: str, context: str = "") -> str:
        """The translation, or the English source when there is none to be trusted."""
        entry = self.entries.get((context, source))
        if entry is None or entry.fuzzy or not entry.translation:
            return source
        return entry.translation

    def pending(self) -> int:
        """How many translations no native speaker has signed yet."""
        return sum(not entry.reviewed for entry in self.entries.values())


def load_catalogues() -> dict[str, Catalogue]:
    """One catalogue for each language. Raises `CatalogueError` when a file is damaged."""
    catalogues = {SOURCE_LANGUAGE: Catalogue(SOURCE_LANGUAGE)}
    for language in LANGUAGES:
        if language != SOURCE_LANGUAGE:
            file = resources.files("kiosk.web") / f"translations/{language}/LC_MESSAGES/kiosk.po"
            catalogues[language] = parse(file.read_text(encoding="utf-8"), language)
    return catalogues


def parse(text: str, language: str) -> Catalogue:
    """Read the subset of the PO format that has no plurals. Raises `CatalogueError`."""
    entries = {
        (entry.context, entry.source): entry for entry in _entries(text, language) if entry.source
    }
    return Catalogue(language, entries)


def _entries(text: str, language: str) -> Iterator[Entry]:
    for number, block in _blocks(text):
        entry, part = Entry(), ""
        values = {"msgctxt": "", "msgid": "", "msgstr": ""}
        for offset, line in enumerate(block):
            if line.startswith("#"):
                entry.fuzzy |= line.startswith("#,") and "fuzzy" in line
                entry.reviewed |= _REVIEWED.match(line) is not None
                continue
            found = _LINE.match(line)
            part = (found[1] or part) if found else ""
            if found is None or not part:
                raise CatalogueError(f"{language}/kiosk.po:{number + offset}: not understood")
            values[part] += _unquote(found[2], f"{language}/kiosk.po:{number + offset}")
        entry.context, entry.source = values["msgctxt"], values["msgid"]
        entry.translation = values["msgstr"]
        yield entry


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    """Runs of lines between empty ones, each with the number of its first line."""
    block: list[str] = []
    for number, line in enumerate([*text.splitlines(), ""], 1):
        if line.strip():
            block.append(line)
        elif block:
            if any(not kept.startswith("#") for kept in block):
                yield number - len(block), block
            block = []


def _unquote(quoted: str, where: str) -> str:
    try:
        return str(ast.literal_eval(quoted))
    except (SyntaxError, ValueError) as error:
        raise CatalogueError(f"{where}: the text is not quoted well") from error
