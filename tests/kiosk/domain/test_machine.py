from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain import machine as m
from kiosk.domain.occupancy import Level
from kiosk.domain.verdict import Outcome, Verdict
from kiosk.domain.visit import AlreadyRecorded, Direction, Visit


def visit(outcome: str = "accepted", direction: str = "in") -> Visit:
    at = datetime(2021, 9, 29, tzinfo=UTC)
    return Visit("v", at, Direction(direction), Verdict(Outcome(outcome), "why"), "cccd")


def after(*events: m.Event, now_s: float = 100.0) -> m.State:
    state = m.State()
    for event in events:
        state, _ = m.step(state, event, now_s)
    return state


def kinds(effects: tuple[m.Effect, ...]) -> list[str]:
    return [type(effect).__name__ for effect in effects]


def test_a_due_visit_is_committed_and_nothing_is_shown_yet():
    state, effects = m.step(m.State(), m.VisitDue(visit()), 100.0)

    assert effects == (m.Commit(visit()),)
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
    state, effects = m.step(m.State(), m.Committed(visit(outcome, direction)), 100.0)

    ends_at_s = 100.0 + m.HOLD_S[m.Screen(screen)]
    assert effects == (
        m.Light(m.Cue(cue)),
        m.Show(1, m.Screen(screen), "why", direction),
        m.Count(outcome, "why"),
        m.Wake(ends_at_s),
    )
    assert (state.screen, state.ends_at_s) == (screen, ends_at_s)


@pytest.mark.parametrize(
    ("outcome", "screen"),
    [("accepted", "already_recorded"), ("missing", "missing"), ("refer", "refer")],
)
def test_a_repeat_shows_what_the_standing_visit_means(outcome, screen):
    standing = AlreadyRecorded(visit(outcome))

    assert after(m.Repeated(standing)).screen == screen


@pytest.mark.parametrize("outcome", ["invalid", "not_personal"])
def test_a_notice_is_shown_and_counted(outcome):
    state, effects = m.step(m.State(), m.NoticeDue(Verdict(Outcome(outcome), "place")), 100.0)

    assert state.screen == outcome
    assert m.Light(m.Cue.NOT_USABLE) in effects
    assert m.Count(outcome, "place") in effects


def test_a_visit_that_cannot_be_stored_is_a_fault_and_never_green():
    state, effects = m.step(m.State(), m.CommitFailed(visit()), 100.0)

    assert effects == (m.Light(m.Cue.FAULT), m.Show(1, m.Screen.FAULT, "storage"))
    assert state.faults == {m.Fault.STORAGE}


def test_a_second_failure_changes_nothing():
    failed = after(m.CommitFailed(visit()))

    assert m.step(failed, m.CommitFailed(visit()), 101.0) == (failed, ())


def test_the_first_visit_stored_ends_the_storage_fault():
    state = after(m.CommitFailed(visit()), m.Committed(visit()))

    assert (state.screen, state.faults) == ("accepted", frozenset())


def test_a_result_makes_room_for_the_next_at_once():
    state, effects = m.step(after(m.Committed(visit())), m.Committed(visit("missing")), 100.1)

    assert state.screen == "missing"
    assert state.seq == 2
    assert kinds(effects) == ["Light", "Show", "Count", "Wake"]


def test_a_result_goes_when_its_time_is_over_and_not_before():
    shown = after(m.Committed(visit()), now_s=100.0)

    assert m.step(shown, m.Tick(), 102.49) == (shown, (m.Wake(102.5),))
    state, effects = m.step(shown, m.Tick(), 102.5)
    assert state.screen == "idle"
    assert effects == (m.Light(m.Cue.OFF), m.Show(2, m.Screen.IDLE))


def test_time_passing_at_rest_does_nothing():
    assert m.step(m.State(), m.Tick(), 5.0) == (m.State(), ())


def test_a_touch_dismisses_the_result():
    assert after(m.Committed(visit("missing")), m.Touched()).screen == "idle"
    assert m.step(m.State(), m.Touched(), 1.0) == (m.State(), ())


def test_motion_wakes_the_idle_screen_and_goes_on_waking_it():
    state, effects = m.step(m.State(), m.Motion(), 100.0)
    assert (state.screen, kinds(effects)) == ("reading", ["Show", "Wake"])

    state, effects = m.step(state, m.Motion(), 101.0)
    assert (state.ends_at_s, effects) == (103.0, ())


