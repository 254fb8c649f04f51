"""Which row breaks the connection? Pure: knows no connection and no database.

A broker may answer one row with something that ends the connection (mosquitto's "packet too large" in a PUBACK is no
code that paho knows), and would do so for ever. After such an end every row that was in flight is a suspect. A suspect
goes alone: when the broker answers it, it is cleared; when the connection breaks over it twice, it is the one.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

# so often must a connection break over the same row, alone, before that row is set aside
STRIKES = 2


@dataclass
class Suspects:
    """Rows are named by their position."""

    positions: set[int] = field(default_factory=set)
    _strikes: Counter[int] = field(default_factory=Counter)
    _alone: tuple[int, int] | None = None  # message id and position of the suspect in flight

    @property
    def one_is_alone(self) -> bool:
        """Whether a suspect is in flight: then nothing else may go."""
        return self._alone is not None

    def begin(self) -> None:
        """A new connection: nothing is in flight."""
        self._alone = None

    def goes_alone(self, mid: int, position: int) -> None:
        self._alone = mid, position

    def answered(self, mid: int) -> None:
        if self._alone is not None and self._alone[0] == mid:
            self._clear(self._alone[1])

    def broke(self, in_flight: Iterable[int]) -> int | None:
        """The connection has ended over a packet. The row that is to be set aside, if it is known by now."""
        if self._alone is None:
            self.positions.update(in_flight)
            return None
        position = self._alone[1]
        self._strikes[position] += 1
        if self._strikes[position] < STRIKES:
            return None
        self._clear(position)
        return position

    def _clear(self, position: int) -> None:
        self.positions.discard(position)
        self._strikes.pop(position, None)
        self._alone = None
