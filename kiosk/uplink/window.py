"""Which rows are with the broker, and which are to go again. Pure: knows no connection, no clock and no database.

A row is *unanswered* from being handed over until its PUBACK, then *sent* until its receipt. A PUBACK is not delivery:
a sent row goes again when its receipt does not come. One window serves one connection; with the next connection every
row waits again.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass

from kiosk.store.rows import Row
from kiosk.wire.receipts import Receipt

# paho is slower with more in flight: 20 gave 14.6 to 20.6k messages/s, 1,000 gave 7.4 to 8.9k (facts, uplink 4)
MAX_UNANSWERED = 20
# mosquitto keeps 1,000 messages for a collector that is away, and throws away what comes behind that
MAX_WITHOUT_RECEIPT = 1_000


@dataclass(slots=True)
class _Kept:
    """A row that has been handed over and has no receipt; `tries` counts its acknowledgements."""

    row: Row
    tries: int = 0


class Window:
    """`receive_maximum` is the broker's: how many unanswered messages it is willing to have."""

    def __init__(self, receive_maximum: int = MAX_UNANSWERED) -> None:
        self._size = min(MAX_UNANSWERED, receive_maximum)
        self._unanswered: dict[int, Row | None] = {}
        self._kept: dict[int, _Kept] = {}
        self._due: list[tuple[float, int]] = []
        self._cursor = 0
        self._rewound_from = 0

    @property
    def cursor(self) -> int:
        """Rows up to this position have been handed over, or passed over."""
        return self._cursor

    @property
    def unanswered(self) -> int:
        return len(self._unanswered)

    @property
    def room(self) -> int:
        """How many more messages the broker may be handed now."""
        return max(0, self._size - len(self._unanswered))

    @property
    def is_worth_filling(self) -> bool:
        """Half empty: rows that go together cost a turn, a read and a wakeup of the broker together."""
        return self.room > 0 and 2 * self.room >= self._size

    @property
    def room_for_new(self) -> int:
        """How many more rows that have never been handed over."""
        without_receipt = len(self._kept) + len(self._unanswered)
        return max(0, min(self.room, MAX_WITHOUT_RECEIPT - without_receipt))

    @property
    def in_flight(self) -> list[Row]:
        """The rows among the unanswered messages."""
        return [row for row in self._unanswered.values() if row is not None]

    @property
    def sent(self) -> int:
        """Rows that the broker has acknowledged and no receipt has named."""
        return sum(kept.tries > 0 for kept in self._kept.values())

    @property
    def overdue(self) -> bool:
        """Whether a row had to go again because its receipt did not come."""
        return any(kept.tries > 1 for kept in self._kept.values())

    def rewind(self) -> None:
        """Rows from the first on are to be handed over again, but for those that the broker has."""
        self._rewound_from, self._cursor = max(self._rewound_from, self._cursor), 0

    def holds(self, row: Row) -> bool:
        """Whether the row is with the broker already: only after a rewind can it be."""
        if row.position > self._rewound_from:
            return False
        return row.position in self._kept or row in self._unanswered.values()

    def pass_over(self, row: Row) -> None:
        """This row is not to be handed over, or not now."""
        self._cursor = max(self._cursor, row.position)

    def handed(self, mid: int, row: Row | None) -> None:
        """The broker has been handed a message: a row, or None for one that is no event but counts all the same."""
        self._unanswered[mid] = row
        if row is not None:
            self.pass_over(row)

    def answered(self, mid: int) -> Row | None:
        """The row that this PUBACK speaks of, if it still waits for its receipt."""
        return self._unanswered.pop(mid, None)

    def acknowledged(self, row: Row) -> int:
        """The broker has taken the row: how often by now."""
        kept = self._kept.setdefault(row.position, _Kept(row))
        kept.tries += 1
        return kept.tries

    def again_at(self, row: Row, due_s: float) -> None:
        """Unless a receipt comes first, the row goes again at this monotonic time."""
        self._kept.setdefault(row.position, _Kept(row))
        heapq.heappush(self._due, (due_s, row.position))

    def take_due(self, now_s: float) -> list[Row]:
        """The rows whose time has come, oldest first, as many as there is room for. Each is named once."""
        rows: list[Row] = []
        while self._due and self._due[0][0] <= now_s and len(rows) < self.room:
            kept = self._kept.get(heapq.heappop(self._due)[1])
            if kept is not None:
                rows.append(kept.row)
        return rows

    def forget(self, position: int) -> None:
        """The row has been set aside."""
        self._kept.pop(position, None)

    def free(self, receipt: Receipt) -> None:
        """The rows that a receipt names do not go again, also those whose PUBACK comes later."""
        names = named_by(receipt)
        for mid, row in self._unanswered.items():
            if row is not None and names(row):
                self._unanswered[mid] = None
        self._kept = {at: kept for at, kept in self._kept.items() if not names(kept.row)}


def named_by(receipt: Receipt) -> Callable[[Row], bool]:
    also = frozenset(receipt.also)
    return lambda row: row.stream == receipt.stream and (row.seq <= receipt.upto or row.seq in also)


def says_all_of(newer: Receipt, older: Receipt) -> bool:
    """Whether the newer receipt makes the older one needless: several may come before the first has been applied."""
    return (
        (newer.stream, newer.ledger) == (older.stream, older.ledger)
        and newer.at >= older.at
        and newer.upto >= older.upto
        and newer.archived_upto >= older.archived_upto
        and all(seq <= newer.upto or seq in newer.also for seq in older.also)
    )
