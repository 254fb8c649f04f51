"""The portal as its process runs it, and a phone that speaks HTTP: cookies, forms, no script."""

import html
import http.client
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest

from collector import authority, documents, keys, passes, serve
from collector.config import BrokerSection, CollectorConfig, PortalSection, RegistrySection
from collector.registry.shapes import (
    Organisation,
    OrganisationKind,
    Venue,
    VenueState,
    VenueType,
)
from collector.registry.sqlite_registry import SqliteRegistry
from kiosk.wire.documents import DocumentKind

# a made-up person; the marks must be found nowhere but in sealed parts and on the phone
NAME, YEAR, PHONE, NUMBER = "Thạch Thị Bông Súng", "1980", "0912000567", "084180000567"
MARKS = (NAME, "Bông Súng", PHONE, NUMBER)
ANSWERS: dict[str, dict[str, str]] = {
    "name": {"typed": NAME},
    "birth": {"typed": YEAR},
    "sex": {"chosen": "female"},
    "phone": {"typed": PHONE},
    "number": {"typed": NUMBER},
    "commune": {"typed": "Phường Trà Vinh"},
    "symptoms": {"action": "none"},
    "contact": {"chosen": "no"},
    "travel": {"chosen": "no"},
}


@dataclass
class Answer:
    status: int
    body: bytes
    headers: http.client.HTTPMessage

    @property
    def text(self) -> str:
        return html.unescape(self.body.decode())


@dataclass
class Phone:
    """Holds cookies and follows redirects; every address that it has asked for is remembered."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    at: str = ""
    page: Answer | None = None

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers.setdefault("Cookie", "; ".join(f"{n}={v}" for n, v in self.cookies.items()))
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body or None, headers)
            response = connection.getresponse()
            answer = Answer(response.status, response.read(), response.headers)
        finally:
            connection.close()
        self.asked.append(path)
        for said in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = said.partition(";")[0].partition("=")
            self.cookies[name] = value
            if "Max-Age=0" in said or "Expires=Thu, 01 Jan 1970" in said:
                del self.cookies[name]
        return answer

    def get(self, path: str) -> Answer:
        answer = self.ask("GET", path)
        while answer.status == 303:
            path = answer.headers["Location"]
            answer = self.ask("GET", path)
        self.at, self.page = path, answer
        return answer

    def post(self, path: str, **fields: str) -> Answer:
        """As a form on the page before it would, with that page's token."""
        answer = self.ask("POST", path, urlencode({"csrf": self.token, **fields}))
        if answer.status == 303:
            return self.get(answer.headers["Location"])
        self.at, self.page = path, answer
        return answer

    @property
    def token(self) -> str:
        found = re.search(
            r'name="csrf" value="([0-9a-f]{64})"', self.page.text if self.page else ""
        )
        assert found, "a page with a form"
        return found[1]

    def agree(self, venue: str = "cho-mau") -> Answer:
        """To the first question."""
        self.get(f"/v/{venue}/declare")
        return self.post(f"/v/{venue}/declare", language=self.language)

    @property
    def language(self) -> str:
        found = re.search(r'<html lang="([a-z]{2})"', self.page.text if self.page else "")
        return found[1] if found else ""

    def declare(self, venue: str = "cho-mau", **changes: dict[str, str]) -> Answer:
        """From the poster to the check page."""
        self.agree(venue)
        answers = {**ANSWERS, **changes}
        while not self.at.endswith("/check"):
            self.post(self.at, **answers[self.at.rpartition("/")[2]])
        assert self.page is not None
        return self.page

    def send(self, venue: str = "cho-mau", **fields: str) -> Answer:
        return self.post(f"/v/{venue}/declare/check", action="send", **fields)


@dataclass
class Site:
    """A portal's folders, as they are laid out before its first start."""

    root: Path
    config: CollectorConfig

    def documents(self, kind: DocumentKind, body: dict[str, object]) -> None:
        """A signed document, as if it had come down."""
        folder = self.config.portal.state_dir / "documents"
        documents.put(
            folder, authority.signing_key(self.root / "authority"), kind, body, datetime.now(UTC)
        )

    @property
    def registry(self) -> SqliteRegistry:
        return SqliteRegistry(self.config.registry.file)

    @property
    def files(self) -> Iterator[tuple[Path, bytes]]:
        for path in sorted(self.config.portal.state_dir.rglob("*")):
            if path.is_file():
                yield path, path.read_bytes()


@dataclass
class Portal:
    site: Site
    port: int

    def phone(self) -> Phone:
        return Phone(self.port)


@pytest.fixture
def site(tmp_path: Path, authority_dir: Path, keys_folder: Path) -> Site:
    (tmp_path / "authority").symlink_to(authority_dir)
    registry = SqliteRegistry(tmp_path / "registry.db")
    organisation = Organisation("so-ct", "Sở Công Thương", OrganisationKind.DEPARTMENT)
    market = Venue("cho-mau", "Chợ Mẫu", VenueType.MARKET, "so-ct", "29242", "")
    registry.put(
        [organisation],
        [
            market,
            replace(market, id="truong-mau", name="Trường Mẫu", type=VenueType.SCHOOL),
            replace(market, id="quan-cu", name="Quán Cũ", state=VenueState.CLOSED),
        ],
    )
    passes.create(tmp_path / "passes")
    passes.delegate(tmp_path / "passes", "Cổng điện thoại", tmp_path / "lent", 72)
    own = tmp_path / "own"
    authority.issue(authority_dir, "portal-1", own)
    portal = PortalSection(
        port=0,
        state_dir=tmp_path / "state",
        require_durable_state=False,
        authority_key_file=own / "authority.pub",
        uplink_certificate_file=own / "portal-1.pem",
        uplink_key_file=own / "portal-1.key",
        passes_folder=tmp_path / "lent",
    )
    config = CollectorConfig(
        broker=BrokerSection(host="", ca_file=own / "ca.pem"),
        registry=RegistrySection(file=tmp_path / "registry.db"),
        portal=portal,
    )
    laid = Site(tmp_path, config)
    laid.documents(DocumentKind.KEYS, keys.public_keys(keys_folder).body())
    return laid


Start = Callable[..., Portal]


@pytest.fixture
def start(site: Site) -> Iterator[Start]:
    """`start()` runs the portal until the test is over; `start(total_per_minute=3.0)` with other settings."""
    stops: list[tuple[threading.Event, threading.Thread]] = []

    def start(**changes: object) -> Portal:
        config = replace(site.config, portal=replace(site.config.portal, **changes))
        stop, told = threading.Event(), threading.Event()
        said: list[str] = []

        def say(line: str) -> None:
            said.append(line)
            told.set()

        thread = threading.Thread(target=serve.portal, args=(config, stop, say), name="portal")
        thread.start()
        stops.append((stop, thread))
        assert told.wait(20), "the portal is ready"
        return Portal(site, int(said[0].rsplit(":", 1)[1].rstrip("/")))

    yield start
    for stop, thread in stops:
        stop.set()
        thread.join()


@pytest.fixture
def portal(start: Start) -> Portal:
    return start()
