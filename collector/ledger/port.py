"""What a ledger can be asked, whatever database stands behind it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from kiosk.wire.receipts import Receipt
from kiosk.wire.status import Status


@dataclass(frozen=True, slots=True)
class Arrived:
    """One message as the broker handed it over. `kiosk` is from the topic, which the broker has authorised."""

    kiosk: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class KioskState:
    """One kiosk as the office page shows it. Times are UTC, None before the first."""

    kiosk: str
    online: bool | None
    last_visit_at: datetime | None
    accepted: int
    missing: int
    refer: int
    repeats: int
    missing_seqs: int  # numbers below the highest that have not arrived
    quarantined: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """One visit as the office page lists it."""

    kiosk: str
    at: datetime
    verdict: str
    reason: str
    direction: str
    code: str


class Ledger(Protocol):
    def open(self) -> None: ...

    def close(self) -> None: ...

    def ingest(self, batch: Sequence[Arrived], now: datetime) -> list[tuple[str, Receipt]]:
        """Commit the batch in one transaction; the receipts that are due, with their kiosk. Raise LedgerError when
        nothing was committed."""

    def note_status(self, kiosk: str, status: Status) -> None: ...

    def events(self, kiosk: str) -> Iterator[dict[str, Any]]:
        """All events of a kiosk in the order of their streams."""

    def kiosks(self) -> list[KioskState]: ...

    def latest(self, count: int) -> list[Arrival]:
        """The newest visits first."""
