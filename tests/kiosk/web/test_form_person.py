"""Who a declaration is of, from the code that was shown and from what was typed. Everybody here is made up."""

import pytest

from kiosk.domain.identity import CodeKind, Identifier, Identity, Scheme, Sex
from kiosk.questions import shipped
from kiosk.web.form.person import declarer, told_by_code

CARD = Identity(
    kind=CodeKind.CCCD,
    identifiers=(Identifier(Scheme.CCCD, "084190000000"), Identifier(Scheme.CMND, "334000000")),
    name="Thạch Thị Sa Rây",
    birth="1990-09-05",
    sex=Sex.FEMALE,
    address="Ấp Sóc Ớt, Long Hiệp, Trà Cú, Trà Vinh",
)
INSURED = Identity(
    kind=CodeKind.BHYT,
    identifiers=(Identifier(Scheme.BHYT, "4840000000"),),
    name="Lê Văn Mẫu",
    birth="1990",
)
TYPED = {
    "name": "Trần Văn Thử",
    "birth": "1985",
    "sex": "male",
    "phone": "0900000000",
    "number": "084085000000",
    "commune": "Phường Trà Vinh",
}


def test_a_citizen_card_answers_name_year_sex_and_number() -> None:
    assert told_by_code(CARD, shipped(), 2026) == {
        "name": "Thạch Thị Sa Rây",
        "birth": "1990",
        "sex": "female",
        "number": "084190000000",
    }


def test_what_a_code_does_not_say_is_left_to_be_asked() -> None:
    assert told_by_code(INSURED, shipped(), 2026) == {"name": "Lê Văn Mẫu", "birth": "1990"}


def test_somebody_without_a_code_is_known_by_the_number_they_type() -> None:
    person = declarer(None, shipped(), TYPED)

    assert person == Identity(
        kind=CodeKind.FORM,
        identifiers=(Identifier(Scheme.CCCD, "084085000000"),),
        name="Trần Văn Thử",
        birth="1985",
        sex=Sex.MALE,
        address="Phường Trà Vinh",
        phone="0900000000",
    )


@pytest.mark.parametrize(
    ("number", "scheme"),
    [
        pytest.param("334000000", Scheme.CMND, id="older card"),
        pytest.param("B0000000", Scheme.PASSPORT, id="passport"),
    ],
)
def test_each_kind_of_number_gets_its_scheme(number: str, scheme: Scheme) -> None:
    person = declarer(None, shipped(), {**TYPED, "number": number})

    assert person is not None
    assert person.identifiers == (Identifier(scheme, number),)


def test_somebody_with_neither_code_nor_number_is_nobody_the_kiosk_could_know_again() -> None:
    person = declarer(None, shipped(), {**TYPED, "number": ""})

    assert (person.identifiers, person.name) == ((), TYPED["name"])


def test_whoever_showed_a_card_stays_that_person_and_gains_what_was_typed() -> None:
    told = told_by_code(CARD, shipped(), 2026)

    person = declarer(CARD, shipped(), {**told, "phone": "0900000000", "commune": "Xã Long Hiệp"})

    assert person is not None
    assert (person.kind, person.identifiers) == (CodeKind.CCCD, CARD.identifiers)
    assert (person.birth, person.phone) == ("1990-09-05", "0900000000")
    assert person.address == "Xã Long Hiệp"


def test_another_number_than_the_cards_declares_for_another_person() -> None:
    person = declarer(CARD, shipped(), TYPED)

    assert person is not None
    assert (person.kind, person.name) == (CodeKind.FORM, "Trần Văn Thử")
    assert person.identifiers == (Identifier(Scheme.CCCD, "084085000000"),)


def test_a_number_typed_beside_a_code_without_one_is_added_behind_it() -> None:
    person = declarer(INSURED, shipped(), TYPED)

    assert person is not None
    assert person.kind is CodeKind.BHYT
    assert person.identifiers == (
        Identifier(Scheme.BHYT, "4840000000"),
        Identifier(Scheme.CCCD, "084085000000"),
    )
