"""The whole entrance process, told of documents and commands as the uplink tells it."""

import base64
import json
import os
import threading
import time
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID

from kiosk import config
from kiosk.bootstrap.entrance import run_entrance
from kiosk.credentials import health_pass
from kiosk.documents import Documents
from kiosk.reports import CommandGiven, DocumentNews, EyeBeat, ReadingReport, Reporter
from kiosk.simulation.ports import free_port
from kiosk.store.outbox import Outbox
from kiosk.wire import documents, events, signed
from kiosk.wire.data import NoticeData
from kiosk.wire.documents import Document, DocumentKind
from kiosk.wire.ids import uuid7

LIMIT_S = 20.0
DOOR = "gate-1"


class Door:
    """`kiosk run` in a thread, and the authority above it."""

    def __init__(self, folder):
        self.authority = Ed25519PrivateKey.generate()
        (folder / "authority.pem").write_bytes(
            self.authority.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )
        self.port = free_port()
        (folder / "kiosk.toml").write_text(
            f"""
[kiosk]
id = "{DOOR}"
state_dir = "state"
run_dir = "run"
require_durable_state = false
[authority]
key_file = "authority.pem"
[lights]
mock_pins = true
[screen]
port = {self.port}
""",
            encoding="utf-8",
        )
        self.config = config.load(folder / "kiosk.toml")
        keys = signed.by_id([self.authority.public_key()])
        self.documents = Documents(self.config.documents, DOOR, keys)
        self.reporter = Reporter(self.config.report_socket)
        self.stop = threading.Event()
        self.thread = None

    def open(self):
        self.thread = threading.Thread(target=run_entrance, args=[self.config, self.stop])
        self.thread.start()
        self.until(self.is_ready, "the first status")

    def close(self):
        self.stop.set()
        self.thread.join(LIMIT_S)
        assert not self.thread.is_alive()
        self.reporter.close()

    def is_ready(self):
        """Whether it answers and takes the eye's word that all is well."""
        beat = EyeBeat("ok", False, 30.0, 0.0, 0.0, 0.0, 0)
        return self.reporter.send(beat) and "faults" in self.status()

    def status(self):
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.port}/status.json", timeout=5
            ) as told:
                return json.load(told)
        except OSError:
            return {}

    def until(self, true, what):
        deadline_s = time.monotonic() + LIMIT_S
        while not true():
            assert time.monotonic() < deadline_s, f"in vain: {what}; {self.status()}"
            time.sleep(0.02)

    def hand_down(self, kind, body, kiosk=""):
        """As the uplink does with a document that has come."""
        held = self.documents.get(kind)
        version = held.version + 1 if held else 1
        said = Document(kind, version, datetime.now(UTC), body, kiosk)
        self.documents.take(kind, documents.sign(said, self.authority))
        assert self.reporter.send(DocumentNews(kind, version))
        return version

    def command(self, name, refusal=""):
        command_id = uuid7(time.time_ns() // 1_000_000, os.urandom(10))
        assert self.reporter.send(CommandGiven(command_id, name, refusal))
        return command_id

    def answers(self):
        """The notices that answer commands: name, reason, id."""
        with Outbox(self.config.database, DOOR, owner=False) as outbox:
            found = [events.decode(row.payload, DOOR).data for row in outbox.waiting(0, 100)]
        return [
            (each.notice, each.reason, each.extra.get("command"))
            for each in found
            if isinstance(each, NoticeData) and each.notice.startswith("command_")
        ]

    def shows(self, text):
        assert self.reporter.send(ReadingReport("QRCode", text.encode(), time.monotonic_ns(), 1.0))

    def outcomes(self):
        return self.status().get("outcomes", {})


@pytest.fixture
def door(tmp_path):
    found = Door(tmp_path)
    found.open()
    yield found
    found.close()


def issuer_certificate(key):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Mẫu")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, None)
    )
    return base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode()


def new_pass(key, number):
    now = datetime.now(UTC)
    return health_pass.issue(
        key,
        pass_id=number.to_bytes(16),
        name="Thạch Thị Mẫu",
        not_before=now - timedelta(hours=1),
        not_after=now + timedelta(hours=1),
        policy_version=1,
    )


def test_trust_revocations_and_policy_count_at_once(door):
    key = Ed25519PrivateKey.generate()
    door.hand_down(DocumentKind.TRUST, {"certificates": [issuer_certificate(key)]})
    door.shows(new_pass(key, 1))
    door.until(lambda: door.outcomes().get("accepted") == 1, "the pass counts")

    door.hand_down(DocumentKind.REVOCATIONS, {"passes": [(2).to_bytes(16).hex()]})
    door.shows(new_pass(key, 2))
    door.until(lambda: door.outcomes().get("invalid") == 1, "the revoked pass does not")

    version = door.hand_down(DocumentKind.POLICY, {"min_pass_policy_version": 2})
    door.shows(new_pass(key, 3))
    door.until(lambda: door.outcomes().get("missing") == 1, "the pass is of an older policy")

    held = door.status()["documents"]
    assert held["policy"]["version"] == version
    assert 0 <= held["trust"]["age_h"] < 0.1


def test_questions_and_settings_count_after_a_restart_when_nobody_is_there(door):
    door.hand_down(DocumentKind.SETTINGS, {"kiosk": {"door": "out"}}, kiosk=DOOR)

    door.thread.join(LIMIT_S)
    assert not door.thread.is_alive()

    door.open()
    assert door.status()["door"] == "out"


def test_a_paused_kiosk_says_so_and_takes_nobody_until_it_is_to_go_on(door):
    first = door.command("pause")
    door.until(lambda: "paused" in door.status()["faults"], "the pause")
    door.shows("084190000000||Thạch Thị Mẫu|05091990|Nữ|Long Hiệp|15042021")
    second = door.command("resume")
    door.until(lambda: "paused" not in door.status()["faults"], "the end of the pause")

    assert door.outcomes() == {}
    assert door.answers() == [("command_done", "pause", first), ("command_done", "resume", second)]


def test_every_command_is_answered_once_also_one_that_is_not_done(door):
    given = [
        door.command("identify"),
        door.command("restart", refusal="expired"),
        door.command("dance", refusal="unknown"),
    ]
    door.until(lambda: len(door.answers()) == 3, "three answers")

    assert door.answers() == [
        ("command_done", "identify", given[0]),
        ("command_refused", "expired", given[1]),
        ("command_refused", "unknown", given[2]),
    ]
    assert door.thread.is_alive()


def test_diagnostics_go_up_as_staff_see_them(door):
    door.command("diagnostics")
    door.until(door.answers, "the answer")

    with Outbox(door.config.database, DOOR, owner=False) as outbox:
        said = events.decode(outbox.waiting(0, 1)[0].payload, DOOR).data
    assert '"screen":"idle"' in said.extra["diagnostics"]


def test_a_restart_is_answered_before_it_happens(door):
    given = door.command("restart")

    door.thread.join(LIMIT_S)

    assert not door.thread.is_alive()
    assert door.answers() == [("command_done", "restart", given)]
