from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from collector.days import ZONE
from collector.ledger.connection import Connection
from collector.ledger.port import Batch, Link, Taken
from collector.tracing.keeper import StayKeeper
from collector.tracing.venues import Place
from kiosk.wire.events import decode

NOW = datetime(2026, 11, 28, 1, 0, tzinfo=UTC)
VENUES = {"cho-1": Place("cho-mau", 45 * 60), "cho-2": Place("truong-mau", 240 * 60)}


def place_of(kiosk: str, told: str) -> Place:
    return Place(told, 20 * 60) if told else VENUES.get(kiosk, Place(f"kiosk:{kiosk}", 60 * 60))


def people_of(connection: Connection, events: Sequence[int]) -> dict[int, int]:
    """Made-up people have one pseudonym each: their number."""
    find = "SELECT pseudonym FROM person_key WHERE event = ?"
    found = {key: connection.execute(find, [key]).fetchone() for key in events}
    return {key: int.from_bytes(row[0], "big") for key, row in found.items() if row is not None}


def clock(text: str, day: int = 24) -> datetime:
    """A moment of November 2026 there, `8:05`."""
    hour, minute = text.split(":")
    return datetime(2026, 11, day, int(hour), int(minute), tzinfo=ZONE)


@dataclass
class Province:
    """A ledger that is followed by a keeper of stays."""

    store: Any  # that of tests/collector/conftest.py
    make_event: Callable[..., bytes]
    numbers: dict[str, int] = field(default_factory=dict)
    clock = staticmethod(clock)
    place_of = staticmethod(place_of)
    now = NOW

    def __post_init__(self) -> None:
        self.keeper = StayKeeper(people_of, place_of, self.store.stays)
        self.reader = self.store.reader
        self.ledger = self.store.ledger(self.keeper)
        self.ledger.open()

    def scan(
        self, person: int, at: datetime, *, way: str = "in", kiosk: str = "cho-1", **more: Any
    ) -> Taken:
        """The next event of this kiosk, not yet taken in."""
        seq = more.pop("seq", None) or self.numbers.get(kiosk, 0) + 1
        self.numbers[kiosk] = max(seq, self.numbers.get(kiosk, 0))
        said = {"venue": more.pop("venue")} if "venue" in more else {}
        follows = {"follows": more.pop("follows")} if "follows" in more else {}
        data = {"verdict": "accepted", "reason": "pass", "direction": way, "code": "cccd"}
        payload = self.make_event(
            seq,
            kiosk=kiosk,
            at=at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            data={**data, **said, **follows},
            **{"boottime": str(seq * 10**9), **more},
        )
        people = [person.to_bytes(16, "big")] if person else []
        return Taken(decode(payload, kiosk), payload, Link.OPENED, people, payload)

    def take(self, *scans: Taken, now: datetime = NOW) -> None:
        self.ledger.commit(Batch(events=scans), now)

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self.store.sql(sql, *values)
        return found

    def venue(self, name: str) -> int:
        return int(self.rows("SELECT number FROM trace_venue WHERE name = ?", name)[0][0])


@pytest.fixture
def province(store: Any, make_event: Callable[..., bytes]) -> Iterator[Province]:
    made = Province(store, make_event)
    yield made
    made.ledger.close()


@pytest.fixture
def new_province(store: Any, make_event: Callable[..., bytes]) -> Callable[[], Province]:
    """Another one in the place of the one before."""

    def new() -> Province:
        store.clear()
        return Province(store, make_event)

    return new
