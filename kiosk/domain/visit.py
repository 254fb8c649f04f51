"""What one visit is.

A door has a direction: `in`, `out` or `both`. The same person within the repeat window is "already recorded" and makes
no event. With `both`, later sightings alternate entry and exit; after lost memory the first direction is `unknown`. An
exit needs no declaration. In: what is remembered of people here, who stands there, the verdict, the door, wall-clock
time. Out: the visit to commit, or the visit that already stands.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kiosk.domain.policy import Policy
from kiosk.domain.verdict import Outcome, Verdict


class Direction(StrEnum):
    IN = "in"
    OUT = "out"
    UNKNOWN = "unknown"


class Door(StrEnum):
    IN = "in"
    OUT = "out"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Visit:
    """One entry or exit of one person: the event that goes up. Holds nothing personal."""

    id: str
    at: datetime  # UTC, aware
    direction: Direction
    verdict: Verdict
    code_kind: str
    follows: str | None = None  # id of the earlier `missing` visit that this one amends
    venue: str = ""  # where, when that is not where this kiosk stands: told by phone


@dataclass(frozen=True, slots=True)
class LastVisit:
    """What is remembered of a person: their last committed visit and when, by the monotonic clock."""

    visit: Visit
    seen_s: float


@dataclass(frozen=True, slots=True)
class AlreadyRecorded:
    visit: Visit


def next_visit(
    last: LastVisit | None,
    verdict: Verdict,
    *,
    door: Door,
    policy: Policy,
    visit_id: str,
    code_kind: str,
    at: datetime,
    now_s: float,
    memory_complete: bool,
) -> Visit | AlreadyRecorded:
    """The visit this sighting makes. `memory_complete` is False when people may have entered before the kiosk's memory
    began (it lives in RAM and is lost with the power)."""
    if last is not None:
        elapsed_s = now_s - last.seen_s
        if _amends(last.visit, verdict) and elapsed_s < policy.amend_window.total_seconds():
            direction = last.visit.direction
            return Visit(visit_id, at, direction, verdict, code_kind, follows=last.visit.id)
        if not _amends(last.visit, verdict) and elapsed_s < policy.repeat_window.total_seconds():
            return AlreadyRecorded(last.visit)
    direction = _direction(last, door, memory_complete)
    return Visit(visit_id, at, direction, _leaving(verdict, direction), code_kind)


def _amends(earlier: Visit, verdict: Verdict) -> bool:
    """Something has been learnt since that visit which it must not hide: a declaration, or a risk."""
    if verdict.outcome is Outcome.REFER:
        return earlier.verdict.outcome is not Outcome.REFER
    return earlier.verdict.outcome is Outcome.MISSING and verdict.outcome is Outcome.ACCEPTED


def _direction(last: LastVisit | None, door: Door, memory_complete: bool) -> Direction:
    if door is not Door.BOTH:
        return Direction(door.value)
    if last is None:
        return Direction.IN if memory_complete else Direction.UNKNOWN
    if last.visit.direction is Direction.UNKNOWN:
        return Direction.UNKNOWN
    # whoever was not accepted on the way in counts as still outside: nobody unchecked is waved through as leaving
    inside = last.visit.direction is Direction.IN and last.visit.verdict.outcome is Outcome.ACCEPTED
    return Direction.OUT if inside else Direction.IN


def _leaving(verdict: Verdict, direction: Direction) -> Verdict:
    """Nobody is asked for a declaration on the way out; a declared risk still reaches staff."""
    if direction is Direction.OUT and verdict.outcome is Outcome.MISSING:
        return Verdict(Outcome.ACCEPTED, "exit")
    return verdict
