from datetime import UTC, datetime

import pytest

from kiosk.credentials import classify
from kiosk.domain.identity import CodeKind, Identity, NotPersonal, Scheme, Sex

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
NAME = "5468e1baa16368205468e1bb8b2053612052c3a279"  # Thạch Thị Sa Rây
OLD_SHORT = f"GD4840000000000|{NAME}|05/09/1990|2|-|84 - 001|01/01/2021|31/12/2021|15/12/2020|$"
OLD_FULL = (
    f"GD4840000000000|{NAME}|05/09/1990|2|-|84 - 001|01/01/2021|31/12/2021|15/12/2020|84000000000000|-|4|"
    " 01/10/2027|0123456789abcdef-7102|$"
)
NEW = (
    f"8400000000|{NAME}|05/09/1990|2|-|84 - 001|01/01/2026|-|01/01/2026|84000000000000|-|4|01/10/2027|"
    "0123456789abcdef-7102|4|58c3a3204c6f6e67204869e1bb87702c2074e1bb896e682056c4a96e68204c6f6e67|$"
)


def shown(text):
    return classify(text.encode(), now=NOW)


@pytest.mark.parametrize(
    ("card", "parts", "number"),
    [(OLD_SHORT, 10, "0000000000"), (OLD_FULL, 15, "0000000000"), (NEW, 17, "8400000000")],
)
def test_each_form_of_the_card_tells_who_it_is(card, parts, number):
    person = shown(card)

    assert card.count("|") + 1 == parts
    assert isinstance(person, Identity)
    assert person.kind is CodeKind.BHYT
    assert [(i.scheme, i.value) for i in person.identifiers] == [(Scheme.BHYT, number)]
    assert (person.name, person.birth, person.sex) == ("Thạch Thị Sa Rây", "1990-09-05", Sex.FEMALE)
    assert person.warnings == ()


def test_old_and_new_number_of_one_person_are_the_same_key():
    old = shown(OLD_SHORT.replace("GD4840000000000", "GD4848400000000"))
    new = shown(NEW)

    assert isinstance(old, Identity)
    assert isinstance(new, Identity)
    assert old.identifiers == new.identifiers


def test_class_letters_address_and_parents_are_not_kept():
    mother = "4de1bab92042e1bb8b61"  # Mẹ Bịa
    person = shown(NEW.replace("|-|4|", f"|{mother}|4|").replace("|2|-|", f"|2|{mother}|"))

    assert isinstance(person, Identity)
    assert person.address == ""
    assert "Mẹ" not in str([getattr(person, name) for name in person.__slots__])


@pytest.mark.parametrize(
    ("change", "to"),
    [
        pytest.param(NAME, NAME.upper(), id="hexadecimal in capitals"),
        pytest.param(NAME, NAME + "00", id="a NUL behind the name"),
        pytest.param("|$", "|", id="a reader that loses the last sign"),
        pytest.param("|84 - 001|", "| 84 - 001 |", id="blanks in a field"),
    ],
)
def test_what_readers_and_printers_do_to_the_card_does_not_matter(change, to):
    assert change in NEW
    assert shown(NEW.replace(change, to)) == shown(NEW)


@pytest.mark.parametrize(
    ("written", "birth", "warnings"),
    [
        ("1990", "1990", ()),
        ("5/9/1990", "1990-09-05", ()),
        ("00/00/1990", "1990", ()),
        ("31/02/1990", "1990", ("birth_date_odd",)),
        ("05/09/1890", "1890-09-05", ("birth_year_odd",)),
        ("05/09/1900", "1900-09-05", ("age_over_120",)),
        ("25/11/2026", "2026-11-25", ("birth_in_future",)),
        ("24/11/2026", "2026-11-24", ()),
    ],
)
def test_a_birth_date_may_be_partial_or_odd(written, birth, warnings):
    person = shown(NEW.replace("05/09/1990", written))

    assert isinstance(person, Identity)
    assert (person.birth, person.warnings) == (birth, warnings)


def test_a_long_address_in_hexadecimal_is_no_reason_to_refuse():
    assert isinstance(shown(NEW.replace("|2|-|", f"|2|{'e1ba' * 120}|")), Identity)


@pytest.mark.parametrize(
    ("card", "reason"),
    [
        pytest.param(NEW.replace(NAME, NAME[:-1]), "malformed", id="a name of odd length"),
        pytest.param(NEW.replace(NAME, "ff" + NAME), "malformed", id="a name that is no UTF-8"),
        pytest.param(NEW.replace(NAME, "1b5b324a"), "malformed", id="an escape in the name"),
        pytest.param(NEW.replace(NAME, "2020"), "malformed", id="a blank name"),
        pytest.param(NEW.replace(NAME, "Thạch Thị"), "malformed", id="a name in plain letters"),
        pytest.param(
            NEW.replace("05/09/1990", "05-09-1990"), "malformed", id="a date with hyphens"
        ),
        pytest.param(NEW.replace("|$", "|x"), "malformed", id="another last sign"),
        pytest.param(NEW.replace("8400000000", "840000000"), "malformed", id="nine digits"),
        pytest.param(NEW.replace("8400000000", "84000000000000"), "unknown", id="fourteen digits"),
        pytest.param(OLD_SHORT.replace("GD4", "gd4"), "unknown", id="small class letters"),
        pytest.param("|".join([*OLD_SHORT.split("|")[:8], "$"]), "malformed", id="nine parts"),
        pytest.param(NEW.replace("|-|4|", f"|{'0' * 601}|4|"), "malformed", id="an endless field"),
    ],
)
def test_a_damaged_card_is_nobody(card, reason):
    assert shown(card) == NotPersonal(reason)
