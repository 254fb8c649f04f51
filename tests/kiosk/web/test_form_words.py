"""Every word of the form exists in Vietnamese and Khmer, and no catalogue holds a word that nobody uses."""

import re
from pathlib import Path

import pytest

import kiosk.web
from kiosk.web.catalogue import load_catalogues
from kiosk.web.form import answering, views

TEMPLATES = Path(kiosk.web.__file__).parent / "templates" / "form"
PYTHON = [answering.CHOOSE, views.NOT_STORED]


def used() -> set[str]:
    words = set(PYTHON)
    for template in TEMPLATES.glob("*.html"):
        text = template.read_text(encoding="utf-8")
        words |= set(re.findall(r"""(?:say|\bt)\(["']([^"']+)["']""", text))
        # the strip's results: state, icon, words
        words |= set(re.findall(r'\("[a-z_]+", "[a-z]+", "([^"]+)"\)', text))
    return words


@pytest.mark.parametrize("language", ["vi", "km"])
def test_every_word_of_the_form_is_translated(language: str) -> None:
    catalogue = load_catalogues()[language]

    missing = {word for word in used() if catalogue.text(word) == word}

    assert missing == set()
    assert len(used()) > 25


@pytest.mark.parametrize("language", ["vi", "km"])
def test_every_fault_and_doubt_has_words(language: str) -> None:
    catalogue = load_catalogues()[language]

    for fault in answering.Fault:
        assert catalogue.text(answering.fault_message(fault)) != answering.fault_message(fault)
    for doubt in answering.Doubt:
        assert catalogue.text(answering.doubt_message(doubt)) != answering.doubt_message(doubt)
