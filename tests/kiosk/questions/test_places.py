"""Communes found by what people type and by what stands on a card."""

import json
import unicodedata
from importlib import resources

import pytest

from kiosk.questions.places import all_places, fold


def test_the_table_holds_every_province_and_commune_since_july_2025() -> None:
    table = json.loads(
        resources.files("kiosk.questions").joinpath("communes.json").read_text("utf-8")
    )

    assert len(table["provinces"]) == 34
    assert sum(len(province["communes"]) for province in table["provinces"]) == 3321


def test_the_table_says_where_it_comes_from_and_under_which_licence() -> None:
    source = json.loads(
        resources.files("kiosk.questions").joinpath("communes.json").read_text("utf-8")
    )["source"]

    assert source["package"].startswith("vietnamadminunits-")
    assert source["licence"] == "MIT"
    assert "Permission is hereby granted" in source["text"]


def test_every_name_is_composed_and_begins_with_a_capital() -> None:
    for found in all_places().search("a", most=10_000):
        name = found.commune.full_name
        assert name == unicodedata.normalize("NFC", name)
        assert name[0].isupper()


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        pytest.param("Phường Trà Vinh", "Phường Trà Vinh, Vĩnh Long", id="as it is written"),
        pytest.param("phuong tra vinh", "Phường Trà Vinh, Vĩnh Long", id="without marks"),
        pytest.param("tra v", "Phường Trà Vinh, Vĩnh Long", id="begun"),
        pytest.param("vĩnh long, xã long hiệp", "Xã Long Hiệp, Vĩnh Long", id="province first"),
        pytest.param("dong da", "Phường Đống Đa, Hà Nội", id="the barred d"),
    ],
)
def test_a_commune_is_found_by_its_new_name(typed: str, first: str) -> None:
    found = all_places().search(typed, near="Vĩnh Long")

    assert found[0].commune.full_name == first
    assert found[0].old_name == ""


def test_an_old_name_finds_the_new_commune_and_says_so() -> None:
    found = all_places().search("Trà Vinh, phường 1", near="Vĩnh Long")

    assert found[0].commune.full_name == "Phường Trà Vinh, Vĩnh Long"
    assert found[0].old_name == "Phường 1, Trà Vinh, Trà Vinh"


def test_a_number_is_a_whole_word() -> None:
    names = [found.old_name for found in all_places().search("phường 1 trà vinh", most=50)]

    assert names
    assert not any("Phường 1" + digit in name for name in names for digit in "0123456789")


def test_the_venues_own_province_comes_first() -> None:
    provinces = [found.commune.province for found in all_places().search("tan an", "Vĩnh Long")]

    assert provinces[0] == "Vĩnh Long"


def test_at_most_so_many_are_offered_and_none_twice() -> None:
    found = all_places().search("xa", most=6)

    assert len({each.commune.code for each in found}) == len(found) == 6


@pytest.mark.parametrize("typed", ["", "   ", ",.-", "qqqq"])
def test_what_names_nothing_finds_nothing(typed: str) -> None:
    assert all_places().search(typed) == []


@pytest.mark.parametrize(
    ("address", "code"),
    [
        pytest.param("Ấp Sóc Ớt, Long Hiệp, Trà Cú, Trà Vinh", "29506", id="card of 2021"),
        pytest.param("Xã Long Hiệp, Vĩnh Long", "29506", id="new names"),
        pytest.param("Khóm 1, Phường 7, Trà Vinh", "29254", id="a city without its name"),
    ],
)
def test_a_card_that_names_exactly_one_commune_proposes_it(address: str, code: str) -> None:
    commune = all_places().proposed(address)

    assert commune is not None
    assert commune.code == code


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("", id="nothing"),
        pytest.param("Trà Vinh", id="only a province"),
        pytest.param("Ấp 1, Nowhere, Nowhere, Trà Vinh", id="no such commune"),
        pytest.param("Tân Tiến, Lạng Sơn, Nowhere", id="another order"),
    ],
)
def test_a_card_that_does_not_name_exactly_one_proposes_none(address: str) -> None:
    assert all_places().proposed(address) is None


def test_an_old_commune_that_was_divided_is_for_its_people_to_say() -> None:
    # Tân Thạnh of Thới Lai was divided between two communes in 2025
    assert all_places().proposed("Tân Thạnh, Thới Lai, Cần Thơ") is None


@pytest.mark.parametrize(
    ("typed", "near", "code"),
    [
        pytest.param("phuong tra vinh", "", "29242", id="the only one of its name"),
        pytest.param("Xã Long Hiệp, Vĩnh Long", "", "29506", id="with its province"),
        pytest.param("Long Hiệp", "Vĩnh Long", None, id="without its type"),
        pytest.param("Xã Tân Tiến", "", None, id="one of seven"),
        pytest.param("Xã Tân Tiến", "Hưng Yên", "12583", id="one of seven, in the province"),
        pytest.param("Xã Nowhere", "", None, id="none"),
    ],
)
def test_whoever_types_a_whole_name_need_not_choose(typed: str, near: str, code: str) -> None:
    commune = all_places().named(typed, near)

    assert (commune.code if commune else None) == code


def test_every_commune_is_known_by_its_code() -> None:
    commune = all_places().by_code("29242")

    assert commune is not None
    assert commune.full_name == "Phường Trà Vinh, Vĩnh Long"
    assert all_places().by_code("00000") is None


@pytest.mark.parametrize(
    ("text", "folded"),
    [("Đống Đa", "dong da"), ("HÒA", "hoa"), ("hoà", "hoa"), ("Ea H'leo", "ea h leo")],
)
def test_names_are_compared_without_marks(text: str, folded: str) -> None:
    assert fold(text) == folded
