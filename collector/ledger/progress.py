"""How far a stream has come: which of its numbers are committed, and which are missing. Pure.

Kept as the highest number and the gaps below it, so that a stream with a hole for ever costs one row and not one for
each number above it.
"""

from bisect import bisect_left
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from kiosk.wire.receipts import MAX_ALSO, Receipt


class Gap(NamedTuple):
    """Numbers that have not arrived, both ends included."""

    first: int
    last: int


@dataclass(slots=True)
class Progress:
    """`gaps` rise and do not touch. Numbers count from 1."""

    highest: int = 0
    gaps: list[Gap] = field(default_factory=list)

    @property
    def upto(self) -> int:
        """The highest number with no gap below it, 0 when 1 is missing."""
        return self.gaps[0].first - 1 if self.gaps else self.highest

    @property
    def missing(self) -> int:
        return sum(gap.last - gap.first + 1 for gap in self.gaps)

    def take(self, seq: int) -> bool:
        """Count `seq` as committed. False when it was already."""
        if seq > self.highest:
            self.expect(seq - 1)
            self.highest = seq
            return True
        place = bisect_left(self.gaps, seq, key=lambda gap: gap.last)
        if place == len(self.gaps) or self.gaps[place].first > seq:
            return False
        first, last = self.gaps[place]
        parts = (Gap(first, seq - 1), Gap(seq + 1, last))
        self.gaps[place : place + 1] = [gap for gap in parts if gap.first <= gap.last]
        return True

    def expect(self, last: int) -> None:
        """Numbers up to `last` are known to have existed: those that are not committed are missing."""
        if last > self.highest:
            first = self.highest + 1
            if self.gaps and self.gaps[-1].last == self.highest:
                first = self.gaps.pop().first
            self.gaps.append(Gap(first, last))
            self.highest = last

    def above(self, count: int) -> list[int]:
        """The lowest committed numbers above the first gap, at most `count` of them."""
        found: list[int] = []
        for place, gap in enumerate(self.gaps):
            following = self.gaps[place + 1].first if place + 1 < len(self.gaps) else None
            end = self.highest + 1 if following is None else following
            found.extend(range(gap.last + 1, min(end, gap.last + 1 + count - len(found))))
            if len(found) >= count:
                break
        return found


def receipts_for(
    stream: str, progress: Progress, held: Collection[int], now: datetime
) -> list[Receipt]:
    """What the kiosk is told after a commit that `held` these numbers, for the first time or again; chain and ledger
    are the caller's.

    Usually one receipt. Each number of the batch is named, even far above a gap that never closes: a receipt that only
    named the lowest numbers above it would leave the others to be sent for ever.
    """
    numbers = sorted(seq for seq in held if seq > progress.upto)
    parts = [numbers[i : i + MAX_ALSO] for i in range(0, len(numbers), MAX_ALSO)] or [[]]
    also = [_filled(part, progress) for part in parts]
    return [Receipt(stream, progress.upto, named, now) for named in also]


def _filled(part: list[int], progress: Progress) -> tuple[int, ...]:
    """With the room that is left, earlier numbers again: it heals a receipt that was lost."""
    room = MAX_ALSO - len(part)
    if not room:
        return tuple(part)
    named = set(part)
    others = [seq for seq in progress.above(MAX_ALSO) if seq not in named]
    return tuple(sorted([*part, *others[:room]]))
