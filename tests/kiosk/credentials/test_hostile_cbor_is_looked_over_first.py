import cbor2
import pytest

from kiosk.credentials import cbor


@pytest.mark.parametrize(
    "value",
    [
        0,
        -1,
        23,
        24,
        255,
        256,
        2**32,
        2**63,
        -(2**63),
        1.5,
        True,
        None,
        "ấ",
        b"\0",
        [],
        {},
        [[1], {2: "x"}],
    ],
)
def test_what_a_code_needs_is_decoded(value):
    assert cbor.loads(cbor2.dumps(value)) == value


@pytest.mark.parametrize(
    ("data", "value"),
    [
        pytest.param("9f01ff", [1], id="an open list"),
        pytest.param("bf6161 01ff", {"a": 1}, id="an open map"),
        pytest.param("5f4101 4102ff", b"\1\2", id="open bytes"),
        pytest.param("7f6161 6162ff", "ab", id="open text"),
        pytest.param("f90000", 0.0, id="half a float"),
    ],
)
def test_open_lengths_are_decoded(data, value):
    assert cbor.loads(bytes.fromhex(data)) == value


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("", id="nothing"),
        pytest.param("01 01", id="two items"),
        pytest.param("61", id="text that is not there"),
        pytest.param("5bffffffffffffffff", id="more bytes than the world has"),
        pytest.param("9bffffffffffffffff", id="a list of 2^64 items"),
        pytest.param("bbffffffffffffffff", id="a map of 2^64 pairs"),
        pytest.param("1c", id="a reserved length"),
        pytest.param("1f", id="an open number"),
        pytest.param("df", id="an open tag"),
        pytest.param("ff", id="a break on its own"),
        pytest.param("9f01", id="an open list that nobody closes"),
        pytest.param("bf01ff", id="an open map with half a pair"),
        pytest.param("5f6161ff", id="text within open bytes"),
        pytest.param("5f5f4101ffff", id="open bytes within open bytes"),
        pytest.param("61ff", id="text that is no UTF-8"),
        pytest.param("c06161", id="a date that is none"),
        pytest.param("c1fb7ff0000000000000", id="the time that never comes"),
        pytest.param("c243010000", id="a big number"),
        pytest.param("c5821b00000000ffffffff01", id="a big float, hours of work"),
        pytest.param("d8238161 28", id="a regular expression"),
        pytest.param("d82361 28", id="a broken regular expression"),
        pytest.param("d81c81d81d00", id="a list that holds itself"),
        pytest.param("d9010041 00", id="string references"),
        pytest.param("81" * 17 + "00", id="nested too deep"),
        pytest.param("81" * 2500 + "00", id="nested to the stack's end"),
        pytest.param("d83d" * 17 + "00", id="tags nested too deep"),
        pytest.param("990fa0" + "00" * 4000, id="too many items"),
    ],
)
def test_what_no_code_needs_is_refused(data):
    with pytest.raises(cbor.BadCbor):
        cbor.loads(bytes.fromhex(data))


def test_sixteen_levels_are_enough_for_everybody():
    assert cbor.loads(b"\x81" * 16 + b"\x00") is not None


def test_tagged_dates_become_the_text_that_json_would_have():
    dates = cbor.loads(
        bytes.fromhex(
            "84c074323032312d30362d31355430393a32343a30325ac11a60c8b0c2d903ec6a323032312d30362d3135 01"
        )
    )

    assert cbor.plain({"sc": dates}) == {
        "sc": ["2021-06-15T09:24:02Z", "2021-06-15T13:53:06Z", "2021-06-15", 1]
    }
