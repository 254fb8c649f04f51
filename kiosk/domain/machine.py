"""What the entrance does next: one pure step from what happened to what is shown, lit, stored and counted.

`step(state, event, now_s) -> (state, effects)`. A deadline is data in the state; `now_s` is monotonic seconds. The loop
performs the effects in their order and feeds back what came of them. Green is only ever lit by `Committed`: no other
event leads to an accepted cue.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from kiosk.domain.declaration import Declaration
from kiosk.domain.occupancy import Level
from kiosk.domain.verdict import Outcome, Verdict
from kiosk.domain.visit import AlreadyRecorded, Direction, Visit


class Screen(StrEnum):
    """What the visitor sees. The words are the ones of docs/operations.md."""

    IDLE = "idle"
    READING = "reading"
    ACCEPTED = "accepted"
    ALREADY = "already_recorded"
    MISSING = "missing"
    REFER = "refer"
    INVALID = "invalid"
    NOT_PERSONAL = "not_personal"
    GOODBYE = "goodbye"
    FAULT = "fault"
    TEST = "test"  # lamps and sound are being tried: what is lit says nothing of anybody


class Cue(StrEnum):
    """What the lights and the buzzer do. Patterns are in kiosk.cues."""

    OFF = "off"
    ACCEPTED = "accepted"
    ALREADY = "already_recorded"
    MISSING = "missing"
    REFER = "refer"
    NOT_USABLE = "not_usable"
    GOODBYE = "goodbye"
    FAULT = "fault"
    NEARLY_FULL = "nearly_full"
    FULL = "full"


class Fault(StrEnum):
    """A named state in which nobody can be accepted. Ordered as staff should hear of them."""

    STORAGE = "storage"  # a visit cannot be written
    EYE = "eye"  # no heartbeat from the reading process
    CAMERA = "camera"  # the eye lives, its camera does not
    PAUSED = "paused"  # by a command of the collector


# How long a result stays, unless the next code comes first (shared facts, screen section 5).
HOLD_S = {
    Screen.ACCEPTED: 2.5,
    Screen.ALREADY: 2.0,
    Screen.MISSING: 12.0,
    Screen.REFER: 6.0,
    Screen.INVALID: 4.0,
    Screen.NOT_PERSONAL: 4.0,
    Screen.GOODBYE: 2.5,
    Screen.READING: 2.0,
}

_CUES = {
    Screen.IDLE: Cue.OFF,
    Screen.ACCEPTED: Cue.ACCEPTED,
    Screen.ALREADY: Cue.ALREADY,
    Screen.MISSING: Cue.MISSING,
    Screen.REFER: Cue.REFER,
    Screen.INVALID: Cue.NOT_USABLE,
    Screen.NOT_PERSONAL: Cue.NOT_USABLE,
    Screen.GOODBYE: Cue.GOODBYE,
    Screen.FAULT: Cue.FAULT,
}

# how an idle door shows how full the venue is: the lamp, and the reason on its screen
_RESTS = {Level.NEAR: (Cue.NEARLY_FULL, "nearly_full"), Level.FULL: (Cue.FULL, "full")}
_EMPTY_ENOUGH = (Cue.OFF, "")

_SCREEN_OF = {
    Outcome.ACCEPTED: Screen.ACCEPTED,
    Outcome.MISSING: Screen.MISSING,
    Outcome.REFER: Screen.REFER,
    Outcome.INVALID: Screen.INVALID,
    Outcome.NOT_PERSONAL: Screen.NOT_PERSONAL,
}


# ---- what happened


@dataclass(frozen=True, slots=True)
class VisitDue:
    """A person has been judged, and their visit must be on disk before anything is shown.

    `declaration` is the one just made at this kiosk, when there is one: stored with the visit or not at all.
    """

    visit: Visit
    declaration: Declaration | None = None


@dataclass(frozen=True, slots=True)
class Committed:
    visit: Visit


@dataclass(frozen=True, slots=True)
class CommitFailed:
    visit: Visit


@dataclass(frozen=True, slots=True)
class Repeated:
    """The same person again within the repeat window."""

    standing: AlreadyRecorded


@dataclass(frozen=True, slots=True)
class NoticeDue:
    """A code that is no visit: shown and counted."""

    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Motion:
    """Something moves in front of the camera. `guidance` is the eye's word of advice, empty when it has none."""

    guidance: str = ""


@dataclass(frozen=True, slots=True)
class FaultBegan:
    fault: Fault


@dataclass(frozen=True, slots=True)
class FaultEnded:
    fault: Fault


@dataclass(frozen=True, slots=True)
class Filled:
    """How full the venue is now."""

    level: Level


@dataclass(frozen=True, slots=True)
class Tried:
    """Staff try lamps and sound for so many seconds."""

    for_s: float


@dataclass(frozen=True, slots=True)
class Touched:
    """The visitor has left the result by touch: the form was opened, or the screen dismissed."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed."""


Event = (
    VisitDue
    | Committed
    | CommitFailed
    | Repeated
    | NoticeDue
    | Motion
    | FaultBegan
    | FaultEnded
    | Filled
    | Tried
    | Touched
    | Tick
)


# ---- what is to be done


@dataclass(frozen=True, slots=True)
class Commit:
    visit: Visit
    declaration: Declaration | None = None


@dataclass(frozen=True, slots=True)
class Light:
    cue: Cue


@dataclass(frozen=True, slots=True)
class Show:
    """The whole of what the visitor's page needs; `seq` rises, so that a late event never covers a newer one."""

    seq: int
    screen: Screen
    reason: str = ""
    direction: str = ""


@dataclass(frozen=True, slots=True)
class Count:
    """One more of these in the telemetry."""

    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class Wake:
    """Call `step(..., Tick(), ...)` at this monotonic time at the latest."""

    at_s: float


Effect = Commit | Light | Show | Count | Wake


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
            return _result(state, _SCREEN_OF[verdict.outcome], verdict.reason, "", now_s, count)
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
    return _SCREEN_OF[visit.verdict.outcome]


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
    return Screen.ALREADY if accepted else _SCREEN_OF[visit.verdict.outcome]


def _result(
    state: State, screen: Screen, reason: str, direction: str, now_s: float, count: Count
) -> tuple[State, tuple[Effect, ...]]:
    """A new result always replaces the one that is showing: the next visitor is never kept waiting."""
    ends_at_s = now_s + HOLD_S[screen]
    after = replace(state, seq=state.seq + 1, screen=screen, ends_at_s=ends_at_s)
    show = Show(after.seq, screen, reason, direction)
    return after, (Light(_CUES[screen]), show, count, Wake(ends_at_s))


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
    cue, reason = _RESTS.get(state.level, _EMPTY_ENOUGH)
    return after, (Light(cue), Show(after.seq, Screen.IDLE, reason))


def _filled(state: State, level: Level) -> tuple[State, tuple[Effect, ...]]:
    after = replace(state, level=level)
    is_same = _RESTS.get(level) == _RESTS.get(state.level)
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
