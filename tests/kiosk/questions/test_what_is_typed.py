"""The rules of what a visitor types, as a table. Everybody here is made up."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.identity import Scheme
from kiosk.questions import Checked, Doubt, Fault, Kind, check
from kiosk.questions.checks import number_doubt, scheme_of


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        pytest.param(Kind.NAME, "  Thạch   Thị Mẫu ", "Thạch Thị Mẫu", id="spaces"),
        pytest.param(
            Kind.NAME, unicodedata.normalize("NFD", "Huệ Mẫu"), "Huệ Mẫu", id="decomposed"
        ),
        pytest.param(Kind.NAME, "Jean-Luc O'Test", "Jean-Luc O'Test", id="foreign"),
        pytest.param(Kind.NAME, "ថាច់ សុភា", "ថាច់ សុភា", id="Khmer script"),
        pytest.param(Kind.NAME, "Y B", "Y B", id="two letters"),
        pytest.param(Kind.YEAR, "1990", "1990", id="year"),
        pytest.param(Kind.YEAR, "១៩៩០", "1990", id="Khmer digits"),
        pytest.param(Kind.YEAR, "2026", "2026", id="born this year"),
        pytest.param(Kind.PHONE, "0900 000 000", "0900000000", id="mobile"),
        pytest.param(Kind.PHONE, "+84 900.000.000", "0900000000", id="+84"),
        pytest.param(Kind.PHONE, "0084900000000", "0900000000", id="0084"),
        pytest.param(Kind.PHONE, "84900000000", "0900000000", id="84"),
        pytest.param(Kind.PHONE, "84 294 0000000", "02940000000", id="landline with 84"),
        pytest.param(Kind.PHONE, "0294-0000000", "02940000000", id="landline"),
        pytest.param(Kind.PHONE, "+85512000000", "+85512000000", id="foreign phone"),
        pytest.param(Kind.ID_NUMBER, "084 190 000 000", "084190000000", id="citizen card"),
        pytest.param(Kind.ID_NUMBER, "334000000", "334000000", id="older card"),
        pytest.param(Kind.ID_NUMBER, "b0000000", "B0000000", id="passport"),
        pytest.param(Kind.COMMUNE, "Phường  Trà Vinh", "Phường Trà Vinh", id="commune"),
    ],
)
def test_what_is_right_is_kept_in_one_spelling(kind: Kind, typed: str, kept: str) -> None:
    assert check(kind, typed, 2026) == Checked(kept)


@pytest.mark.parametrize(
    ("kind", "typed", "fault"),
    [
        pytest.param(Kind.NAME, "", Fault.EMPTY, id="nothing"),
        pytest.param(Kind.NAME, "   ", Fault.EMPTY, id="only spaces"),
        pytest.param(Kind.NAME, "A", Fault.NAME_SHORT, id="one letter"),
        pytest.param(Kind.NAME, "--", Fault.NAME_SHORT, id="no letter"),
        pytest.param(Kind.NAME, "M4u Test", Fault.NAME_SIGNS, id="digit in a name"),
        pytest.param(Kind.NAME, "Имя Тест", Fault.NAME_SIGNS, id="another script"),
        pytest.param(Kind.NAME, "a" * 81, Fault.TOO_LONG, id="81 letters"),
        pytest.param(Kind.TEXT, "a" * 121, Fault.TOO_LONG, id="121 signs"),
        pytest.param(Kind.YEAR, "90", Fault.YEAR, id="two digits"),
        pytest.param(Kind.YEAR, "1899", Fault.YEAR, id="before 1900"),
        pytest.param(Kind.YEAR, "2027", Fault.YEAR, id="next year"),
        pytest.param(Kind.YEAR, "19a0", Fault.YEAR, id="no number"),
        pytest.param(Kind.PHONE, "090000000", Fault.PHONE, id="a digit short"),
        pytest.param(Kind.PHONE, "09000000000", Fault.PHONE, id="a digit too many"),
        pytest.param(Kind.PHONE, "0400000000", Fault.PHONE, id="no such range"),
        pytest.param(Kind.ID_NUMBER, "08419000000", Fault.ID_NUMBER, id="11 digits"),
        pytest.param(Kind.ID_NUMBER, "ABCDEFGH", Fault.ID_NUMBER, id="letters only"),
    ],
)
def test_what_is_wrong_is_named(kind: Kind, typed: str, fault: Fault) -> None:
    assert check(kind, typed, 2026) is fault


@pytest.mark.parametrize(
    ("kind", "typed", "doubt"),
    [
        pytest.param(Kind.YEAR, "1916", None, id="110 years"),
        pytest.param(Kind.YEAR, "1915", Doubt.VERY_OLD, id="111 years"),
        pytest.param(Kind.PHONE, "0310000000", Doubt.PHONE_PREFIX, id="prefix nobody uses"),
    ],
)
def test_what_is_unusual_is_kept_and_asked_about(
    kind: Kind, typed: str, doubt: Doubt | None
) -> None:
    assert check(kind, typed, 2026) == Checked(typed, doubt)


@pytest.mark.parametrize(
    ("number", "year", "sex", "doubt"),
    [
        pytest.param("084190000000", "1990", "female", None, id="agrees"),
        pytest.param("084190000000", "1991", "female", Doubt.NOT_LIKE_CARD, id="another year"),
        pytest.param("084190000000", "1990", "male", Doubt.NOT_LIKE_CARD, id="another sex"),
        pytest.param("084190000000", "1990", "other", None, id="a sex the number cannot tell"),
        pytest.param("084205000000", "2005", "male", None, id="born after 2000"),
        pytest.param("084190000000", "", "", None, id="not asked"),
        pytest.param("334000000", "1990", "male", None, id="older card tells nothing"),
    ],
)
def test_a_card_number_that_tells_another_year_or_sex_raises_a_doubt(
    number: str, year: str, sex: str, doubt: Doubt | None
) -> None:
    assert number_doubt(number, year, sex) is doubt


def test_each_number_is_known_by_its_form() -> None:
    numbers = ("084190000000", "334000000", "B0000000", "12345")

    assert [scheme_of(number) for number in numbers] == [
        Scheme.CCCD,
        Scheme.CMND,
        Scheme.PASSPORT,
        None,
    ]


@given(st.sampled_from(Kind), st.text(max_size=200))
def test_every_text_has_an_answer_and_what_is_kept_is_composed(kind: Kind, typed: str) -> None:
    answer = check(kind, typed, 2026)

    if isinstance(answer, Checked):
        assert answer.value == unicodedata.normalize("NFC", answer.value)
        assert answer.value.strip()
