from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.policy import Policy
from kiosk.domain.verdict import Outcome, Verdict
from kiosk.domain.visit import AlreadyRecorded, Direction, Door, LastVisit, Visit, next_visit

AT = datetime(2021, 9, 29, 8, 0, tzinfo=UTC)
ACCEPTED = Verdict(Outcome.ACCEPTED, "kiosk_form")
MISSING = Verdict(Outcome.MISSING, "none")
REFER = Verdict(Outcome.REFER, "declared_risk")


def last(direction: str, verdict: Verdict, ago_s: float) -> LastVisit:
    return LastVisit(Visit("earlier", AT, Direction(direction), verdict, "cccd"), 10_000 - ago_s)


def due(before: LastVisit | None, verdict: Verdict, door: str = "both", *, complete: bool = True):
    return next_visit(
        before,
        verdict,
        door=Door(door),
        policy=Policy(),
        visit_id="new",
        code_kind="cccd",
        at=AT,
        now_s=10_000,
        memory_complete=complete,
    )


@pytest.mark.parametrize(
    ("door", "complete", "direction"),
    [
        ("in", True, "in"),
        ("in", False, "in"),
        ("out", True, "out"),
        ("out", False, "out"),
        ("both", True, "in"),
        ("both", False, "unknown"),
    ],
)
def test_the_first_sighting_goes_the_way_of_the_door(door, complete, direction):
    visit = due(None, ACCEPTED, door, complete=complete)

    assert (visit.id, visit.direction, visit.follows) == ("new", direction, None)


@pytest.mark.parametrize("verdict", [ACCEPTED, MISSING, REFER])
def test_the_same_person_within_three_minutes_makes_no_event(verdict):
    before = last("in", verdict, 179)

    assert due(before, verdict) == AlreadyRecorded(before.visit)


def test_three_minutes_later_it_is_another_visit():
    assert isinstance(due(last("in", ACCEPTED, 180), ACCEPTED), Visit)


@pytest.mark.parametrize(
    ("before", "direction"),
    [
        pytest.param(last("in", ACCEPTED, 3600), "out", id="who went in comes out"),
        pytest.param(last("out", ACCEPTED, 3600), "in", id="who went out comes in"),
        pytest.param(last("in", MISSING, 3600), "in", id="who was not let in is still outside"),
        pytest.param(last("in", REFER, 3600), "in", id="who was referred is still outside"),
        pytest.param(last("unknown", ACCEPTED, 3600), "unknown", id="unknown stays unknown"),
    ],
)
def test_later_sightings_alternate(before, direction):
    assert due(before, ACCEPTED).direction == direction


def test_an_exit_needs_no_declaration():
    visit = due(last("in", ACCEPTED, 3600), MISSING)

    assert (visit.direction, visit.verdict) == ("out", Verdict(Outcome.ACCEPTED, "exit"))


def test_a_declared_risk_reaches_staff_on_the_way_out_too():
    assert due(last("in", ACCEPTED, 3600), REFER).verdict is REFER


@pytest.mark.parametrize("ago_s", [1, 200, 599])
@pytest.mark.parametrize("verdict", [ACCEPTED, REFER])
def test_a_declaration_within_ten_minutes_amends_the_missing_visit(ago_s, verdict):
    visit = due(last("in", MISSING, ago_s), verdict)

    assert (visit.follows, visit.direction, visit.verdict) == ("earlier", "in", verdict)


def test_after_ten_minutes_it_is_a_visit_of_its_own():
    assert due(last("in", MISSING, 600), ACCEPTED).follows is None


def test_a_risk_learnt_since_is_never_hidden_by_the_repeat_window():
    visit = due(last("in", ACCEPTED, 5), REFER)

    assert (visit.verdict, visit.follows) == (REFER, "earlier")


verdicts = st.sampled_from([ACCEPTED, MISSING, REFER])


@given(
    st.sampled_from(["in", "out", "unknown"]),
    verdicts,
    verdicts,
    st.floats(0, 10_000),
    st.sampled_from(["in", "out", "both"]),
    st.booleans(),
)
def test_nobody_missing_is_accepted_on_the_way_in(direction, earlier, now, ago_s, door, complete):
    visit = due(last(direction, earlier, ago_s), now, door, complete=complete)

    if isinstance(visit, Visit) and visit.direction is not Direction.OUT:
        assert visit.verdict is now
