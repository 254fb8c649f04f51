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

    people: Ints
    begin: Ints  # the islands, as `venue << 32 | time`
    end: Ints
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
    # in order, as the rows are: each search then begins where the one before ended
    people = np.array(sorted(exposed), np.int64)
    since = np.array([exposed[who] for who in people.tolist()], np.int64) - BEFORE_S
    venue, tin, tout = snapshot.of_people(people, since + 1, terms.end_s)
    left_out = 0
    if terms.cap and len(venue):
        keep, left_out = _below_cap(snapshot, venue, tin, terms.cap)
        venue, tin, tout = venue[keep], tin[keep], tout[keep]
    begin, end = islands(venue << 32 | tin, venue << 32 | tout)
    long_enough = _long_enough(snapshot, begin, end, max(terms.least_s, 1))
    long_enough[[who for who in case | exposed.keys() if who < len(long_enough)]] = False
    return Second(np.flatnonzero(long_enough), begin, end, left_out, snapshot.people)


def seconds_of(snapshot: Snapshot, found: Second) -> Ints:
    """How long each of them was in a room with an F1, all meetings together."""
    seconds = np.zeros(snapshot.highest_person + 1, np.int64)
    for person, overlap in snapshot.within(found.begin, found.end):
        np.add.at(seconds, person, overlap)
    return seconds[found.people]


def _long_enough(snapshot: Snapshot, begin: Ints, end: Ints, least_s: int) -> NDArray[np.bool_]:
    """Of each person, whether they were there for so long in all. Most were, in a single stay: only the short ones of
    others are added up."""
    there = np.zeros(snapshot.highest_person + 1, np.bool_)
    short = []
    for person, overlap in snapshot.within(begin, end):
        there[person[overlap >= least_s]] = True
        if least_s > 1:
            some = overlap < least_s
            short.append((person[some], overlap[some]))
    if short:
        person, overlap = (np.concatenate(each) for each in zip(*short, strict=True))
        order = np.argsort(person)
        person, overlap = person[order], overlap[order]
        each = np.flatnonzero(np.diff(person, prepend=-1))
        if len(each):
            there[person[each[np.add.reduceat(overlap, each) >= least_s]]] = True
    return there


def _below_cap(
    snapshot: Snapshot, venue: Ints, tin: Ints, cap: int
) -> tuple[NDArray[np.bool_], int]:
    """Which of these stays are on a day on which their venue had no more scans than the cap, and how many such days at
    a venue had more."""
    day = (tin + _ZONE_S) // _DAY_S
    visited, which = np.unique(venue << 32 | day, return_inverse=True)
    begin_s = (visited & SECONDS) * _DAY_S - _ZONE_S
    above = snapshot.are_more(cap, visited >> 32, begin_s, begin_s + _DAY_S)
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
