"""What the entrance does next: one pure step from what happened to what is shown, lit, stored and counted.

`step(state, event, now_s) -> (state, effects)`. A deadline is data in the state; `now_s` is monotonic seconds. The loop
performs the effects in their order and feeds back what came of them. Green is only ever lit by `Committed`: no other
event leads to an accepted cue.
"""

from dataclasses import dataclass, field, replace

from kiosk.domain.happenings import (
    Commit,
    CommitFailed,
    Committed,
    Count,
    Effect,
    Event,
    FaultBegan,
    FaultEnded,
    Filled,
    Light,
    Motion,
    NoticeDue,
    Repeated,
    Show,
    Touched,
    Tried,
    VisitDue,
    Wake,
)
from kiosk.domain.occupancy import Level
from kiosk.domain.shown import CUES, EMPTY_ENOUGH, HOLD_S, RESTS, SCREEN_OF, Cue, Fault, Screen
from kiosk.domain.verdict import Outcome
from kiosk.domain.visit import AlreadyRecorded, Direction, Visit


@dataclass(frozen=True, slots=True)
class State:
    seq: int = 0
    screen: Screen = Screen.IDLE
    guidance: str = ""  # what the reading screen advises
    ends_at_s: float | None = None
    level: Level = Level.NONE
    faults: frozenset[Fault] = field(default_factory=frozenset)


def step(state: State, event: Event, now_s: float) -> tuple[State, tuple[Effect, ...]]:
    """The next state and what is to be done, in order: the light before the screen."""
    match event:
        case VisitDue(visit, declaration):
            return state, (Commit(visit, declaration),)
        case Committed(visit):
            stored = _without(state, Fault.STORAGE)
            count = Count(visit.verdict.outcome, visit.verdict.reason)
            screen, reason = _unless_full(state, visit, _screen_of(visit))
            return _result(stored, screen, reason, visit.direction, now_s, count)
        case CommitFailed() if Fault.STORAGE in state.faults:
            return state, ()
        case CommitFailed():
            return _show_fault(replace(state, faults=state.faults | {Fault.STORAGE}))
        case Repeated(AlreadyRecorded(visit)):
            count = Count("already_recorded", visit.verdict.outcome)
            screen, reason = _unless_full(state, visit, _again(visit))
            return _result(state, screen, reason, visit.direction, now_s, count)
        case NoticeDue(verdict):
            count = Count(verdict.outcome, verdict.reason)
            return _result(state, SCREEN_OF[verdict.outcome], verdict.reason, "", now_s, count)
        case Motion(guidance):
            return _motion(state, guidance, now_s)
        case FaultBegan(fault) if fault in state.faults:
            return state, ()
        case FaultBegan(fault):
            # a fault takes the screen at once: a frozen "accepted" is the worst failure there is
            return _show_fault(replace(state, faults=state.faults | {fault}))
        case FaultEnded(fault):
            return _healed(state, _without(state, fault))
        case Filled(level):
            return _filled(state, level)
        case Tried(for_s):
            return _tried(state, for_s, now_s)
        case Touched():
            return _rest(state)
    # all that is left is a Tick
    return _tick(state, now_s)


def _screen_of(visit: Visit) -> Screen:
    if visit.direction is Direction.OUT and visit.verdict.outcome is Outcome.ACCEPTED:
        return Screen.GOODBYE
    return SCREEN_OF[visit.verdict.outcome]


def _unless_full(state: State, visit: Visit, screen: Screen) -> tuple[Screen, str]:
    """The screen and its reason. Whoever was accepted into a full venue is recorded all the same, and sees staff: they
    say when there is room."""
    is_let_in = screen in (Screen.ACCEPTED, Screen.ALREADY) and visit.direction is not Direction.OUT
    if state.level is Level.FULL and is_let_in:
        return Screen.REFER, "full"
    return screen, visit.verdict.reason