def test_advice_is_shown_once_and_counted_while_a_code_is_not_read():
    reading = after(m.Motion())

    state, effects = m.step(reading, m.Motion("too_far"), 100.5)
    assert m.Show(2, m.Screen.READING, "too_far") in effects
    assert m.Count("guidance", "too_far") in effects
    assert m.step(state, m.Motion("too_far"), 101.0)[1] == ()


def test_motion_never_takes_a_result_off_the_screen():
    shown = after(m.Committed(visit()))

    assert m.step(shown, m.Motion(), 100.1) == (shown, ())


def test_a_fault_takes_the_screen_from_a_green_result():
    state, effects = m.step(after(m.Committed(visit())), m.FaultBegan(m.Fault.EYE), 100.5)

    assert state.screen == "fault"
    assert m.Light(m.Cue.FAULT) in effects


def test_the_same_fault_twice_is_one():
    blind = after(m.FaultBegan(m.Fault.EYE))

    assert m.step(blind, m.FaultBegan(m.Fault.EYE), 101.0) == (blind, ())


def test_the_gravest_fault_is_named():
    state = after(m.FaultBegan(m.Fault.CAMERA))

    _, effects = m.step(state, m.FaultBegan(m.Fault.STORAGE), 100.0)

    assert m.Show(2, m.Screen.FAULT, "storage") in effects


def test_when_the_last_fault_ends_the_screen_is_idle_again():
    both = after(m.FaultBegan(m.Fault.CAMERA), m.FaultBegan(m.Fault.STORAGE))

    one, effects = m.step(both, m.FaultEnded(m.Fault.STORAGE), 100.0)
    assert m.Show(3, m.Screen.FAULT, "camera") in effects

    none, effects = m.step(one, m.FaultEnded(m.Fault.CAMERA), 100.0)
    assert (none.screen, none.faults) == ("idle", frozenset())
    assert m.Light(m.Cue.OFF) in effects


def test_a_fault_that_ends_behind_a_result_leaves_the_result():
    state = after(m.FaultBegan(m.Fault.CAMERA), m.Committed(visit()))

    healed, effects = m.step(state, m.FaultEnded(m.Fault.CAMERA), 100.1)

    assert (healed.screen, effects) == ("accepted", ())


def test_a_fault_that_was_not_there_ends_without_a_word():
    assert m.step(m.State(), m.FaultEnded(m.Fault.EYE), 1.0) == (m.State(), ())


# ---- how full the venue is


@pytest.mark.parametrize(
    ("level", "cue", "reason"),
    [(Level.NEAR, "nearly_full", "nearly_full"), (Level.FULL, "full", "full")],
)
def test_an_idle_door_shows_how_full_it_is_and_that_it_is_over(level, cue, reason):
    state, effects = m.step(m.State(), m.Filled(level), 100.0)

    assert effects == (m.Light(m.Cue(cue)), m.Show(1, m.Screen.IDLE, reason))
    assert m.step(state, m.Filled(level), 100.0) == (state, ())
    assert m.step(state, m.Filled(Level.OK), 100.0)[1] == (
        *(m.Light(m.Cue.OFF), m.Show(2, m.Screen.IDLE, "")),
    )


@pytest.mark.parametrize("level", [Level.NONE, Level.OK])
def test_where_there_is_room_nothing_is_shown_of_it(level):
    assert m.step(m.State(), m.Filled(level), 100.0)[1] == ()


@pytest.mark.parametrize("event", [m.Committed, lambda seen: m.Repeated(AlreadyRecorded(seen))])
@pytest.mark.parametrize("direction", ["in", "unknown"])
def test_whoever_comes_into_a_full_venue_sees_staff_and_counts_as_accepted(event, direction):
    _, effects = m.step(after(m.Filled(Level.FULL)), event(visit(direction=direction)), 100.0)

    assert effects[:2] == (
        m.Light(m.Cue.REFER),
        m.Show(2, m.Screen.REFER, "full", direction),
    )
    assert "accepted" in (effects[2].outcome, effects[2].reason)


