"""The whole collector on PostgreSQL: from a door to an officer, late facts, the report, an erasure, a backup."""

import base64
import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import argon2
import pyotp
import pytest

from collector import config, keys
from collector.access import hand_out
from collector.access.door import Door
from collector.access.roles import Role
from collector.access.shapes import SignedIn
from collector.access.sqlite_access import SqliteAccess
from collector.days import ZONE
from collector.registry.shapes import (
    Organisation,
    OrganisationKind,
    RegisteredKiosk,
    Venue,
    VenueType,
)
from collector.registry.sqlite_registry import SqliteRegistry
from kiosk.privacy.sealing import Context, Part, seal

pytestmark = [pytest.mark.long, pytest.mark.broker]

QUICK = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
CASE, FRIEND, LATE, OTHER = "084000000017", "084000000025", "084000000033", "084000000041"
STREAM = "00112233445566778899aabbccddeeff"
LIMIT_S = 60.0
SETTINGS = """
[inbox]
keys_folder = "{keys}"
state_file = "inbox.json"
people_socket = "people.sock"
day_keys_folder = "day-keys"
[documents]
folder = "documents"
[broker]
port = {port}
ca_file = "{tls}/ca.pem"
certificate_file = "{tls}/collector.pem"
key_file = "{tls}/collector.key"
[registry]
file = "registry.db"
enrolment_key_file = "enrolment.key"
[access]
file = "access.db"
[audit]
file = "audit.db"
[cases]
file = "cases.db"
release_key_file = "release.key"
[people]
file = "people.db"
[report]
folder = "reports"
[office]
port = 0
"""


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass
class Browser:
    """An officer's, signed in."""

    url: str
    who: SignedIn

    def get(self, path: str) -> str:
        return self._ask(path, None)[1]

    def post(self, path: str, **form: str) -> str:
        """Where it leads to."""
        return self._ask(path, {"csrf": self.who.csrf, **form})[0]

    def _ask(self, path: str, form: dict[str, str] | None) -> tuple[str, str]:
        data = None if form is None else urllib.parse.urlencode(form).encode()
        address = urllib.parse.urljoin(self.url, path)
        request = urllib.request.Request(  # noqa: S310 - on 127.0.0.1, by its ready line
            address, data, {"Cookie": f"office={self.who.token}", "Origin": self.url.rstrip("/")}
        )
        try:
            with urllib.request.build_opener(_Stay).open(request, timeout=20) as response:
                return "", response.read().decode()
        except urllib.error.HTTPError as answer:
            if answer.code != 303:
                raise AssertionError((answer.code, answer.read().decode()[-600:])) from answer
            return answer.headers["Location"], ""


@dataclass
class Site:
    folder: Path
    process: subprocess.Popen[str] | None = None

    @property
    def settings(self) -> Path:
        return self.folder / "collector.toml"

    def run(self, *arguments: str, typed: str = "") -> str:
        command = [sys.executable, "-m", "collector", *arguments, "--config", str(self.settings)]
        done = subprocess.run(
            command, input=typed, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, (done.stdout, done.stderr, self.log)
        return done.stdout

    def serve(self) -> str:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "collector", "serve", "--config", str(self.settings)],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=dict(os.environ),
            )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if found := re.fullmatch(r"collector ready: (http://127\.0\.0\.1:\d+/)\n", line):
                return found[1]
        raise AssertionError(self.log)

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(LIMIT_S)
            assert self.process.stdout is not None
            self.process.stdout.close()
            self.process = None

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def officer(self) -> SignedIn:
        access, now = SqliteAccess(config.load(self.settings).access.file), datetime.now(UTC)
        door = Door(access, hasher=QUICK, of_nobody=QUICK.hash("nobody"))
        password = hand_out.add(access, "an.mau", Role.OFFICER, now, QUICK)
        who = door.sign_in("an.mau", password, "", "127.0.0.1", now)
        mine = door.set_password(who, password, "bốn mùa ở chợ mẫu", now)
        assert isinstance(mine, SignedIn)
        secret = pyotp.random_base32()
        whole = door.set_second_factor(mine, secret, pyotp.TOTP(secret).now(), now)
        assert whole is not None
        return whole