def _again(visit: Visit) -> Screen:
    """Only who was accepted sees "already recorded"; the others see again what they have to do."""
    accepted = visit.verdict.outcome is Outcome.ACCEPTED
    return Screen.ALREADY if accepted else SCREEN_OF[visit.verdict.outcome]


def _result(
    state: State, screen: Screen, reason: str, direction: str, now_s: float, count: Count
) -> tuple[State, tuple[Effect, ...]]:
    """A new result always replaces the one that is showing: the next visitor is never kept waiting."""
    ends_at_s = now_s + HOLD_S[screen]
    after = replace(state, seq=state.seq + 1, screen=screen, ends_at_s=ends_at_s)
    show = Show(after.seq, screen, reason, direction)
    return after, (Light(CUES[screen]), show, count, Wake(ends_at_s))


def _motion(state: State, guidance: str, now_s: float) -> tuple[State, tuple[Effect, ...]]:
    if state.screen not in (Screen.IDLE, Screen.READING):
        return state, ()
    if state.level is Level.FULL and not guidance:
        return state, ()  # that it is full stays on the screen while somebody stands before it
    ends_at_s = now_s + HOLD_S[Screen.READING]
    if state.screen is Screen.READING and guidance == state.guidance:
        return replace(state, ends_at_s=ends_at_s), ()
    after = replace(
        state,
        seq=state.seq + 1,
        screen=Screen.READING,
        guidance=guidance,
        ends_at_s=ends_at_s,
    )
    count = (Count("guidance", guidance),) if guidance else ()
    return after, (Show(after.seq, Screen.READING, guidance), *count, Wake(ends_at_s))


def _tick(state: State, now_s: float) -> tuple[State, tuple[Effect, ...]]:
    if state.ends_at_s is None:
        return state, ()
    if now_s < state.ends_at_s:
        return state, (Wake(state.ends_at_s),)
    return _rest(state)


def _rest(state: State) -> tuple[State, tuple[Effect, ...]]:
    """Nothing to show any more: idle, or the fault that still stands."""
    if state.faults:
        return _show_fault(state)
    if state.screen is Screen.IDLE:
        return state, ()
    return _idle(state)


def _idle(state: State) -> tuple[State, tuple[Effect, ...]]:
    after = replace(state, seq=state.seq + 1, screen=Screen.IDLE, ends_at_s=None)
    cue, reason = RESTS.get(state.level, EMPTY_ENOUGH)
    return after, (Light(cue), Show(after.seq, Screen.IDLE, reason))


def _filled(state: State, level: Level) -> tuple[State, tuple[Effect, ...]]:
    after = replace(state, level=level)
    is_same = RESTS.get(level) == RESTS.get(state.level)
    return (after, ()) if is_same or state.screen is not Screen.IDLE else _idle(after)


def _tried(state: State, for_s: float, now_s: float) -> tuple[State, tuple[Effect, ...]]:
    """Only where nobody stands: the next visitor, and any fault, ends it at once."""
    if state.screen not in (Screen.IDLE, Screen.FAULT):
        return state, ()
    ends_at_s = now_s + for_s
    after = replace(state, seq=state.seq + 1, screen=Screen.TEST, ends_at_s=ends_at_s)
    return after, (Light(Cue.OFF), Show(after.seq, Screen.TEST), Wake(ends_at_s))


def _show_fault(state: State) -> tuple[State, tuple[Effect, ...]]:
    worst = next(fault for fault in Fault if fault in state.faults)
    after = replace(state, seq=state.seq + 1, screen=Screen.FAULT, ends_at_s=None)
    return after, (Light(Cue.FAULT), Show(after.seq, Screen.FAULT, worst))


def _healed(before: State, after: State) -> tuple[State, tuple[Effect, ...]]:
    if before.faults == after.faults or after.screen is not Screen.FAULT:
        return after, ()
    return _rest(after)


def _without(state: State, fault: Fault) -> State:
    return replace(state, faults=state.faults - {fault})
