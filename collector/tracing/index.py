"""All stays in memory, kept up with the ledger: a large sorted block, and a small one for what came since.

What came is put into the small block at every turn, and now and then that is merged into the large one. A late exit
edits its row where it lies. Whoever asks holds a snapshot: blocks are replaced, never rebuilt under their feet.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from collector.tracing.blocks import EMPTY, SECONDS, Block, Ints, Rows, joined, rows, spread
from collector.tracing.stays import MAX_STAY_S

# rows in the small block before it is merged, at least
MERGE_ROWS = 50_000

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pair:
    """The large block and the small one, in one order."""

    main: Block
    tail: Block

    def take(self, edits: Rows) -> "Pair":
        left = self.tail.edit(self.main.edit(edits))
        new = left.only(left.length > 0)
        return Pair(self.main, self.tail.with_(Block.of(new))) if len(new) else self

    @property
    def is_due(self) -> bool:
        return len(self.tail) > max(MERGE_ROWS, len(self.main) // 200)

    def merged(self) -> "Pair":
        return Pair(self.main.with_(self.tail), Block(EMPTY))


@dataclass(frozen=True, slots=True)
class Snapshot:
    by_venue: Pair
    by_person: Pair
    people: int  # who were ever seen, as of the last merge
    highest_person: int

    def of_people(self, people: Ints, since_s: Ints, end_s: int) -> tuple[Ints, Ints, Ints]:
        """Venue, tin, tout of the stays of each that begin in [since_s, end_s)."""
        found = []
        for block in (self.by_person.main, self.by_person.tail):
            at = spread(*block.bounds(people << 32 | since_s, people << 32 | end_s))
            found.append(block.rows.only(at))
        each = joined(found)
        each = each.only(each.length > 0)
        tin = each.key & SECONDS
        return each.other.astype(np.int64), tin, tin + each.length

    def count(self, venue: Ints, begin_s: Ints, end_s: Ints) -> Ints:
        """How many stays begin there in [begin_s, end_s)."""
        total = np.zeros(len(venue), np.int64)
        for block in (self.by_venue.main, self.by_venue.tail):
            first, last = block.bounds(venue << 32 | begin_s, venue << 32 | end_s)
            total += last - first
        return total

    def within(self, begin: Ints, end: Ints) -> Iterator[tuple[NDArray[np.int32], Ints]]:
        """Who was there in these intervals of `venue << 32 | time`, which rise and do not touch: person and seconds,
        in any order, several rows a person."""
        for block in (self.by_venue.main, self.by_venue.tail):
            if len(begin) and len(block):
                yield _within(block, begin, end)


def _within(block: Block, begin: Ints, end: Ints) -> tuple[NDArray[np.int32], Ints]:
    # each row once: the windows in which a stay can begin that reaches an interval, united
    low, high = begin - MAX_STAY_S, end
    apart = np.flatnonzero(np.concatenate(([True], low[1:] > high[:-1])))
    first, last = block.bounds(low[apart], high[np.concatenate((apart[1:], [len(low)])) - 1])
    found = block.rows.only(spread(first, last))
    tin, tout = found.key, found.key + found.length
    # the interval that a stay begins in or after, -1 before the first: rows rise, so one mark for each is enough
    marks = np.bincount(np.searchsorted(tin, begin), minlength=len(tin) + 1)[: len(tin)]
    at = np.cumsum(marks) - 1
    seconds = np.minimum(tout, end[at]) - tin
    seconds[(seconds < 0) | (at < 0)] = 0
    # and those that begin while it lasts
    going_on = np.flatnonzero(at + 1 < len(begin))
    at = at[going_on] + 1
    while len(going_on):
        reached = tout[going_on] > begin[at]
        going_on, at = going_on[reached], at[reached]
        seconds[going_on] += np.minimum(tout[going_on], end[at]) - begin[at]
        inside = at + 1 < len(begin)
        going_on, at = going_on[inside], at[inside] + 1
    there = np.flatnonzero(seconds)
    return found.other[there], seconds[there]


class Index:
    """For one thread that keeps it; anybody may take `snapshot`."""

    def __init__(self, stays: Iterable[Sequence[tuple[int, int, int, int]]] = ()) -> None:
        """`stays` in pieces, each of (venue, tin, person, tout)."""
        by_venue, by_person = [], []
        for piece in stays:
            venue, tin, person, tout = np.asarray(piece, np.int64).reshape(-1, 4).T
            by_venue.append(rows(venue, tin, person, tout - tin))
            by_person.append(rows(person, tin, venue, tout - tin))
        self._snapshot = _settled(
            Pair(Block.of(joined(by_venue)), Block(EMPTY)),
            Pair(Block.of(joined(by_person)), Block(EMPTY)),
        )

    @property
    def snapshot(self) -> Snapshot:
        return self._snapshot

    def take(self, changes: Iterable[tuple[bool, int, int, int, int]]) -> None:
        """Stays that came (True) or went, (is_new, venue, person, tin, tout), in the order of the ledger."""
        # there is one stay at most that begins so: what was said of it last holds
        last = {
            (venue, person, tin): tout - tin if is_new else 0
            for is_new, venue, person, tin, tout in changes
        }
        if not last:
            return
        venue, person, tin = np.array(list(last), np.int64).T
        length = np.fromiter(last.values(), np.int64, len(last))
        now = self._snapshot
        self._snapshot = Snapshot(
            now.by_venue.take(rows(venue, tin, person, length)),
            now.by_person.take(rows(person, tin, venue, length)),
            now.people,
            max(now.highest_person, int(person.max())),
        )

    def tidy(self) -> bool:
        """Merge one of the two orders, if it is due: never both in one turn, so that nobody waits for both."""
        now = self._snapshot
        if now.by_venue.is_due:
            self._snapshot = Snapshot(
                now.by_venue.merged(), now.by_person, now.people, now.highest_person
            )
            return True
        if now.by_person.is_due:
            self._snapshot = _settled(now.by_venue, now.by_person.merged())
            return True
        return False


def _settled(by_venue: Pair, by_person: Pair) -> Snapshot:
    main = by_person.main
    highest = int(main.rows.key[-1] >> 32) if len(main) else 0
    return Snapshot(by_venue, by_person, main.majors(), highest)
