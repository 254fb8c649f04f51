from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import argon2
import flask
import pyotp
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask.testing import FlaskClient

from collector.access import hand_out
from collector.access.door import Door
from collector.access.roles import Role
from collector.access.shapes import SignedIn
from collector.access.sqlite_access import SqliteAccess
from collector.audit.sqlite_audit import AuditLog
from collector.cases.bundle import release_key
from collector.cases.kept import as_kept
from collector.cases.ledger_sealed import LedgerSealed
from collector.cases.release_desk import ReleaseDesk
from collector.cases.sqlite_cases import SqliteCases
from collector.commanding import CommandDesk
from collector.office.app import Staffed, create_office_app
from collector.office.registry_pages import RegistryDesk
from collector.people.desk import PeopleDesk
from collector.people.sqlite_requests import SqliteRequests
from collector.registry.enrolment import Site
from collector.registry.shapes import (
    Organisation,
    OrganisationKind,
    RegisteredKiosk,
    Venue,
    VenueType,
)
from collector.registry.sqlite_registry import SqliteRegistry
from collector.statistics.desk import ReportDesk
from collector.statistics.ledger_figures import LedgerFigures
from collector.tracing.desk import TraceDesk
from collector.tracing.index import Index
from tests.collector.conftest import Store

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
QUICK = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
OWN = "bốn mùa ở chợ mẫu"


@dataclass
class Office:
    """The pages over files in a folder; `restart` makes them anew over the same files."""

    folder: Path
    store: Any  # of the ledger: that of tests/collector/conftest.py
    open_here: bool = False
    app: flask.Flask = field(init=False)
    people: dict[str, int] = field(default_factory=dict)  # the person of each identifier
    noted: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    index: Index = field(default_factory=Index)
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.registry = SqliteRegistry(self.folder / "registry.db")
        self.access = SqliteAccess(self.folder / "access.db")
        self.door = Door(self.access, hasher=QUICK, of_nobody=QUICK.hash("nobody"))
        self.audit = AuditLog(self.folder / "audit.db", lambda: self.now)
        self.cases = SqliteCases(self.folder / "cases.db")
        self.registry.put(
            [Organisation("so-y-te", "Sở Y tế", OrganisationKind.DEPARTMENT)],
            [
                Venue(
                    "cho-mau",
                    "Chợ Mẫu",
                    VenueType.MARKET,
                    "so-y-te",
                    "29242",
                    "Trà Vinh",
                    responsible="Thạch Thị Mẫu",
                    phone="0900000000",
                )
            ],
            [RegisteredKiosk("cho-mau-1", "cho-mau")],
        )
        self.restart()

    def restart(self) -> None:
        site = Site("https://thuthap.example.vn", bytes(32), Ed25519PrivateKey.generate())
        desk = RegistryDesk(
            self.registry, "https://khaibao.example.vn", lambda: site, lambda: self.now
        )
        answers = self.store.answers
        tracing = TraceDesk(
            self.store.reader,
            answers,
            self.registry,
            lambda each: [self.people[one.value] for one in each if one.value in self.people],
            lambda actor, act, about: self.noted.append((actor, act, dict(about))),
            lambda: self.index.snapshot,
            lambda: self.now,
            self.cases,
        )
        releases = ReleaseDesk(
            self.cases,
            LedgerSealed(self.store.reader),
            as_kept,
            self.audit.note,
            1,
            lambda: release_key(self.folder / "release.key"),
            lambda: self.now,
        )
        rights = PeopleDesk(
            self.store.people,
            lambda each: [self.people.get(one.value, 0).to_bytes(16, "big") for one in each],
            lambda people: None,
            SqliteRequests(self.folder / "people.db"),
            self.audit.note,
            [],
            lambda kiosk: kiosk,
            lambda: self.now,
        )
        self.app = create_office_app(
            answers,
            lambda: "connected",
            now=lambda: self.now,
            staffed=Staffed(
                self.door,
                desk,
                ("office.example.vn",),
                open_here=self.open_here,
                tracing=tracing,
                releases=releases,
                audit=self.audit,
                commands=CommandDesk(
                    self.folder / "people.sock", answers, self.audit, lambda: self.now
                ),
                people=rights,
                reports=ReportDesk(
                    LedgerFigures(self.store.reader),
                    self.registry,
                    self.folder,
                ),
            ),
        )

    def session(self, role: Role, name: str = "") -> SignedIn:
        """Somebody who has done all that was due."""
        name = name or f"{role}.mau"
        password = hand_out.add(self.access, name, role, self.now, QUICK)
        who = self.door.sign_in(name, password, "", "127.0.0.1", self.now)
        changed = self.door.set_password(who, password, OWN, self.now)
        assert isinstance(changed, SignedIn)
        if changed.due == "second_factor":
            secret = pyotp.random_base32()
            code = pyotp.TOTP(secret).at(self.now)
            settled = self.door.set_second_factor(changed, secret, code, self.now)
            assert settled is not None
            return settled
        return changed

    def client(self, who: SignedIn | None = None) -> FlaskClient:
        client = self.app.test_client()
        if who is not None:
            client.set_cookie("office", who.token)
        return client


@pytest.fixture
def office_store(tmp_path: Path) -> Store:
    """Of most pages in a file: what they ask is tested with the ledger, in both stores."""
    return Store(tmp_path / "ledger.db")


@pytest.fixture
def office(tmp_path: Path, office_store: Store) -> Iterator[Office]:
    ledger = office_store.ledger()
    ledger.open()
    yield Office(tmp_path, office_store)
    ledger.close()


@pytest.fixture
def minute() -> timedelta:
    return timedelta(minutes=1)
