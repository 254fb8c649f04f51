"""What a venue writes in its settings, and which communes the form then offers by one tap."""

import pytest

from kiosk.questions.near import near_codes
from kiosk.questions.places import all_places


def names(codes):
    return [all_places().by_code(code).name for code in codes]


def test_the_venues_own_commune_brings_those_of_its_old_district():
    codes = near_codes(["Phường Trà Vinh"], all_places())

    assert names(codes)[0] == "Phường Trà Vinh"
    assert set(names(codes)[1:]) == {"Phường Long Đức", "Phường Nguyệt Hóa", "Phường Hòa Thuận"}


def test_a_commune_of_two_old_districts_has_those_of_the_larger_part_first():
    codes = near_codes(["Phường Bến Tre"], all_places())

    assert names(codes)[1:3] == ["Phường Phú Khương", "Phường An Hội"]


def test_what_is_named_comes_first_and_nothing_twice():
    codes = near_codes(["29242", "xã cầu kè", "Phường Long Đức, Vĩnh Long"], all_places())

    assert names(codes)[:3] == ["Phường Trà Vinh", "Xã Cầu Kè", "Phường Long Đức"]
    assert len(codes) == len(set(codes))


def test_every_commune_has_itself_first_among_its_neighbours():
    places = all_places()

    assert all(places.around(commune.code)[0] == commune.code for commune in places)


def test_nothing_named_is_nothing_near():
    assert near_codes([], all_places()) == []


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("Phường Trà Vin", "did you mean 29242 Phường Trà Vinh, Vĩnh Long"),
        ("Phường Tra Vihn", "did you mean 29242 Phường Trà Vinh, Vĩnh Long"),
        ("Xã Lương Hòa A", "is no commune since July 2025; did you mean"),
        ("99999", "is no commune since July 2025"),
        ("", "is no commune"),
        ("Xã Tân Tiến", "write the code of one: "),
    ],
)
def test_a_name_that_names_not_exactly_one_is_told_with_what_was_meant(written, told):
    with pytest.raises(ValueError, match="commune") as refused:
        near_codes([written], all_places())

    assert told in str(refused.value)


def test_all_wrong_names_are_told_at_once():
    with pytest.raises(ValueError, match="commune") as refused:
        near_codes(["Nowhere", "Phường Trà Vinh", "Nirgends"], all_places())

    assert len(str(refused.value).splitlines()) == 2
