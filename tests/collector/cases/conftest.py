"""A ledger with made-up people, whose contacts are sealed as kiosks seal them, and the desk that releases them."""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from collector import keys
from collector.audit.sqlite_audit import AuditLog
from collector.cases.bundle import release_key
from collector.cases.kept import as_kept
from collector.cases.ledger_sealed import LedgerSealed
from collector.cases.port import Case, Period
from collector.cases.release_desk import ReleaseDesk
from collector.cases.sqlite_cases import SqliteCases
from collector.keys import KeyKind
from collector.ledger.port import Batch, Link, Taken
from collector.people.keeper import PeopleKeeper
from kiosk.privacy.sealing import Context, Part, seal
from kiosk.wire.data import DECLARATION
from kiosk.wire.events import decode
from tests.collector.conftest import Store, store_of

NOW = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
PASSPHRASE = b"a dozen lotus ponds"
PERIOD = Period(date(2026, 11, 11), date(2026, 11, 24))
REASON = "tìm người ở chợ cùng lúc"
STREAM = "00112233445566778899aabbccddeeff"


@dataclass
class Province:
    folder: Path
    make_event: Callable[..., bytes]
    store: Any  # that of tests/collector/conftest.py
    now: datetime = NOW
    seq: int = field(default=0)
    keep: Callable[[Batch], Batch] = lambda batch: batch  # what the inbox does before it stores

    def __post_init__(self) -> None:
        self.officer = self.folder / "officer"
        keys.new(self.officer, KeyKind.TRACING, NOW, PASSPHRASE)
        (self.key,) = self.officer.glob("tracing-*.key")
        self.public = keys.SealingKey(
            keys.serialization.load_pem_public_key(self.key.with_suffix(".pub").read_bytes()), NOW
        )
        self.ledger = self.store.ledger(PeopleKeeper((), self.store.people))
        self.ledger.open()
        for person in range(1, 10):  # the first to be seen is the first to be numbered
            self.visit(person, None)
        self.audit = AuditLog(self.folder / "audit.db", lambda: self.now)
        self.cases = SqliteCases(self.folder / "cases.db")

    def desk(self, needs: int = 1, note=None, unwrap=as_kept) -> ReleaseDesk:
        return ReleaseDesk(
            self.cases,
            LedgerSealed(self.store.reader),
            unwrap,
            note or self.audit.note,
            needs,
            lambda: release_key(self.folder / "release.key"),
            lambda: self.now,
        )

    def visit(self, *people: Any, at: str = "", key=None) -> str:
        """Of these people, and their contact, at cho-1; the id of the event."""
        *numbers, contact = people
        data = {"verdict": "accepted", "reason": "pass", "direction": "in", "code": "cccd"}
        return self._take(numbers, contact, data, at, {}, key)

    def declaration(self, *people: Any, at: str = "") -> str:
        """By all of which one person is known."""
        *numbers, contact = people
        data = {
            "declaration": "019abc00-0000-7000-8000-0000000000aa",
            "made": "2026-11-24T01:00:00Z",
            "source": "kiosk_form",
            "risk": "none",
            "questions": 1,
        }
        return self._take(numbers, contact, data, at, {"type": DECLARATION}, None)

    def _take(self, numbers, contact, data, at, more, key) -> str:
        self.seq += 1
        bare = json.loads(self.make_event(self.seq))
        if contact is not None:
            plain = contact if isinstance(contact, bytes) else json.dumps(contact).encode()
            context = Context(bare["id"], "cho-1", STREAM, self.seq)
            one = seal(Part.CONTACT, plain, key or self.public, context)
            text = base64.b64encode(one.ciphertext).decode()
            data = {**data, "contact": {"key": one.key, "sealed": text}}
        payload = self.make_event(self.seq, data=data, at=at or bare["time"], **more)
        people = [number.to_bytes(16, "big") for number in numbers if number]
        event = decode(payload, "cho-1")
        taken = Taken(event, payload, Link.OPENED, people, payload)
        self.ledger.commit(self.keep(Batch(events=[taken])), NOW)
        return event.id

    def case(self) -> Case:
        return self.desk().open("an.mau", "Ca ở chợ Mẫu 24/11", REASON, PERIOD)

    def acts(self) -> list[str]:
        return [each.act for each in self.audit.all()]


@pytest.fixture(params=["sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """A file; with `in_both` the other one too."""
    return store_of(request, tmp_path)


@pytest.fixture
def province(tmp_path: Path, make_event: Callable[..., bytes], store: Any) -> Iterator[Province]:
    province = Province(tmp_path, make_event, store)
    yield province
    province.ledger.close()
