import re
from pathlib import Path

import pytest

import kiosk.web
from kiosk.languages import LANGUAGES
from kiosk.web.catalogue import CatalogueError, load_catalogues, parse
from kiosk.web.screen import words

TEMPLATES = Path(kiosk.web.__file__).parent / "templates"
FOR_STAFF = set(words.FAULTS.values())


def test_a_translation_is_found_with_and_without_context():
    catalogue = parse(
        'msgid "Yes"\nmsgstr "Có"\n\nmsgctxt "travel"\nmsgid "Yes"\nmsgstr "Rồi"', "vi"
    )

    assert catalogue.text("Yes") == "Có"
    assert catalogue.text("Yes", "travel") == "Rồi"


def test_an_unknown_or_fuzzy_text_falls_back_to_english():
    catalogue = parse('#, fuzzy\nmsgid "Yes"\nmsgstr "Có lẽ"\n', "vi")

    assert catalogue.text("Yes") == "Yes"
    assert catalogue.text("No") == "No"


def test_a_text_over_several_lines_is_joined():
    catalogue = parse('msgid ""\n"Hold "\n"still"\nmsgstr "Giữ "\n"yên\\n"', "vi")

    assert catalogue.text("Hold still") == "Giữ yên\n"


def test_only_a_signed_text_counts_as_reviewed():
    text = '# review: pending\nmsgid "a"\nmsgstr "b"\n\n# review: Sa Ray 2026-12-01\nmsgid "c"\nmsgstr "d"'

    assert parse(text, "km").pending() == 1


@pytest.mark.parametrize("damage", ['msgid "a', "nonsense", '"lost"'])
def test_a_damaged_catalogue_is_told_with_its_line(damage):
    with pytest.raises(CatalogueError, match=r"km/kiosk\.po:3"):
        parse(f'# one\n\n{damage}\nmsgstr "x"', "km")


@pytest.mark.parametrize("language", [name for name in LANGUAGES if name != "en"])
def test_everything_the_visitor_reads_is_translated(language):
    catalogue = load_catalogues()[language]
    shown = set(re.findall(r'(?:three|label|t)\("([^"]+)"', "".join(_templates())))
    for table in (words.HINTS, words.MISSING):
        shown |= set(table.values())
    for table in (words.NOT_PERSONAL, words.INVALID):
        shown |= {text for pair in table.values() for text in pair}

    missing = {text for text in shown if catalogue.text(text) == text}

    assert missing - FOR_STAFF == set()


def _templates():
    for folder in ("screen", "."):
        for file in (TEMPLATES / folder).glob("*.html"):
            yield file.read_text(encoding="utf-8")
