"""Every character of the pages has a glyph in the two families that the style sheets name."""

import shutil
import subprocess
import unicodedata
from pathlib import Path

import pytest

import kiosk.questions
import kiosk.web
from kiosk.web.catalogue import load_catalogues

WEB = Path(kiosk.web.__file__).parent
QUESTIONS = Path(kiosk.questions.__file__).parent
FAMILIES = ("Noto Sans", "Noto Sans Khmer")


def shown_characters():
    texts = [entry.translation for c in load_catalogues().values() for entry in c.entries.values()]
    for pattern in ("templates/**/*.html", "static/**/*.js"):
        texts += [file.read_text(encoding="utf-8") for file in WEB.glob(pattern)]
    texts += [file.read_text(encoding="utf-8") for file in QUESTIONS.glob("*.toml")]
    letters = {letter for text in texts for letter in unicodedata.normalize("NFC", text)}
    return sorted(letter for letter in letters if letter.isprintable() and not letter.isspace())


def families_with(letter):
    query = f":charset={ord(letter):x}"
    listed = subprocess.run(
        ["fc-list", query, "family"], capture_output=True, text=True, check=True
    ).stdout
    return {name.strip() for line in listed.splitlines() for name in line.split(",")}


def test_every_character_has_a_glyph():
    if shutil.which("fc-list") is None:
        pytest.skip("no fc-list on this machine")
    if not set(FAMILIES) <= families_with("1") | families_with("ក"):
        pytest.skip("fonts-noto-core is not installed")

    without = [
        f"{letter} U+{ord(letter):04X}"
        for letter in shown_characters()
        if not families_with(letter) & set(FAMILIES)
    ]

    assert without == []


def test_both_families_are_named_in_the_style():
    style = (WEB / "static" / "base.css").read_text(encoding="utf-8")

    assert all(f'"{family}"' in style for family in FAMILIES)
