"""From a phone's form to the ledger: the portal's own uplink, a real mosquitto, the inbox, and the receipt back."""

import sqlite3
from dataclasses import replace

import pytest

from collector import documents, keys
from collector.config import BrokerSection
from collector.inbox.inbox import Inbox, State
from collector.inbox.keyring import Keyring
from collector.ledger.sqlite_answers import SqliteAnswers
from collector.ledger.sqlite_ledger import SqliteLedger
from kiosk.wire.documents import DocumentKind

pytestmark = pytest.mark.broker


@pytest.fixture
def line(site, mosquitto, tls, keys_folder, tmp_path, wait_until):
    """A broker that lets the portal in, and an inbox that listens to it."""
    mosquitto.stop()
    mosquitto.configure("portal-1")
    mosquitto.start()
    section = BrokerSection(
        port=mosquitto.port,
        ca_file=tls / "ca.pem",
        certificate_file=tls / "collector.pem",
        key_file=tls / "collector.key",
    )
    # the documents come down from above, and not from the disk
    (site.config.portal.state_dir / "documents" / "keys.json").rename(tmp_path / "keys.json")
    site.config = replace(site.config, broker=section)
    ledger = SqliteLedger(tmp_path / "ledger.db")
    inbox = Inbox(section, ledger, Keyring(keys_folder), lambda: documents.outgoing(tmp_path))
    ledger.open()
    inbox.open()
    wait_until(lambda: inbox.state is State.CONNECTED, "connected")
    yield SqliteAnswers(tmp_path / "ledger.db")
    inbox.close()
    ledger.close()


def waiting(site):
    db = sqlite3.connect(f"file:{site.config.portal.state_dir / 'state.db'}?mode=ro", uri=True)
    try:
        return db.execute("SELECT count(*) FROM outbox WHERE received_at_ms IS NULL").fetchone()[0]
    finally:
        db.close()


def test_a_declaration_and_a_visit_by_phone_reach_the_ledger_once(
    line, site, start, wait_until, keys_folder
):
    phone = start().phone()
    wait_until(lambda: phone.get("/v/cho-mau/declare").status == 200, "the keys have come down")

    phone.declare()
    phone.send()
    phone.post("/v/cho-mau/visit", direction="in")
    wait_until(lambda: len(list(line.events("portal-1"))) == 2, "both are in the ledger")
    wait_until(lambda: waiting(site) == 0, "both have their receipts")

    declared, visit = line.events("portal-1")
    assert declared["type"].endswith("declaration.v1")
    assert (visit["direction"], visit["verdict"], visit["code"]) == ("in", "accepted", "pass")
    assert line.check().is_whole
    assert (site.config.portal.state_dir / "documents" / f"{DocumentKind.KEYS}.json").exists()
    assert keys.public_keys(keys_folder).receipt
