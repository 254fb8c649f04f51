"""`collector portal` as a process, what the authority commands it, and what it does when it cannot store."""

import base64
import http.client
import re
import signal
import sqlite3
import ssl
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from collector import authority
from collector.config import PortalSection
from collector.errors import CollectorError
from collector.portal.desk import Desk, DeskBusyError
from collector.portal.remembered import Kept, phone_key
from collector.portal.server import portal_server
from collector.portal.standing import Standing
from kiosk.credentials import health_pass, pass_issuers
from kiosk.domain.policy import Policy
from kiosk.domain.visit import Direction
from kiosk.questions import shipped
from kiosk.reports import CommandGiven
from kiosk.sealing_desk import SealingDesk
from kiosk.store.outbox import Outbox
from kiosk.wire.keys import AuthorityKeys

TOML = """
[broker]
port = 1
ca_file = "own/ca.pem"

[registry]
file = "registry.db"

[portal]
port = 0
state_dir = "state"
require_durable_state = false
authority_key_file = "own/authority.pub"
uplink_certificate_file = "own/portal-1.pem"
uplink_key_file = "own/portal-1.key"
passes_folder = "lent"
certificate_file = "own/pages.pem"
key_file = "own/pages.key"
"""


def test_the_command_serves_https_until_it_is_told_to_end(site, authority_dir):
    authority.issue(authority_dir, "pages", site.root / "own", ["127.0.0.1"])
    (site.root / "collector.toml").write_text(TOML, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "collector",
        "portal",
        "--config",
        site.root / "collector.toml",
    ]
    with (site.root / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        line = process.stdout.readline()
        port = re.fullmatch(r"portal ready: https://127\.0\.0\.1:(\d+)/\n", line)
        assert port, (line, (site.root / "log").read_text())
        context = ssl.create_default_context(cafile=site.root / "own/ca.pem")
        with closing(
            http.client.HTTPSConnection("127.0.0.1", int(port[1]), timeout=10, context=context)
        ) as connection:
            connection.request("GET", "/v/cho-mau")
            status = connection.getresponse().status
        process.send_signal(signal.SIGTERM)

        assert status == 200
        assert process.wait(timeout=15) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_plain_http_does_not_leave_this_machine():
    with pytest.raises(CollectorError, match="certificate_file"):
        portal_server(None, PortalSection(host="0.0.0.0", port=0))  # noqa: S104 - it is refused


def test_nothing_is_said_to_be_saved_that_is_not(portal, site):
    phone = portal.phone()
    phone.declare()
    with closing(sqlite3.connect(site.config.portal.state_dir / "state.db")) as db:
        db.execute("CREATE TRIGGER f BEFORE INSERT ON outbox BEGIN SELECT raise(ABORT, ''); END")

        failed = phone.send()
        db.execute("DROP TRIGGER f")
    again = phone.send()

    assert failed.status == 503
    assert "Chưa lưu được" in failed.text
    assert "Đã lưu tờ khai" in again.text


def test_who_leaves_with_a_pass_that_has_ended_has_left(start, site):
    held = ended_pass(site)
    phone = start().phone()
    phone.cookies["__Host-phone"] = held
    poster = phone.get("/v/cho-mau")

    came = phone.post("/v/cho-mau/visit", direction="in")
    phone.get("/v/cho-mau")
    left = phone.post("/v/cho-mau/visit", direction="out")

    assert "Tờ khai y tế đã hết hạn" in poster.text
    assert "Mời khai báo lại" in came.text
    assert "Đã ghi nhận lượt ra" in left.text


def ended_pass(site):
    """What a phone holds that declared the day before yesterday."""
    lent, now = site.root / "lent", datetime.now(UTC)
    key = load_pem_private_key((lent / "pass.key").read_bytes(), None)
    of_authority = load_pem_private_key((site.root / "passes/passes.key").read_bytes(), None)
    began = now - timedelta(hours=48)
    delegation = pass_issuers.delegate(
        of_authority,
        key.public_key(),
        venue="Cổng điện thoại",
        not_before=began,
        not_after=now + timedelta(hours=1),
    )
    (lent / "pass.delegation").write_bytes(delegation)
    code = health_pass.issue(
        key,
        pass_id=bytes(16),
        name="Thạch Thị Bông",
        not_before=began,
        not_after=began + timedelta(hours=24),
        policy_version=1,
    )
    held = phone_key(site.config.portal.state_dir / "phones.key").locked(Kept(began, code))
    return base64.urlsafe_b64encode(held).decode()


@pytest.fixture
def desk(tmp_path):
    """A desk whose thread the test is: `turn()` does what waits."""
    standing = Standing(Policy(), shipped(), None, None)
    outbox = Outbox(tmp_path / "state.db", "portal-1", owner=True)
    keys = replace(AuthorityKeys(), ingest=("one",), tracing=("one",))
    made = Desk(outbox, SealingDesk(lambda: keys, lambda: datetime.now(UTC)), lambda: standing)
    outbox.open()
    yield made
    outbox.close()


def test_the_authority_can_stop_the_portal_and_let_it_go_on(desk, tmp_path):
    orders = ("pause", "identify", "resume", "restart")
    open_after = {}

    for number, name in enumerate(orders):
        desk.deliver(CommandGiven(f"019abc00-0000-7000-8000-00000000000{number}", name, ""))
    for name in orders:
        desk.turn()
        open_after[name] = desk.is_open
    desk.run()

    assert open_after == {"pause": False, "identify": False, "resume": True, "restart": True}
    with closing(sqlite3.connect(tmp_path / "state.db")) as db:
        told = [row[0].decode() for row in db.execute("SELECT payload FROM outbox ORDER BY seq")]
    assert ["command_refused" in each for each in told] == [False, True, False, False]


def test_a_desk_that_is_paused_takes_nothing(desk):
    desk.deliver(CommandGiven("019abc00-0000-7000-8000-000000000001", "pause", ""))
    desk.turn()

    with pytest.raises(DeskBusyError):
        desk.visit("VP1:", "cho-mau", Direction.IN)
