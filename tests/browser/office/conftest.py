"""The office as people see it: a real browser before real pages, a registry and accounts on disk."""

from datetime import UTC, datetime
from importlib import resources

import argon2
import pyotp
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from collector.access import hand_out
from collector.access.door import Door
from collector.access.roles import Role
from collector.access.sqlite_access import SqliteAccess
from collector.audit.sqlite_audit import AuditLog
from collector.cases.bundle import release_key
from collector.cases.kept import as_kept
from collector.cases.ledger_sealed import LedgerSealed
from collector.cases.release_desk import ReleaseDesk
from collector.cases.sqlite_cases import SqliteCases
from collector.commanding import CommandDesk
from collector.ledger.sqlite_answers import SqliteAnswers
from collector.ledger.sqlite_ledger import SqliteLedger
from collector.ledger.sqlite_reader import SqliteReader
from collector.office.app import Staffed, create_office_app
from collector.office.registry_pages import RegistryDesk
from collector.people.desk import PeopleDesk
from collector.people.keeper import PeopleKeeper
from collector.people.sqlite_people import SqlitePeople
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
from collector.tracing.keeper import StayKeeper
from collector.tracing.venues import RegisteredPlaces
from kiosk.web.safety.web_server import WebServer

QUICK = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
OWN = "bốn mùa ở chợ mẫu"
SIZES = {"phone": (390, 844), "desktop": (1280, 860)}
RUN = """
async () => {
  const found = await axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'],
    rules: { 'target-size': { enabled: true } },
    resultTypes: ['violations'],
  });
  return found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 90)).join(' | ')}`);
}
"""


def people_of(connection, events):
    """Made-up people have one pseudonym each: their number."""
    find = "SELECT pseudonym FROM person_key WHERE event = ?"
    found = {key: connection.execute(find, [key]).fetchone() for key in events}
    return {key: row[0][-1] for key, row in found.items() if row is not None}


class Office:
    """Served on a free port; `account` makes somebody who may sign in at once."""

    def __init__(self, folder):
        self.folder = folder
        self.registry = SqliteRegistry(folder / "registry.db")
        self.registry.put(
            [
                Organisation("so-y-te", "Sở Y tế", OrganisationKind.DEPARTMENT),
                Organisation("tra-vinh", "Địa bàn Trà Vinh", OrganisationKind.DISTRICT, "so-y-te"),
            ],
            [
                Venue(
                    f"cho-{n}",
                    f"Chợ Mẫu số {n}",
                    VenueType.MARKET,
                    "tra-vinh",
                    "29242",
                    "Trà Vinh",
                    address=f"Số {n}, đường Mẫu",
                    responsible="Thạch Thị Mẫu",
                    phone="0900000000",
                )
                for n in range(1, 61)
            ],
            [RegisteredKiosk("cho-1-a", "cho-1", "Cổng chính")],
        )
        self.access = SqliteAccess(folder / "access.db")
        self.door = Door(self.access, hasher=QUICK, of_nobody=QUICK.hash("nobody"))
        keeper = StayKeeper(people_of, RegisteredPlaces(self.registry))
        self.ledger = SqliteLedger(folder / "ledger.db", [PeopleKeeper(), keeper])
        self.ledger.open()
        site = Site("https://thuthap.example.vn", bytes(32), Ed25519PrivateKey.generate())
        desk = RegistryDesk(
            self.registry, "https://khaibao.example.vn", lambda: site, lambda: datetime.now(UTC)
        )
        self.people, self.index, self.noted = {}, Index(), []
        answers = SqliteAnswers(folder / "ledger.db")
        tracing = TraceDesk(
            SqliteReader(folder / "ledger.db"),
            answers,
            self.registry,
            lambda each: [self.people[one.value] for one in each if one.value in self.people],
            lambda *act: self.noted.append(act),
            lambda: self.index.snapshot,
            lambda: datetime.now(UTC),
            SqliteCases(folder / "cases.db"),
        )
        self.audit = AuditLog(folder / "audit.db")
        self.cases = SqliteCases(folder / "cases.db")
        releases = ReleaseDesk(
            self.cases,
            LedgerSealed(SqliteReader(folder / "ledger.db")),
            as_kept,
            self.audit.note,
            1,
            lambda: release_key(folder / "release.key"),
            lambda: datetime.now(UTC),
        )
        rights = PeopleDesk(
            SqlitePeople(folder / "ledger.db"),
            lambda each: [self.people.get(one.value, 0).to_bytes(16, "big") for one in each],
            lambda people: None,
            SqliteRequests(folder / "people.db"),
            self.audit.note,
            [keeper],
            lambda kiosk: kiosk,
            lambda: datetime.now(UTC),
        )
        reports = ReportDesk(
            LedgerFigures(SqliteReader(folder / "ledger.db")), self.registry, folder
        )
        app = create_office_app(
            answers,
            lambda: "connected",
            staffed=Staffed(
                self.door,
                desk,
                tracing=tracing,
                releases=releases,
                audit=self.audit,
                commands=CommandDesk(
                    folder / "people.sock", answers, self.audit, lambda: datetime.now(UTC)
                ),
                people=rights,
                reports=reports,
            ),
        )
        self.server = WebServer("office", app, ("127.0.0.1", 0))
        self.server.open()
        self.url = self.server.url.rstrip("/")

    def close(self):
        self.server.close()
        self.ledger.close()

    def invite(self, name, role):
        return hand_out.add(self.access, name, role, datetime.now(UTC), QUICK)

    def session(self, name, role):
        """The token of somebody who has done all that was due."""
        now = datetime.now(UTC)
        password = self.invite(name, role)
        who = self.door.sign_in(name, password, "", "127.0.0.1", now)
        who = self.door.set_password(who, password, OWN, now)
        if who.due == "second_factor":
            secret = pyotp.random_base32()
            who = self.door.set_second_factor(who, secret, pyotp.TOTP(secret).now(), now)
        return who.token


@pytest.fixture
def office(tmp_path):
    office = Office(tmp_path)
    yield office
    office.close()


@pytest.fixture
def open_page(office, chromium):
    """A page of a given size, signed in by a role or by nobody; fails when the browser complained of anything."""
    contexts, complaints = [], []

    def opened(role=None, size="desktop", *, bypass_csp=False, name=""):
        width_px, height_px = SIZES[size]
        context = chromium.new_context(
            viewport={"width": width_px, "height": height_px},
            locale="vi-VN",
            bypass_csp=bypass_csp,
        )
        contexts.append(context)
        if role is not None:
            token = office.session(name or f"{role}.mau", role)
            context.add_cookies([{"name": "office", "value": token, "url": office.url}])
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda message: (
                message.type == "error"
                and "Failed to load resource" not in message.text
                and complaints.append(message.text)
            ),
        )
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def findings():
    pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    axe = (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")

    def look(page):
        page.evaluate(axe)
        return page.evaluate(RUN)

    return look


@pytest.fixture
def roles():
    return Role
