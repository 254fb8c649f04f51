from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.days import ZONE
from collector.registry.hours import Hours, HoursError, Span, parse, text_of


@pytest.mark.parametrize(
    ("written", "read_back"),
    [
        ("", ""),
        ("24/24", "24/24"),
        ("07:00-17:00", "07:00-17:00"),
        ("7h00 - 17h30", "07:00-17:30"),
        ("T2-T6 07:00-11:00, 13:00-17:00; T7 07:00-11:00",) * 2,
        ("CN 18:00-02:00", "CN 18:00-02:00"),
        ("Mon,Wed,Fri 07:00-24:00", "T2,T4,T6 07:00-24:00"),
        ("t7,cn 06:00-12:00", "T7-CN 06:00-12:00"),
    ],
)
def test_hours_are_read_and_written_back_at_their_shortest(written, read_back) -> None:
    assert text_of(parse(written)) == read_back


@pytest.mark.parametrize(
    "written",
    [
        "sáng",
        "25:00-26:00",
        "07:60-08:00",
        "07:00",
        "07:00-07:00",
        "T8 07:00-11:00",
        "T6-T2 07:00-11:00",
        "T2 07:00-12:00, 11:00-13:00",
        "T2",
    ],
)
def test_what_is_not_hours_is_refused(written) -> None:
    with pytest.raises(HoursError):
        parse(written)


@pytest.mark.parametrize(
    ("written", "at", "expected"),
    [
        ("T3 07:00-11:00", "2026-11-24 07:00", True),  # a Tuesday
        ("T3 07:00-11:00", "2026-11-24 11:00", False),
        ("T3 07:00-11:00", "2026-11-25 08:00", False),
        ("T3 18:00-02:00", "2026-11-25 01:59", True),
        ("T3 18:00-02:00", "2026-11-25 02:00", False),
        ("CN 18:00-02:00", "2026-11-23 01:00", True),  # Sunday's night lasts into Monday
        ("24/24", "2026-11-24 00:00", True),
        ("", "2026-11-24 08:00", False),
    ],
)
def test_visitors_are_expected_within_the_hours_of_the_place(written, at, expected) -> None:
    moment = datetime.strptime(at, "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)

    assert parse(written).hold(moment) == expected


def test_hours_not_known_are_not_hours_closed() -> None:
    assert not parse("").are_known
    assert parse("T2 07:00-11:00").are_known


days = st.integers(0, 6)
minutes = st.integers(0, 24 * 60 - 1)


@given(st.dictionaries(days, st.tuples(minutes, st.integers(1, 24 * 60 - 1))))
def test_any_hours_are_read_back_as_they_were(spans) -> None:
    # a day's span that ends exactly at midnight is written 24:00
    hours = Hours(tuple(sorted(Span(day, at, at + length) for day, (at, length) in spans.items())))

    assert parse(text_of(hours)) == hours
