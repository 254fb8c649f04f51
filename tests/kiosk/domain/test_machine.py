from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain import happenings
from kiosk.domain import machine as m
from kiosk.domain.occupancy import Level
from kiosk.domain.shown import HOLD_S, Cue, Fault, Screen
from kiosk.domain.verdict import Outcome, Verdict
from kiosk.domain.visit import AlreadyRecorded, Direction, Visit


def visit(outcome: str = "accepted", direction: str = "in") -> Visit:
    at = datetime(2021, 9, 29, tzinfo=UTC)
    return Visit("v", at, Direction(direction), Verdict(Outcome(outcome), "why"), "cccd")


def after(*events: happenings.Event, now_s: float = 100.0) -> m.State:
    state = m.State()
    for event in events:
        state, _ = m.step(state, event, now_s)
    return state


def kinds(effects: tuple[happenings.Effect, ...]) -> list[str]:
    return [type(effect).__name__ for effect in effects]


def test_a_due_visit_is_committed_and_nothing_is_shown_yet():
    state, effects = m.step(m.State(), happenings.VisitDue(visit()), 100.0)

    assert effects == (happenings.Commit(visit()),)
    assert state == m.State()


@pytest.mark.parametrize(
    ("outcome", "direction", "screen", "cue"),
    [
        ("accepted", "in", "accepted", "accepted"),
        ("accepted", "unknown", "accepted", "accepted"),
        ("accepted", "out", "goodbye", "goodbye"),
        ("missing", "in", "missing", "missing"),
        ("refer", "in", "refer", "refer"),
        ("refer", "out", "refer", "refer"),
    ],
)
def test_a_committed_visit_is_lit_first_then_shown(outcome, direction, screen, cue):
    state, effects = m.step(m.State(), happenings.Committed(visit(outcome, direction)), 100.0)

    ends_at_s = 100.0 + HOLD_S[Screen(screen)]
    assert effects == (
        happenings.Light(Cue(cue)),
        happenings.Show(1, Screen(screen), "why", direction),
        happenings.Count(outcome, "why"),
        happenings.Wake(ends_at_s),
    )
    assert (state.screen, state.ends_at_s) == (screen, ends_at_s)


@pytest.mark.parametrize(
    ("outcome", "screen"),
    [("accepted", "already_recorded"), ("missing", "missing"), ("refer", "refer")],
)
def test_a_repeat_shows_what_the_standing_visit_means(outcome, screen):
    standing = AlreadyRecorded(visit(outcome))

    assert after(happenings.Repeated(standing)).screen == screen


@pytest.mark.parametrize("outcome", ["invalid", "not_personal"])
def test_a_notice_is_shown_and_counted(outcome):
    state, effects = m.step(
        m.State(), happenings.NoticeDue(Verdict(Outcome(outcome), "place")), 100.0
    )

    assert state.screen == outcome
    assert happenings.Light(Cue.NOT_USABLE) in effects
    assert happenings.Count(outcome, "place") in effects


def test_a_visit_that_cannot_be_stored_is_a_fault_and_never_green():
    state, effects = m.step(m.State(), happenings.CommitFailed(visit()), 100.0)

    assert effects == (happenings.Light(Cue.FAULT), happenings.Show(1, Screen.FAULT, "storage"))
    assert state.faults == {Fault.STORAGE}


def test_a_second_failure_changes_nothing():
    failed = after(happenings.CommitFailed(visit()))

    assert m.step(failed, happenings.CommitFailed(visit()), 101.0) == (failed, ())


def test_the_first_visit_stored_ends_the_storage_fault():
    state = after(happenings.CommitFailed(visit()), happenings.Committed(visit()))

    assert (state.screen, state.faults) == ("accepted", frozenset())


def test_a_result_makes_room_for_the_next_at_once():
    state, effects = m.step(
        after(happenings.Committed(visit())), happenings.Committed(visit("missing")), 100.1
    )

    assert state.screen == "missing"
    assert state.seq == 2
    assert kinds(effects) == ["Light", "Show", "Count", "Wake"]


def test_a_result_goes_when_its_time_is_over_and_not_before():
    shown = after(happenings.Committed(visit()), now_s=100.0)

    assert m.step(shown, happenings.Tick(), 102.49) == (shown, (happenings.Wake(102.5),))
    state, effects = m.step(shown, happenings.Tick(), 102.5)
    assert state.screen == "idle"
    assert effects == (happenings.Light(Cue.OFF), happenings.Show(2, Screen.IDLE))


def test_time_passing_at_rest_does_nothing():
    assert m.step(m.State(), happenings.Tick(), 5.0) == (m.State(), ())


