"""Stays as sorted arrays: one key of 64 bits a row, so that a range of time at a venue, or of a person, is two binary
searches (shared facts, collector section 10).

The key is `major << 32 | tin`, where `major` is the venue or the person and `tin` whole seconds since 1970 (good until
2038); `other` is the one that is not in the key. 14 bytes a row.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
SECONDS = (1 << 32) - 1
# one key of so many stands in a table that fits the processor's cache
STEP = 64


@dataclass(frozen=True, slots=True)
class Rows:
    """In no order."""

    key: Ints
    other: NDArray[np.int32]
    length: NDArray[np.uint16]

    def __len__(self) -> int:
        return len(self.key)

    def only(self, which: Ints | NDArray[np.bool_]) -> "Rows":
        return Rows(self.key[which], self.other[which], self.length[which])


class Block:
    """Rows in the order of their keys. None ever moves; a length is changed in place, and 0 is a row that is gone."""

    __slots__ = ("_top", "rows")

    def __init__(self, rows: Rows) -> None:
        """`rows` are in order."""
        self.rows = rows
        self._top = rows.key[::STEP].copy()

    @classmethod
    def of(cls, rows: Rows) -> "Block":
        return cls(rows.only(np.argsort(rows.key, kind="stable")))

    def __len__(self) -> int:
        return len(self.rows)

    def bounds(self, low: Ints, high: Ints) -> tuple[Ints, Ints]:
        """Where the rows with keys in [low, high) begin and end, for each pair."""
        found = self._find(np.concatenate((low, high)))
        return found[: len(low)], found[len(low) :]

    def are_more(self, than: Ints, low: Ints, high: Ints) -> NDArray[np.bool_]:
        """Whether there are more rows than that with keys in [low, high), for each pair. One search where `bounds`
        needs two."""
        at = self._find(low) + np.maximum(than, 0)
        are = than < 0
        within = np.flatnonzero(at < len(self))
        are[within] |= self.rows.key[at[within]] < high[within]
        return are

    def _find(self, wanted: Ints) -> Ints:
        """As searchsorted, but the steps go side by side: a processor waits for many rows of memory at once, where one
        search after the other waits for each."""
        key = self.rows.key
        if len(key) <= STEP:
            return np.searchsorted(key, wanted)
        above = np.searchsorted(self._top, wanted)
        low = np.maximum(above - 1, 0) * STEP
        high = np.minimum(above * STEP, len(key))
        for _ in range(STEP.bit_length()):
            middle = (low + high) >> 1
            is_less = key[np.minimum(middle, len(key) - 1)] < wanted
            is_less &= low < high
            low = np.where(is_less, middle + 1, low)
            high = np.where(is_less, high, middle)
        return low

    def edit(self, edits: Rows) -> Rows:
        """Give rows their new length. What is not here comes back."""
        at = np.searchsorted(self.rows.key, edits.key)
        open_ = np.arange(len(edits))
        not_here = []
        while len(open_):  # several may have begun in the same second
            within = at[open_] < len(self)
            within[within] = self.rows.key[at[open_[within]]] == edits.key[open_[within]]
            not_here.append(open_[~within])
            open_ = open_[within]
            meant = self.rows.other[at[open_]] == edits.other[open_]
            self.rows.length[at[open_[meant]]] = edits.length[open_[meant]]
            open_ = open_[~meant]
            at[open_] += 1
        return edits.only(np.concatenate(not_here) if not_here else open_)

    def with_(self, more: "Block") -> "Block":
        """All rows of both that are not gone."""
        mine, theirs = self.rows, more.rows
        at = np.searchsorted(mine.key, theirs.key)
        length = np.insert(mine.length, at, theirs.length)
        both = Rows(
            np.insert(mine.key, at, theirs.key), np.insert(mine.other, at, theirs.other), length
        )
        return Block(both if length.all() else both.only(length > 0))

    def majors(self) -> int:
        """How many different venues, or people."""
        if not len(self):
            return 0
        major = self.rows.key >> 32
        return int(np.count_nonzero(np.diff(major))) + 1


EMPTY = Rows(np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.uint16))


def rows(major: Ints, tin: Ints, other: Ints, length: Ints) -> Rows:
    return Rows(major << 32 | tin, other.astype(np.int32), length.astype(np.uint16))


def joined(parts: Iterable[Rows]) -> Rows:
    parts = [EMPTY, *parts]
    return Rows(
        np.concatenate([part.key for part in parts]),
        np.concatenate([part.other for part in parts]),
        np.concatenate([part.length for part in parts]),
    )


def spread(first: Ints, last: Ints) -> Ints:
    """All numbers of the ranges [first, last), one range after the other."""
    count = last - first
    ends = np.cumsum(count)
    if not len(ends):
        return ends
    found: Ints = np.arange(ends[-1]) + np.repeat(first - (ends - count), count)
    return found
