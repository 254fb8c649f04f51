"""A ledger in either store with its followers, and what kiosks seal, wrapped as the inbox does it."""

import base64
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from collector.inbox.day_keys import DayKeys
from collector.inbox.wrapping import wrapped
from collector.ledger import postgres_backup, sqlite_backup
from collector.ledger.port import Batch, Link, Taken
from collector.people.keeper import PeopleKeeper
from collector.people.port import PeopleStore
from collector.people.postgres_people import people_of as people_of_many
from collector.people.ties import people_of
from collector.statistics.day_counts import DayCounts
from collector.tracing.keeper import StayKeeper
from collector.tracing.venues import Place
from kiosk.privacy.sealing import Context, Part, seal
from kiosk.wire.events import chain_hash, decode, first_hash
from kiosk.wire.keys import SealingKey

NOW = datetime(2026, 11, 28, 1, 0, tzinfo=UTC)
STREAM = "00112233445566778899aabbccddeeff"


def who(number: int) -> bytes:
    """The pseudonym of a made-up person."""
    return number.to_bytes(16, "big")


@dataclass
class Town:
    """`store` is that of tests/collector/conftest.py."""

    folder: Path
    make_event: Any
    store: Any
    tracing: X25519PrivateKey = field(default_factory=X25519PrivateKey.generate)
    seq: int = 0
    before: str = first_hash(STREAM)
    sent: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.path = self.store.where
        self.people: PeopleStore = self.store.people
        self.days = DayKeys(self.folder / "day-keys")
        of = people_of if self.store.is_sqlite else people_of_many
        self.stays = StayKeeper(of, lambda kiosk, told: Place(kiosk, 3600), self.store.stays)
        self.others = [self.stays]
        self.ledger = self.store.ledger(*self.followers())
        self.ledger.open()
        self.answers = self.store.answers

    def followers(self):
        return [PeopleKeeper(self.others, self.people), self.stays, DayCounts()]

    def event(self, *people: int, at: datetime = NOW, declares: bool = False) -> Taken:
        """The next event of the kiosk, with a contact sealed to the tracing key, opened as the inbox does."""
        self.seq += 1
        event_id = f"019abc00-0000-7000-8000-{self.seq:012x}"
        context = Context(event_id, "cho-1", STREAM, self.seq)
        key = SealingKey(self.tracing.public_key(), NOW)
        sealed = seal(Part.CONTACT, b'{"name":"BUOI MAU"}', key, context)
        text = base64.b64encode(sealed.ciphertext).decode()
        data: dict[str, Any] = {
            "verdict": "accepted",
            "reason": "pass",
            "direction": "in",
            "code": "cccd",
        }
        if declares:
            data = {
                "declaration": event_id,
                "made": at.isoformat().replace("+00:00", "Z"),
                "source": "kiosk_form",
                "risk": "none",
                "questions": 1,
            }
        payload = self.make_event(
            self.seq,
            stream=STREAM,
            event_id=event_id,
            at=at.isoformat().replace("+00:00", "Z"),
            kind="declaration" if declares else "visit",
            prevhash=self.before,
            boottime=str(self.seq * 10**9),
            data={**data, "contact": {"key": sealed.key, "sealed": text}},
        )
        self.before = chain_hash(payload)
        self.sent.append(payload)
        return Taken(
            decode(payload, "cho-1"), payload, Link.OPENED, [who(each) for each in people], payload
        )

    def take(self, *events: Taken, now: datetime = NOW) -> None:
        self.ledger.commit(wrapped(Batch(events=events), self.days, now), now)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.store.sql(sql)

    def copy(self) -> list[str]:
        """The messages that a backup made now holds, to be looked at when the ledger has them no more."""
        to = self.folder / "copy"
        if self.store.is_sqlite:
            sqlite_backup.backup(self.path, to, lambda *_: None)
            with closing(sqlite3.connect(to)) as connection:
                found = connection.execute("SELECT message FROM event").fetchall()
                return [message for (message,) in found]
        postgres_backup.backup(self.path, to)
        return [message for (message,) in self.rows("SELECT message FROM event")]

    def restore(self) -> None:
        """That copy, in the place of the ledger."""
        self.ledger.close()
        restore = sqlite_backup.restore if self.store.is_sqlite else postgres_backup.restore
        restore(self.path, self.folder / "copy")


@pytest.fixture
def town(tmp_path: Path, make_event, store):
    found = Town(tmp_path, make_event, store)
    yield found
    found.ledger.close()


@pytest.fixture
def days_ago():
    return lambda days: NOW - timedelta(days=days)