def test_a_touch_dismisses_the_result():
    assert after(happenings.Committed(visit("missing")), happenings.Touched()).screen == "idle"
    assert m.step(m.State(), happenings.Touched(), 1.0) == (m.State(), ())


def test_motion_wakes_the_idle_screen_and_goes_on_waking_it():
    state, effects = m.step(m.State(), happenings.Motion(), 100.0)
    assert (state.screen, kinds(effects)) == ("reading", ["Show", "Wake"])

    state, effects = m.step(state, happenings.Motion(), 101.0)
    assert (state.ends_at_s, effects) == (103.0, ())


def test_advice_is_shown_once_and_counted_while_a_code_is_not_read():
    reading = after(happenings.Motion())

    state, effects = m.step(reading, happenings.Motion("too_far"), 100.5)
    assert happenings.Show(2, Screen.READING, "too_far") in effects
    assert happenings.Count("guidance", "too_far") in effects
    assert m.step(state, happenings.Motion("too_far"), 101.0)[1] == ()


def test_motion_never_takes_a_result_off_the_screen():
    shown = after(happenings.Committed(visit()))

    assert m.step(shown, happenings.Motion(), 100.1) == (shown, ())


def test_a_fault_takes_the_screen_from_a_green_result():
    state, effects = m.step(
        after(happenings.Committed(visit())), happenings.FaultBegan(Fault.EYE), 100.5
    )

    assert state.screen == "fault"
    assert happenings.Light(Cue.FAULT) in effects


def test_the_same_fault_twice_is_one():
    blind = after(happenings.FaultBegan(Fault.EYE))

    assert m.step(blind, happenings.FaultBegan(Fault.EYE), 101.0) == (blind, ())


def test_the_gravest_fault_is_named():
    state = after(happenings.FaultBegan(Fault.CAMERA))

    _, effects = m.step(state, happenings.FaultBegan(Fault.STORAGE), 100.0)

    assert happenings.Show(2, Screen.FAULT, "storage") in effects


def test_when_the_last_fault_ends_the_screen_is_idle_again():
    both = after(happenings.FaultBegan(Fault.CAMERA), happenings.FaultBegan(Fault.STORAGE))

    one, effects = m.step(both, happenings.FaultEnded(Fault.STORAGE), 100.0)
    assert happenings.Show(3, Screen.FAULT, "camera") in effects

    none, effects = m.step(one, happenings.FaultEnded(Fault.CAMERA), 100.0)
    assert (none.screen, none.faults) == ("idle", frozenset())
    assert happenings.Light(Cue.OFF) in effects


def test_a_fault_that_ends_behind_a_result_leaves_the_result():
    state = after(happenings.FaultBegan(Fault.CAMERA), happenings.Committed(visit()))

    healed, effects = m.step(state, happenings.FaultEnded(Fault.CAMERA), 100.1)

    assert (healed.screen, effects) == ("accepted", ())


def test_a_fault_that_was_not_there_ends_without_a_word():
    assert m.step(m.State(), happenings.FaultEnded(Fault.EYE), 1.0) == (m.State(), ())


# ---- how full the venue is


@pytest.mark.parametrize(
    ("level", "cue", "reason"),
    [(Level.NEAR, "nearly_full", "nearly_full"), (Level.FULL, "full", "full")],
)
def test_an_idle_door_shows_how_full_it_is_and_that_it_is_over(level, cue, reason):
    state, effects = m.step(m.State(), happenings.Filled(level), 100.0)

    assert effects == (happenings.Light(Cue(cue)), happenings.Show(1, Screen.IDLE, reason))
    assert m.step(state, happenings.Filled(level), 100.0) == (state, ())
    assert m.step(state, happenings.Filled(Level.OK), 100.0)[1] == (
        *(happenings.Light(Cue.OFF), happenings.Show(2, Screen.IDLE, "")),
    )


@pytest.mark.parametrize("level", [Level.NONE, Level.OK])
def test_where_there_is_room_nothing_is_shown_of_it(level):
    assert m.step(m.State(), happenings.Filled(level), 100.0)[1] == ()


@pytest.mark.parametrize(
    "event", [happenings.Committed, lambda seen: happenings.Repeated(AlreadyRecorded(seen))]
)
@pytest.mark.parametrize("direction", ["in", "unknown"])
def test_whoever_comes_into_a_full_venue_sees_staff_and_counts_as_accepted(event, direction):
    _, effects = m.step(
        after(happenings.Filled(Level.FULL)), event(visit(direction=direction)), 100.0
    )

    assert effects[:2] == (
        happenings.Light(Cue.REFER),
        happenings.Show(2, Screen.REFER, "full", direction),
    )
    assert "accepted" in (effects[2].outcome, effects[2].reason)


