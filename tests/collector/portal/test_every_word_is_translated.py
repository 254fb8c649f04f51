"""The words of the phone pages, in the three languages."""

import re
from pathlib import Path

import pytest

import collector.portal
from collector.portal import words
from collector.portal.app import SAID as ERRORS
from collector.portal.place import RECORDED

TEMPLATES = Path(collector.portal.__file__).parent / "templates" / "portal"
IN_TEMPLATES = {
    source
    for page in TEMPLATES.glob("*.html")
    for call in re.findall(r"\bt\(([^)]*)\)", page.read_text(encoding="utf-8"))
    for source in re.findall(r'["\']([A-Z][^"\']+)["\']', call)
}
SOURCES = sorted(IN_TEMPLATES | {*ERRORS.values(), *RECORDED.values()})


@pytest.mark.parametrize("language", ["vi", "km"])
def test_no_page_falls_back_to_english(language):
    left = [source for source in SOURCES if words.translated(source, language) == source]

    assert len(SOURCES) > 25
    assert left == []


def test_no_translation_is_left_that_no_page_uses():
    used = set(SOURCES) | {"Send", "I agree, all of this is right: send"}
    ours = {source for _, source in words.own()["km"].entries}

    assert ours - used == set()
