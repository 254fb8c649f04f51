"""F2: who was in a room while any F1 was there, after that F1 may have been infected. A set, from sorted arrays.

All stays of all F1 at a venue are first united into islands: an island is exactly covered by them, so whoever overlaps
it overlaps one of them (shared facts, collector section 10). By mere presence F2 is a quarter of a province (section
11): so there is a least time in the room, venues with more scans a day than the cap are left out and counted, and what
is answered is a size before it is a list.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collector.tracing.blocks import SECONDS, Ints
from collector.tracing.index import Snapshot

# whoever was infected may pass it on at a stay that began this long before they met the case: it is the same stay
BEFORE_S = 3600
_DAY_S = 24 * 3600
_ZONE_S = 7 * 3600


@dataclass(frozen=True, slots=True)
class Terms:
    """`least_s` in the room, all meetings together; venues with more than `cap` scans on a day are left out for that
    day, 0 for no cap; stays that begin at or after `end_s` are not looked at."""

    end_s: int
    least_s: int = 15 * 60
    cap: int = 500


@dataclass(frozen=True, slots=True)
class Second:
    """`people` are sorted. `left_out` counts the days at venues that are above the cap."""

    people: NDArray[np.int32]
    seconds: Ints
    islands: int
    left_out: int
    known: int  # how many people there are

    @property
    def size(self) -> int:
        return len(self.people)

    @property
    def share(self) -> float:
        """Of all people who were ever seen."""
        return self.size / self.known if self.known else 0.0


def second(
    snapshot: Snapshot, exposed: Mapping[int, int], case: frozenset[int], terms: Terms
) -> Second:
    """`exposed` maps each F1 to their first exposure (s)."""
    people = np.fromiter(exposed.keys(), np.int64, len(exposed))
    since = np.fromiter(exposed.values(), np.int64, len(exposed)) - BEFORE_S
    venue, tin, tout = snapshot.of_people(people, since + 1, terms.end_s)
    left_out = 0
    if terms.cap and len(venue):
        keep, left_out = _below_cap(snapshot, venue, tin, terms.cap)
        venue, tin, tout = venue[keep], tin[keep], tout[keep]
    begin, end = islands(venue << 32 | tin, venue << 32 | tout)
    seconds = np.zeros(snapshot.highest_person + 1)
    for person, overlap in snapshot.within(begin, end):
        seconds += np.bincount(person, overlap, len(seconds))
    nearer = [person for person in case | exposed.keys() if person < len(seconds)]
    seconds[nearer] = 0
    found = np.flatnonzero(seconds >= max(terms.least_s, 1))
    return Second(
        found.astype(np.int32),
        seconds[found].astype(np.int64),
        len(begin),
        left_out,
        snapshot.people,
    )


def _below_cap(
    snapshot: Snapshot, venue: Ints, tin: Ints, cap: int
) -> tuple[NDArray[np.bool_], int]:
    """Which of these stays are on a day on which their venue had no more scans than the cap, and how many such days at
    a venue had more."""
    day = (tin + _ZONE_S) // _DAY_S
    visited, which = np.unique(venue << 32 | day, return_inverse=True)
    begin_s = (visited & SECONDS) * _DAY_S - _ZONE_S
    above = snapshot.count(visited >> 32, begin_s, begin_s + _DAY_S) > cap
    return ~above[which], int(np.count_nonzero(above))


def islands(begin: Ints, end: Ints) -> tuple[Ints, Ints]:
    """The union of intervals [begin, end), as intervals that do not touch, in order."""
    order = np.argsort(begin)
    begin, reach = begin[order], np.maximum.accumulate(end[order])
    if not len(begin):
        return begin, reach
    first = np.flatnonzero(np.concatenate(([True], begin[1:] > reach[:-1])))
    last = np.concatenate((first[1:], [len(begin)])) - 1
    return begin[first], reach[last]