def test_whoever_leaves_a_full_venue_or_has_not_declared_is_told_as_ever():
    full = after(happenings.Filled(Level.FULL))

    assert (
        m.step(full, happenings.Committed(visit(direction="out")), 1.0)[0].screen is Screen.GOODBYE
    )
    assert m.step(full, happenings.Committed(visit("missing")), 1.0)[0].screen is Screen.MISSING


def test_that_it_is_full_comes_back_after_each_visitor_and_stays_while_somebody_stands_there():
    full = after(happenings.Filled(Level.FULL), happenings.Committed(visit("missing")))
    state, effects = m.step(full, happenings.Tick(), 200.0)

    assert effects == (happenings.Light(Cue.FULL), happenings.Show(3, Screen.IDLE, "full"))
    assert m.step(state, happenings.Motion(), 200.0) == (state, ())
    assert m.step(state, happenings.Motion("glare"), 200.0)[0].screen is Screen.READING


def test_that_it_fills_up_takes_no_result_off_the_screen():
    shown = after(happenings.Committed(visit()))
    state, effects = m.step(shown, happenings.Filled(Level.FULL), 100.0)

    assert (state.screen, effects) == ("accepted", ())


# ---- lamps and sound are tried


@pytest.mark.parametrize("before", [(), (happenings.FaultBegan(Fault.PAUSED),)])
def test_a_test_is_shown_as_one_and_ends_by_itself(before):
    rested = after(*before)
    state, effects = m.step(rested, happenings.Tried(4.5), 100.0)

    assert (state.screen, state.ends_at_s) == ("test", 104.5)
    assert happenings.Light(Cue.OFF) in effects
    assert m.step(state, happenings.Tick(), 104.5)[0].screen is rested.screen


def test_the_next_visitor_and_any_fault_end_a_test_at_once():
    tried = after(happenings.Tried(4.5))

    assert m.step(tried, happenings.Committed(visit()), 100.0)[0].screen is Screen.ACCEPTED
    assert m.step(tried, happenings.FaultBegan(Fault.CAMERA), 100.0)[0].screen is Screen.FAULT
    assert m.step(tried, happenings.Motion(), 100.0) == (tried, ())


def test_while_somebody_is_told_something_nothing_is_tried():
    shown = after(happenings.Committed(visit()))

    assert m.step(shown, happenings.Tried(4.5), 100.0) == (shown, ())


events = st.one_of(
    st.builds(happenings.VisitDue, st.sampled_from([visit(), visit("missing")])),
    st.builds(
        happenings.Committed, st.sampled_from([visit(), visit("missing"), visit(direction="out")])
    ),
    st.just(happenings.CommitFailed(visit())),
    st.just(happenings.Repeated(AlreadyRecorded(visit()))),
    st.just(happenings.NoticeDue(Verdict(Outcome.INVALID, "expired"))),
    st.builds(happenings.FaultBegan, st.sampled_from(list(Fault))),
    st.builds(happenings.FaultEnded, st.sampled_from(list(Fault))),
    st.builds(happenings.Filled, st.sampled_from(list(Level))),
    st.sampled_from(
        [
            happenings.Motion(),
            happenings.Motion("glare"),
            happenings.Touched(),
            happenings.Tick(),
            happenings.Tried(4.5),
        ]
    ),
)
GREEN = {Cue.ACCEPTED, Cue.GOODBYE, Cue.ALREADY}


@given(st.lists(st.tuples(events, st.floats(0, 5)), max_size=60))
def test_green_is_lit_only_for_what_is_stored_and_seq_only_rises(told):
    state, now_s, last_seq = m.State(), 0.0, 0

    for event, pause_s in told:
        now_s += pause_s
        state, effects = m.step(state, event, now_s)
        for effect in effects:
            if isinstance(effect, happenings.Light) and effect.cue in GREEN:
                assert isinstance(event, happenings.Committed | happenings.Repeated)
            if isinstance(effect, happenings.Show):
                assert effect.seq == last_seq + 1
                last_seq = effect.seq
        if state.faults and state.ends_at_s is None:
            assert state.screen is Screen.FAULT


@given(st.lists(events, max_size=30))
def test_every_screen_ends_by_itself(told):
    state = m.State()
    for event in told:
        state, _ = m.step(state, event, 10.0)

    state, _ = m.step(state, happenings.Tick(), 10.0 + max(HOLD_S.values()))

    assert state.screen in (Screen.IDLE, Screen.FAULT)
