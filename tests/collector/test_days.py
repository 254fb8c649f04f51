from datetime import UTC, datetime

import pytest

from collector.days import day_of, local_text, ms_of


def test_a_day_begins_at_midnight_in_ho_chi_minh_city() -> None:
    before = datetime(2026, 11, 23, 16, 59, 59, 999_000, tzinfo=UTC)
    midnight = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)

    assert day_of(ms_of(midnight)) == day_of(ms_of(before)) + 1


def test_a_time_is_told_as_people_here_write_it() -> None:
    assert local_text(datetime(2026, 11, 23, 18, 30, tzinfo=UTC)) == "24/11/2026 01:30:00"


@pytest.mark.parametrize("year", [1, 9999])
def test_a_kiosk_whose_clock_is_at_either_end_of_time_breaks_nothing(year: int) -> None:
    at = datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC)

    assert isinstance(day_of(ms_of(at)), int)
    assert local_text(at).startswith(("31/12", "01/01"))
