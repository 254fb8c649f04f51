"""All stays in memory, kept up with the ledger: a large sorted block, and a small one for what came since.

What came is put into the small block at every turn, and now and then that is merged into the large one. A late exit
edits its row where it lies. Whoever asks holds a snapshot: blocks are replaced, never rebuilt under their feet.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from collector.tracing.blocks import EMPTY, SECONDS, Block, Ints, Rows, joined, rows, spread
from collector.tracing.stays import MAX_STAY_S

# rows in the small block before it is merged, at least
MERGE_ROWS = 50_000
# rows looked at together
PIECE_ROWS = 131_072

_NEVER = np.iinfo(np.int32).max


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

    def are_more(self, than: int, venue: Ints, begin_s: Ints, end_s: Ints) -> NDArray[np.bool_]:
        """Whether more stays than that begin there in [begin_s, end_s)."""
        begin, end = venue << 32 | begin_s, venue << 32 | end_s
        first, last = self.by_venue.tail.bounds(begin, end)
        return self.by_venue.main.are_more(than - (last - first), begin, end)

    def within(
        self, begin: Ints, end: Ints
    ) -> Iterator[tuple[NDArray[np.int32], NDArray[np.int32]]]:
        """Who was there in these intervals of `venue << 32 | time`, which rise and do not touch: person and seconds,
        in any order, several rows a person."""
        for block in (self.by_venue.main, self.by_venue.tail):
            if len(begin) and len(block):
                yield from _within(block, begin, end)


def _within(
    block: Block, begin: Ints, end: Ints
) -> Iterator[tuple[NDArray[np.int32], NDArray[np.int32]]]:
    """Each row is looked at once, in pieces that stay in the processor's cache."""
    # where a stay can begin that reaches an interval, united
    low = begin - MAX_STAY_S
    first = np.flatnonzero(np.concatenate(([True], low[1:] > end[:-1])))
    beyond = np.append(first[1:], len(low))
    rows_from, rows_to = block.bounds(low[first], end[beyond - 1])
    piece = np.cumsum(rows_to - rows_from) // PIECE_ROWS
    cuts = [0, *(np.flatnonzero(np.diff(piece)) + 1).tolist(), len(first)]
    for at, to in pairwise(cuts):
        some = slice(first[at], beyond[to - 1])
        spans = (rows_from[at:to], rows_to[at:to])
        yield _piece(block.rows, spans, first[at:to] - first[at], begin[some], end[some])


def _piece(
    rows: Rows, spans: tuple[Ints, Ints], first: Ints, begin: Ints, end: Ints
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """`first` is the first interval of each span of rows. What is known of a run of rows is repeated."""
    found = spread(*spans)
    key = rows.key[found]
    length = rows.length[found].astype(np.int32)
    # a run of rows: those before the first interval of a span, and then those from one interval to the next
    count = spans[1] - spans[0]
    before = np.cumsum(count) - count
    starts = np.insert(np.searchsorted(key, begin), first, before)
    runs = np.diff(starts, append=len(key))
    # the lower half of a key is the time
    begins = np.insert(begin.astype(np.int32), first, 0)
    ends = np.insert(end.astype(np.int32), first, 0)
    tin = key.astype(np.int32)
    seconds = np.minimum(np.repeat(ends, runs) - tin, length)
    np.maximum(seconds, 0, out=seconds)
    # stays that last beyond the beginning of the next interval there
    following = np.append(begins[1:], 0)
    following[following == 0] = _NEVER
    tout = tin + length
    going_on = np.flatnonzero(tout > np.repeat(following, runs))
    tout = tout[going_on]
    at = np.searchsorted(starts, going_on, side="right") - 1
    while len(going_on):
        at += 1
        seconds[going_on] += np.minimum(tout, ends[at]) - begins[at]
        further = tout > following[at]
        going_on, at, tout = going_on[further], at[further], tout[further]
    were_there = np.flatnonzero(seconds)
    return rows.other[found[were_there]], seconds[were_there]


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