def test_whoever_leaves_a_full_venue_or_has_not_declared_is_told_as_ever():
    full = after(m.Filled(Level.FULL))

    assert m.step(full, m.Committed(visit(direction="out")), 1.0)[0].screen is m.Screen.GOODBYE
    assert m.step(full, m.Committed(visit("missing")), 1.0)[0].screen is m.Screen.MISSING


def test_that_it_is_full_comes_back_after_each_visitor_and_stays_while_somebody_stands_there():
    full = after(m.Filled(Level.FULL), m.Committed(visit("missing")))
    state, effects = m.step(full, m.Tick(), 200.0)

    assert effects == (m.Light(m.Cue.FULL), m.Show(3, m.Screen.IDLE, "full"))
    assert m.step(state, m.Motion(), 200.0) == (state, ())
    assert m.step(state, m.Motion("glare"), 200.0)[0].screen is m.Screen.READING


def test_that_it_fills_up_takes_no_result_off_the_screen():
    shown = after(m.Committed(visit()))
    state, effects = m.step(shown, m.Filled(Level.FULL), 100.0)

    assert (state.screen, effects) == ("accepted", ())


# ---- lamps and sound are tried


@pytest.mark.parametrize("before", [(), (m.FaultBegan(m.Fault.PAUSED),)])
def test_a_test_is_shown_as_one_and_ends_by_itself(before):
    rested = after(*before)
    state, effects = m.step(rested, m.Tried(4.5), 100.0)

    assert (state.screen, state.ends_at_s) == ("test", 104.5)
    assert m.Light(m.Cue.OFF) in effects
    assert m.step(state, m.Tick(), 104.5)[0].screen is rested.screen


def test_the_next_visitor_and_any_fault_end_a_test_at_once():
    tried = after(m.Tried(4.5))

    assert m.step(tried, m.Committed(visit()), 100.0)[0].screen is m.Screen.ACCEPTED
    assert m.step(tried, m.FaultBegan(m.Fault.CAMERA), 100.0)[0].screen is m.Screen.FAULT
    assert m.step(tried, m.Motion(), 100.0) == (tried, ())


def test_while_somebody_is_told_something_nothing_is_tried():
    shown = after(m.Committed(visit()))

    assert m.step(shown, m.Tried(4.5), 100.0) == (shown, ())


events = st.one_of(
    st.builds(m.VisitDue, st.sampled_from([visit(), visit("missing")])),
    st.builds(m.Committed, st.sampled_from([visit(), visit("missing"), visit(direction="out")])),
    st.just(m.CommitFailed(visit())),
    st.just(m.Repeated(AlreadyRecorded(visit()))),
    st.just(m.NoticeDue(Verdict(Outcome.INVALID, "expired"))),
    st.builds(m.FaultBegan, st.sampled_from(list(m.Fault))),
    st.builds(m.FaultEnded, st.sampled_from(list(m.Fault))),
    st.builds(m.Filled, st.sampled_from(list(Level))),
    st.sampled_from([m.Motion(), m.Motion("glare"), m.Touched(), m.Tick(), m.Tried(4.5)]),
)
GREEN = {m.Cue.ACCEPTED, m.Cue.GOODBYE, m.Cue.ALREADY}


@given(st.lists(st.tuples(events, st.floats(0, 5)), max_size=60))
def test_green_is_lit_only_for_what_is_stored_and_seq_only_rises(happenings):
    state, now_s, last_seq = m.State(), 0.0, 0

    for event, pause_s in happenings:
        now_s += pause_s
        state, effects = m.step(state, event, now_s)
        for effect in effects:
            if isinstance(effect, m.Light) and effect.cue in GREEN:
                assert isinstance(event, m.Committed | m.Repeated)
            if isinstance(effect, m.Show):
                assert effect.seq == last_seq + 1
                last_seq = effect.seq
        if state.faults and state.ends_at_s is None:
            assert state.screen is m.Screen.FAULT


@given(st.lists(events, max_size=30))
def test_every_screen_ends_by_itself(happenings):
    state = m.State()
    for event in happenings:
        state, _ = m.step(state, event, 10.0)

    state, _ = m.step(state, m.Tick(), 10.0 + max(m.HOLD_S.values()))

    assert state.screen in (m.Screen.IDLE, m.Screen.FAULT)
