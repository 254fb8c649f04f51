"""From a person's visits to their stays. Pure.

Few scan out, so an end is mostly taken to be somewhere; which rule gave it is kept with each stay, for it is what an
officer must doubt (shared facts, collector section 12). Times are whole seconds since 1970, UTC. What a visit becomes
depends on nothing but the scan before it and the one after it, no further away than REACH_S: that is why a late event
changes few rows. It may make of the visit beside it a scan, or none any more: so it tells as far as twice REACH_S.
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from typing import NamedTuple

# No stay is longer, so that an overlap is looked for in one range (shared facts, collector section 10). One that was
# scanned out later than this is kept in parts.
MAX_STAY_S = 4 * 3600
# An exit is believed to end the entry before it up to this long after: a day's work, a night's guard.
REACH_S = 16 * 3600
_DAY_S = 24 * 3600
_ZONE_S = 7 * 3600  # collector.days


class Way(IntEnum):
    IN = 1
    OUT = 2
    UNKNOWN = 3  # somebody was there; taken as an entry


class Rule(IntEnum):
    """What gave the end of a stay. The numbers stand in the ledger."""

    EXIT = 1  # scanned out
    NEXT = 2  # seen at a door again, here or elsewhere
    USUAL = 3  # as long as visitors of this venue usually stay
    CAP = 4  # the longest stay that is counted
    MIDNIGHT = 5


class Visit(NamedTuple):
    """One scan. Order is that of the fields, so that it is the same however they arrived: `tie` parts scans of one
    millisecond. `width_s` is how far off the clock may be, None when nobody can say."""

    at_ms: int
    tie: int
    event: int
    venue: int
    way: int
    usual_s: int
    follows: bool = False  # it amends the scan before it
    width_s: int | None = 0

    @property
    def at_s(self) -> int:
        return self.at_ms // 1000


class Stay(NamedTuple):
    """[tin, tout) at a venue. `seen_in` is False when only the exit was scanned and the beginning is assumed."""

    venue: int
    tin: int
    tout: int
    rule: int
    seen_in: bool
    event: int
    width_s: int | None

    @property
    def is_sure(self) -> bool:
        """Both ends were scanned."""
        return self.seen_in and self.rule == Rule.EXIT


def stays(visits: Iterable[Visit]) -> list[Stay]:
    """All visits of one person, in any order, to all stays, by the visits they come from. What lasted no whole second
    is none."""
    scans = list(_scans(sorted(visits)))
    found: list[Stay] = []
    for at, scan in enumerate(scans):
        before = _near(scan, scans[at - 1] if at else None)
        after = _near(scan, scans[at + 1] if at + 1 < len(scans) else None)
        if scan.way == Way.OUT:
            found += _only_out(scan, before)
        elif after is not None and after.way == Way.OUT and after.venue == scan.venue:
            found += _parts(scan, after)
        else:
            found += _taken_to_end(scan, after)
    return found


def _scans(visits: Sequence[Visit]) -> Iterator[Visit]:
    """Without those that only say more about the scan before them: a declaration made, a risk told."""
    before: Visit | None = None
    for visit in visits:
        last = _near(visit, before)
        amends = visit.follows and last is not None
        if not (amends and last and (last.venue, last.way) == (visit.venue, visit.way)):
            yield visit
        before = visit


def _near(scan: Visit, other: Visit | None) -> Visit | None:
    return other if other is not None and abs(other.at_s - scan.at_s) <= REACH_S else None


def _parts(scan: Visit, exit_: Visit) -> Iterator[Stay]:
    width_s = _wider(scan.width_s, exit_.width_s)
    for tin in range(scan.at_s, exit_.at_s, MAX_STAY_S):
        tout = min(tin + MAX_STAY_S, exit_.at_s)
        yield Stay(scan.venue, tin, tout, Rule.EXIT, True, scan.event, width_s)


def _taken_to_end(scan: Visit, after: Visit | None) -> Iterator[Stay]:
    tin = scan.at_s
    usual = (tin + MAX_STAY_S, Rule.CAP)
    if scan.usual_s < MAX_STAY_S:
        usual = (tin + scan.usual_s, Rule.USUAL)
    ends = [usual, (_midnight_after(tin), Rule.MIDNIGHT)]
    if after is not None:
        ends.append((after.at_s, Rule.NEXT))
    tout, rule = min(ends)
    if tout > tin:
        yield Stay(scan.venue, tin, tout, rule, True, scan.event, scan.width_s)


def _only_out(scan: Visit, before: Visit | None) -> Iterator[Stay]:
    """Somebody left whom nobody saw come, unless the scan before was their entry here."""
    tout = scan.at_s
    if before is not None and before.venue == scan.venue and before.way != Way.OUT:
        return
    begins = [tout - min(scan.usual_s, MAX_STAY_S), _midnight_after(tout - 1) - _DAY_S]
    if before is not None:
        begins.append(before.at_s)
    if (tin := max(begins)) < tout:
        yield Stay(scan.venue, tin, tout, Rule.EXIT, False, scan.event, scan.width_s)


def _midnight_after(at_s: int) -> int:
    return (at_s + _ZONE_S) // _DAY_S * _DAY_S + _DAY_S - _ZONE_S


def _wider(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else max(one, other)
