"""A hostile kiosk sends what no event may be as large as; the broker lets it pass, for documents are larger."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from collector.config import BrokerSection
from collector.inbox.connection import MAX_PACKET_BYTES
from collector.inbox.inbox import Inbox, State
from collector.ledger.sqlite_answers import SqliteAnswers
from collector.ledger.sqlite_ledger import SqliteLedger

pytestmark = pytest.mark.broker


@pytest.fixture
def path(mosquitto, tls: Path, keyring, tmp_path: Path, wait_until) -> Iterator[Path]:
    """The ledger of an inbox that is connected."""
    path = tmp_path / "ledger.db"
    section = BrokerSection(
        port=mosquitto.port,
        ca_file=tls / "ca.pem",
        certificate_file=tls / "collector.pem",
        key_file=tls / "collector.key",
    )
    ledger = SqliteLedger(path)
    ledger.open()
    inbox = Inbox(section, ledger, keyring)
    inbox.open()
    wait_until(lambda: inbox.state is State.CONNECTED, "connected")
    yield path
    inbox.check()
    inbox.close()
    ledger.close()


def quarantined(path: Path) -> list[tuple[str, int, int]]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT reason, length(payload), times FROM quarantine")
        return rows.fetchall()


def test_what_is_a_little_too_large_is_set_aside_and_the_next_visit_counts(
    path: Path, connect, make_event
) -> None:
    hostile, other = connect("cho-1"), connect("cho-2")
    other.subscribe("entrance/v1/cho-2/receipt")
    large = make_event(1, note="x" * 8_500)

    hostile.send(large)
    other.send(make_event(1, kiosk="cho-2"))

    assert other.next_receipt()["upto"] == 1
    assert quarantined(path) == [("too_large", len(large), 1)]


def test_what_is_far_too_large_never_reaches_the_collector_and_holds_up_nobody(
    path: Path, connect, make_event
) -> None:
    hostile, other = connect("cho-1"), connect("cho-2")
    for device in (hostile, other):
        device.subscribe(f"entrance/v1/{device.name}/receipt")

    for size in (MAX_PACKET_BYTES, 100_000, 500_000):
        hostile.send(*(make_event(seq, note="x" * size) for seq in range(2, 12)))
    hostile.send(make_event(1))
    other.send(make_event(1, kiosk="cho-2"))

    assert (hostile.next_receipt()["upto"], other.next_receipt()["upto"]) == (1, 1)
    assert quarantined(path) == []
    assert [event["seq"] for event in SqliteAnswers(path).events("cho-1")] == [1]
