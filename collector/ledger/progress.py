"""How far a stream has come: which numbers are committed, which are missing. Pure.

`upto` is the highest seq with no gap below it; `above` are committed numbers beyond the gap. Repeats change nothing.
"""

from dataclasses import dataclass, field

from kiosk.wire.receipts import MAX_ALSO


@dataclass(slots=True)
class Progress:
    upto: int = 0
    above: set[int] = field(default_factory=set)
    repeats: int = 0

    def knows(self, seq: int) -> bool:
        return seq <= self.upto or seq in self.above

    def take(self, seq: int) -> None:
        """A number has been committed, for the first time or again."""
        if self.knows(seq):
            self.repeats += 1
            return
        self.above.add(seq)
        while self.upto + 1 in self.above:
            self.upto += 1
            self.above.remove(self.upto)

    def also(self) -> tuple[int, ...]:
        """The lowest committed numbers above the gap, as many as a receipt may name."""
        return tuple(sorted(self.above)[:MAX_ALSO])

    @property
    def missing(self) -> int:
        """How many numbers below the highest have not arrived."""
        return max(self.above) - self.upto - len(self.above) if self.above else 0