@pytest.fixture
def site(postgres_store, mosquitto, tls, keys_folder, tmp_path) -> Iterator[Site]:
    site = Site(tmp_path / "site")
    site.folder.mkdir()
    more = SETTINGS.format(keys=keys_folder, tls=tls, port=mosquitto.port)
    site.settings.write_text(postgres_store.settings + more)
    SqliteRegistry(config.load(site.settings).registry.file).put(
        [Organisation("so-y-te", "Sở Y tế", OrganisationKind.DEPARTMENT)],
        [Venue("cho", "Chợ Mẫu", VenueType.MARKET, "so-y-te", "29242", "Trà Vinh")],
        [RegisteredKiosk("cho-1", "cho")],
    )
    yield site
    site.stop()


@pytest.fixture
def scan(make_event: Callable[..., bytes], keys_folder: Path) -> Callable[..., bytes]:
    """`scan(seq, number, minute, "out")`: at the market, minutes after eight yesterday; sealed as a kiosk seals."""
    ingest = keys.public_keys(keys_folder).ingest[0]
    morning = datetime.now(ZONE).replace(hour=8, minute=0, second=0, microsecond=0)
    morning -= timedelta(days=1)

    def scan(seq: int, number: str, minute: int, way: str = "in") -> bytes:
        at = (morning + timedelta(minutes=minute)).astimezone(UTC)
        own = {"at": at.isoformat().replace("+00:00", "Z"), "boottime": str(seq * 10**9)}
        bare = json.loads(make_event(seq, **own))
        link = json.dumps({"ids": [["cccd", number]], "name": "THACH THI MAU", "birth": "1960"})
        one = seal(Part.LINK, link.encode(), ingest, Context(bare["id"], "cho-1", STREAM, seq))
        text = base64.b64encode(one.ciphertext).decode()
        data = {**bare["data"], "direction": way, "link": {"key": one.key, "sealed": text}}
        return make_event(seq, data=data, **own)

    return scan


def test_a_case_is_traced_kept_told_of_late_facts_reported_erased_and_brought_back(
    site, connect, scan, wait_until, tmp_path
) -> None:
    kiosk = connect("cho-1")
    kiosk.subscribe("entrance/v1/cho-1/receipt")
    officer = Browser(site.serve(), site.officer())

    def send(upto: int, *payloads: bytes) -> None:
        kiosk.send(*payloads)
        wait_until(lambda: kiosk.next_receipt()["upto"] == upto, "the receipt", LIMIT_S)

    send(
        4,
        *(scan(1, CASE, 0), scan(2, FRIEND, 5), scan(3, FRIEND, 25, "out"), scan(4, OTHER, 20)),
    )
    today = f"{datetime.now(ZONE):%d/%m/%Y}"
    answer = officer.post("/trace", people=CASE, days="14", until=today)
    rows = officer.get(f"{answer}/f1.csv").splitlines()[1:]
    assert [row.split(",")[2] for row in rows] == ["25", "20"]
    as_of = re.search(r'name="as_of" value="(\d+)"', officer.get(answer))[1]
    said = {"title": "Chùm ca chợ Mẫu", "why": "phiếu điều tra số 7", "as_of": as_of}
    case = officer.post(f"{answer}/keep", **said)
    assert "Không có gì thay đổi" in officer.get(case)

    # days later: an exit that shortens a stay, and somebody who was there too
    send(6, scan(5, OTHER, 30, "out"), scan(6, LATE, 40))
    page = officer.get(case)
    assert re.search(r"F1 \d+: mới.*5", page), page
    assert re.search(r"F1 \d+: 25 → 10", page), page

    told = site.run("trace", "--second", "--least", "1", typed=CASE)
    assert "F1: 3\n" in told
    assert "F2: 0 people" in told
    yesterday = f"{datetime.now(ZONE) - timedelta(days=1):%d/%m/%Y}"
    out = tmp_path / "out"
    site.run("report", "day", yesterday, "--out", str(out), "--format", "csv")
    (report,) = out.iterdir()
    rows = list(csv.reader(io.StringIO(report.read_text("utf-8-sig"))))
    assert [row[1] for row in rows if row and row[0].endswith((" / visits", " / people"))] == [
        "6",
        "4",
    ]
    assert "Chợ Mẫu" in officer.get("/fleet")

    copy = tmp_path / "copy"
    assert "6 events" in site.run("backup", "--to", str(copy))
    assert site.run("person", "erase", "--yes", typed=FRIEND) == "2 events erased\n"
    assert "F1: 2\n" in site.run("trace", typed=CASE)
    site.stop()
    site.run("restore", "--from", str(copy))
    officer = Browser(site.serve(), officer.who)
    # who was erased stays erased
    assert len(officer.get(f"{case}/f1.csv").splitlines()) == 1 + 2
    assert site.run("ledger", "check")
