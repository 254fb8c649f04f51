"""The desk that the loop tells: masked names, a clear one for a minute, numbers that outlive a restart."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kiosk.domain.staff_act import Act, ActKind
from kiosk.domain.verdict import Outcome, Verdict
from kiosk.domain.visit import Direction, Visit
from kiosk.staff.desk import StaffDesk
from kiosk.staff.ring import Ring
from kiosk.staff.tally import Begun, Tally

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NAME = "Thạch Thị Mẫu"


class Wall:
    def __init__(self):
        self.at = datetime(2026, 11, 28, 8, 15, tzinfo=ZONE)

    def __call__(self):
        return self.at


@pytest.fixture
def wall():
    return Wall()


@pytest.fixture
def told():
    return []


@pytest.fixture
def make_desk(tmp_path, wall, told):
    def make(begun=None, limit=0):
        tally = Tally(tmp_path / "tally.json", wall().date(), begun or Begun())
        return StaffDesk(tally, wall, limit=limit, boot="b", publish=told.append)

    return make


def visit(number=1, outcome=Outcome.ACCEPTED, direction=Direction.IN, follows=None):
    at = datetime(2026, 11, 28, 1, 15, tzinfo=UTC)
    return Visit(f"visit-{number}", at, direction, Verdict(outcome, "x"), "cccd", follows)


def test_a_visit_is_shown_with_a_masked_name_only(make_desk, told):
    desk = make_desk()

    desk.visited(visit(), NAME)
    desk.turned({"screen": "idle", "faults": []})

    (state,) = told
    assert state["last"][0]["name"] == "Thạch T. M***"
    assert state["inside"] == state["today"]["in"] == 1
    assert "Mẫu" not in json.dumps(state, ensure_ascii=False)


def test_whoever_is_asked_to_declare_and_does_came_in_once(make_desk):
    desk = make_desk()

    desk.visited(visit(1, Outcome.MISSING), NAME)
    assert desk.state()["today"]["in"] == 0
    desk.visited(visit(2, follows="visit-1"), NAME)

    state = desk.state()
    assert state["today"]["in"] == state["inside"] == 1
    assert sum(state["hours"]) == 1


def test_somebody_who_was_referred_has_a_clear_name_for_a_minute():
    ring = Ring()
    ring.add(visit(outcome=Outcome.REFER), NAME, "08:15", now_s=100.0)

    assert ring.clear_name("visit-1", 159.0) == NAME
    assert [one.seen.name for one in ring.referrals(161.0)] == ["Thạch T. M***"]
    assert ring.clear_name("visit-1", 161.0) == ""
    assert "Mẫu" not in repr(ring.referrals(159.0))


def test_whoever_was_accepted_has_no_clear_name():
    ring = Ring()
    ring.add(visit(), NAME, "08:15", now_s=100.0)

    assert ring.clear_name("visit-1", 100.0) == ""


def test_a_referral_ends_when_it_is_handled_or_a_later_visit_says_so(make_desk):
    desk = make_desk()
    desk.visited(visit(1, Outcome.REFER), NAME)
    desk.visited(visit(2, Outcome.REFER), NAME)
    assert {one["code"] for one in desk.state()["alerts"]} == {"referral"}

    desk.acted(Act(ActKind.REFER, "g", "let_in", visit="visit-1"))
    desk.visited(visit(3, follows="visit-2"), NAME)

    assert desk.state()["referrals"] == []
    assert not desk.is_waiting("visit-1")


def test_a_call_is_told_until_it_is_answered(make_desk):
    desk = make_desk()
    desk.called()
    assert desk.state()["alerts"] == [{"code": "call", "weight": "now"}]

    desk.acted(Act(ActKind.CALL, "g", "answered"))

    assert desk.state()["alerts"] == []


def test_the_limit_is_near_and_then_reached(make_desk):
    desk = make_desk(limit=10)
    desk.acted(Act(ActKind.OCCUPANCY, "g", number=9))
    assert desk.state()["level"] == "near"

    desk.visited(visit(), NAME)

    assert (desk.state()["level"], desk.state()["inside"]) == ("full", 10)


def test_what_staff_have_counted_outlives_a_restart(make_desk):
    make_desk(Begun(inside=5)).acted(Act(ActKind.PAPER, "g", "no_phone", number=3))

    again = make_desk(Begun(inside=6))

    assert again.state()["inside"] == 9
    assert again.state()["today"]["paper"] == 3


def test_at_midnight_everybody_has_gone_home(make_desk, wall):
    desk = make_desk(Begun(inside=5, entries=7))
    wall.at += timedelta(days=1)

    desk.turned({"screen": "idle", "faults": []})

    assert desk.state()["inside"] == 0
    assert desk.state()["today"]["in"] == 0


def test_the_same_hour_of_earlier_days_is_the_measure_of_this_one(make_desk, wall):
    desk = make_desk()
    for _ in range(3):
        for number in range(40):
            desk.visited(visit(number), NAME)
        wall.at += timedelta(days=1)
    wall.at = wall.at.replace(minute=59)
    desk.turned({"screen": "idle", "faults": []})

    state = make_desk().state()  # a restart forgets nothing of it

    assert state["coverage_by"] == "usual"
    assert state["coverage"] == 0.0
    assert [one["code"] for one in state["alerts"]] == ["unscanned"]


def test_where_a_light_barrier_counts_it_is_the_measure(make_desk):
    desk = make_desk()
    desk.visited(visit(), NAME)

    desk.turned({"screen": "idle", "faults": [], "passers_this_hour": 20})

    state = desk.state()
    assert (state["coverage"], state["coverage_by"]) == (0.05, "barrier")
    assert [one["code"] for one in state["alerts"]] == ["unscanned"]


def test_a_damaged_file_of_numbers_is_not_used(make_desk, tmp_path):
    (tmp_path / "tally.json").write_text('{"day": 5')

    assert make_desk(Begun(inside=2)).state()["inside"] == 2


def test_between_visits_the_page_hears_of_changes_at_once_and_of_nothing_rarely(make_desk, told):
    desk = make_desk()
    desk.turned({"screen": "idle", "faults": []})
    desk.turned({"screen": "idle", "faults": []})
    assert len(told) == 1

    desk.turned({"screen": "fault", "faults": ["camera"]})

    assert [one["code"] for one in told[-1]["alerts"]] == ["camera"]
    assert [one["seq"] for one in told] == [1, 2]


def test_what_happens_in_one_turn_of_the_loop_is_told_once(make_desk, told):
    desk = make_desk()
    desk.visited(visit(), NAME)
    desk.called()
    desk.acted(Act(ActKind.PAPER, "g", "no_phone", 3))
    desk.turned({"screen": "accepted", "faults": []})

    (state,) = told
    assert (state["inside"], state["calls"]) == (4, 1)


def test_a_state_is_small(make_desk):
    desk = make_desk(limit=100)
    for number in range(20):
        desk.visited(visit(number), "Nguyễn Thị Hoàng Mẫu")

    assert len(json.dumps(desk.state()).encode()) < 2_048
