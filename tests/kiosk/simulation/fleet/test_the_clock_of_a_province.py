"""A province's time is its own: a Tuesday soon, at many times the pace, also for a program that is started in it."""

import time
from datetime import UTC, date, datetime, timedelta

import pytest

from kiosk.simulation.fleet.clock import Clock, Hand, begun, moment, next_day
from kiosk.simulation.fleet.figures import Figure, of_json, table


def test_a_minute_of_this_machine_is_an_hour_at_sixty_times_its_pace():
    clock = Clock(moment(date(2026, 12, 8), 4 * 3600), began_s=1_000.0, speed=60.0)

    assert clock.at(1_060.0) == datetime(2026, 12, 7, 22, tzinfo=UTC)
    assert clock.at(1_000.0) == datetime(2026, 12, 7, 21, tzinfo=UTC)


@pytest.mark.parametrize("back", range(14))
def test_the_day_is_a_tuesday_whose_evening_before_has_not_been_yet(back):
    today = date(2026, 12, 20) - timedelta(days=back)

    day = next_day(today)

    assert day.weekday() == 1
    assert timedelta(days=2) <= day - today <= timedelta(days=8)


def test_the_time_of_a_file_goes_with_the_clock_and_jumps_with_it(tmp_path):
    file = tmp_path / "clock"
    evening, morning = moment(date(2026, 12, 7), 20 * 3600), moment(date(2026, 12, 8), 4 * 3600)

    with Hand(file, begun(evening, 60.0)) as hand:
        assert abs(file.stat().st_mtime - evening.timestamp()) < 60
        hand.clock = begun(morning, 60.0)
        deadline_s = time.monotonic() + 5
        while file.stat().st_mtime < morning.timestamp():
            assert time.monotonic() < deadline_s
            time.sleep(0.01)


def test_a_figure_without_a_value_has_not_reached_its_goal_and_says_so():
    figures = of_json([{"name": "recall", "value": None, "goal": 1.0, "note": "nobody was traced"}])

    assert not figures[0].is_reached
    assert Figure("seen", None).is_reached
    assert Figure("late", 4.0, 5.0, at_least=False).is_reached
    assert "| recall | none | ≥ 1  | NO      | nobody was traced |" in table(figures)
