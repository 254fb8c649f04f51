"""What may happen at the entrance, and what is to be done about it: the words between the loop and the machine."""

from dataclasses import dataclass

from kiosk.domain.declaration import Declaration
from kiosk.domain.occupancy import Level
from kiosk.domain.shown import Cue, Fault, Screen
from kiosk.domain.verdict import Verdict
from kiosk.domain.visit import AlreadyRecorded, Visit

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
