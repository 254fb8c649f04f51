"""Inbox and ledger behind a real mosquitto, with kiosks that speak MQTT."""

import json
import queue
import shutil
import signal
import socket
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector import authority, documents, keys
from collector.config import BrokerSection
from collector.documents import Outgoing
from collector.errors import CollectorError
from collector.inbox.inbox import Inbox, State
from collector.inbox.keyring import Keyring
from collector.keys import KeyKind
from collector.ledger.port import Batch, Due
from collector.ledger.sqlite_answers import SqliteAnswers
from collector.ledger.sqlite_ledger import SqliteLedger
from kiosk.wire.documents import DocumentKind
from kiosk.wire.events import chain_hash

pytestmark = pytest.mark.broker

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
STREAM = "00112233445566778899aabbccddeeff"
RECEIPT = "entrance/v1/cho-1/receipt"


class Station:
    """An inbox with a ledger in a file, as `collector serve` joins them."""

    def __init__(
        self,
        broker: BrokerSection,
        path: Path,
        keyring: Keyring,
        documents: Callable[[], Sequence[Outgoing]] = tuple,
        *,
        max_waiting: int = 20_000,
    ) -> None:
        self.path = path
        self.ledger = SqliteLedger(path)
        self.inbox = Inbox(broker, self.ledger, keyring, documents, max_waiting=max_waiting)

    def open(self) -> "Station":
        self.ledger.open()
        self.inbox.open()
        return self

    def close(self) -> None:
        self.inbox.close()
        self.ledger.close()

    def seqs(self, kiosk: str = "cho-1") -> list[int]:
        return [event["seq"] for event in SqliteAnswers(self.path).events(kiosk)]

    def break_ledger(self) -> None:
        """Every commit fails from now on, as on a full disk."""
        self._execute("CREATE TRIGGER f BEFORE INSERT ON stream BEGIN SELECT raise(ABORT, ''); END")

    def mend_ledger(self) -> None:
        self._execute("DROP TRIGGER f")

    def _execute(self, sql: str) -> None:
        with closing(sqlite3.connect(self.path)) as connection:
            connection.execute(sql)


@pytest.fixture
def broker_section(tls: Path, free_port: int) -> BrokerSection:
    return BrokerSection(
        port=free_port,
        ca_file=tls / "ca.pem",
        certificate_file=tls / "collector.pem",
        key_file=tls / "collector.key",
    )


@pytest.fixture
def station(keyring, broker_section: BrokerSection, tmp_path: Path) -> Iterator[Station]:
    station = Station(broker_section, tmp_path / "ledger.db", keyring)
    yield station
    station.close()


@pytest.fixture
def connected(mosquitto, station: Station, wait_until) -> Station:
    station.open()
    wait_until(lambda: station.inbox.state is State.CONNECTED, "connected")
    return station


@pytest.fixture
def kiosk(mosquitto, connect):
    device = connect("cho-1")
    device.subscribe(RECEIPT)
    return device


# ---- what kiosks send


def test_an_event_gets_its_receipt_once_it_is_in_the_ledger(connected, kiosk, make_event) -> None:
    kiosk.send(make_event(1))

    receipt = kiosk.next_receipt()

    assert (receipt["stream"], receipt["upto"], receipt["also"]) == (STREAM, 1, [])
    assert receipt["chainhash"] == chain_hash(make_event(1))
    assert connected.seqs() == [1]


def test_a_repeat_gets_its_receipt_again(connected, kiosk, make_event) -> None:
    kiosk.send(make_event(1))
    kiosk.next_receipt()

    kiosk.send(make_event(1))

    assert kiosk.next_receipt()["upto"] == 1
    assert connected.seqs() == [1]


def test_poison_gets_its_receipt_and_does_not_stop_what_follows(
    connected, kiosk, make_event
) -> None:
    kiosk.send(make_event(1, time="yesterday"), b"\xff\xfe{", b"", b"[" * 8000)
    assert kiosk.next_receipt()["upto"] == 1

    kiosk.send(make_event(2))

    assert kiosk.next_receipt()["upto"] == 2
    assert connected.seqs() == [2]


def test_a_kiosk_that_speaks_for_another_is_set_aside(connected, kiosk, make_event) -> None:
    kiosk.send(make_event(1, kiosk="cho-2"))

    assert kiosk.next_receipt()["upto"] == 1
    assert (connected.seqs("cho-1"), connected.seqs("cho-2")) == ([], [])


def test_receipts_go_only_to_the_kiosk_they_are_for(connected, kiosk, connect, make_event) -> None:
    other = connect("cho-2")
    other.subscribe("entrance/v1/cho-2/receipt")

    other.send(make_event(1, kiosk="cho-2"))

    assert other.next_receipt()["upto"] == 1
    with pytest.raises(queue.Empty):
        kiosk.next(timeout_s=0.3)


def test_a_backlog_is_committed_in_few_batches(connected, kiosk, make_event, wait_until) -> None:
    for seq in range(1, 1001):
        kiosk.client.publish("entrance/v1/cho-1/event", make_event(seq), qos=1)

    receipts = [kiosk.next_receipt()]
    while receipts[-1]["upto"] < 1000:
        receipts.append(kiosk.next_receipt())

    assert connected.seqs() == list(range(1, 1001))
    assert len(receipts) < 800


def test_what_is_committed_is_acknowledged_and_never_handed_over_again(
    connected, kiosk, make_event
) -> None:
    kiosk.send(*(make_event(seq) for seq in range(1, 6)))
    while kiosk.next_receipt()["upto"] < 5:
        pass
    connected.close()

    connected.open()
    kiosk.send(make_event(6))

    assert kiosk.next_receipt()["upto"] == 6
    (checked,) = SqliteAnswers(connected.path).check().kiosks
    assert checked.repeats == 0


def test_a_kiosk_that_comes_online_is_told_at_once_how_far_its_stream_is(
    connected, kiosk, make_event
) -> None:
    kiosk.send(make_event(1))
    first = kiosk.next_receipt()
    status = {"state": "online", "stream": STREAM, "boot": 1, "birth": 2}

    kiosk.publish(
        "entrance/v1/cho-1/status", json.dumps({**status, "at": "2026-11-24T01:00:00Z"}).encode()
    )

    again = kiosk.next_receipt()
    assert {**again, "at": ""} == {**first, "at": ""}


def test_documents_are_retained_for_the_kiosks_and_a_new_one_goes_out_while_it_runs(
    mosquitto, broker_section, tmp_path, keyring, connect, authority_dir
) -> None:
    folder, key = tmp_path / "documents", authority.signing_key(authority_dir)
    documents.put(folder, key, DocumentKind.POLICY, {"n": 1}, NOW)
    station = Station(
        broker_section, tmp_path / "l.db", keyring, lambda: documents.outgoing(folder)
    ).open()
    try:
        kiosk = connect("cho-1")
        kiosk.subscribe("entrance/v1/shared/+")
        assert kiosk.next() == ("entrance/v1/shared/policy", (folder / "policy.json").read_bytes())

        documents.put(folder, key, DocumentKind.POLICY, {"n": 2}, NOW)

        assert kiosk.next() == ("entrance/v1/shared/policy", (folder / "policy.json").read_bytes())
    finally:
        station.close()


def test_a_new_receipt_key_counts_once_the_old_one_is_retired_without_a_restart(
    mosquitto, broker_section, tmp_path, keys_folder, connect, make_event, wait_until
) -> None:
    folder = shutil.copytree(keys_folder, tmp_path / "keys")
    (old,) = keys.public_keys(folder).receipt
    station = Station(broker_section, tmp_path / "l.db", Keyring(folder)).open()
    wait_until(lambda: station.inbox.state is State.CONNECTED, "connected")
    kiosk = connect("cho-1")
    kiosk.subscribe(RECEIPT)
    try:
        kiosk.send(make_event(1))
        assert json.loads(kiosk.next()[1])["key"] == old

        new = keys.new(folder, KeyKind.RECEIPT, NOW + timedelta(days=9000))
        keys.retire(folder, old)

        def signed_by_the_new_one() -> bool:
            kiosk.send(make_event(1))
            return bool(json.loads(kiosk.next()[1])["key"] == new)

        wait_until(signed_by_the_new_one, "the new key signs")
    finally:
        station.close()


def test_without_a_receipt_key_it_does_not_begin_and_the_remedy_is_told(
    broker_section, tmp_path
) -> None:
    station = Station(broker_section, tmp_path / "l.db", Keyring(tmp_path / "none"))

    with pytest.raises(CollectorError, match="collector keys new receipt"):
        station.open()

    station.close()


# ---- what goes wrong


def test_what_came_while_the_collector_was_away_is_taken_when_it_is_back(
    connected, kiosk, make_event
) -> None:
    connected.close()
    kiosk.send(*(make_event(seq) for seq in range(1, 51)))

    connected.open()

    while kiosk.next_receipt()["upto"] < 50:
        pass
    assert connected.seqs() == list(range(1, 51))


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_broker_that_ends_is_a_named_state_and_its_return_is_noticed(
    connected, mosquitto, connect, make_event, wait_until, how
) -> None:
    mosquitto.stop(how)
    wait_until(lambda: connected.inbox.state is State.BROKER_ABSENT, "the broker is missed")

    mosquitto.start()
    wait_until(lambda: connected.inbox.state is State.CONNECTED, "connected again")

    kiosk = connect("cho-1")
    kiosk.subscribe(RECEIPT)
    kiosk.send(make_event(1))
    assert kiosk.next_receipt()["upto"] == 1


def test_while_the_ledger_cannot_be_written_nothing_is_receipted_and_later_all_is(
    connected, kiosk, make_event, wait_until
) -> None:
    connected.break_ledger()
    kiosk.send(*(make_event(seq) for seq in range(1, 6)))
    wait_until(lambda: connected.inbox.state is State.LEDGER_UNAVAILABLE, "the fault is named")
    with pytest.raises(queue.Empty):
        kiosk.next(timeout_s=0.3)
    assert connected.seqs() == []

    connected.mend_ledger()

    while kiosk.next_receipt()["upto"] < 5:
        pass
    assert connected.seqs() == [1, 2, 3, 4, 5]
    assert connected.inbox.state is State.CONNECTED


def test_memory_is_bounded_while_the_ledger_is_away_and_nothing_is_lost(
    keyring, mosquitto, broker_section, tmp_path, kiosk, make_event, wait_until
) -> None:
    station = Station(broker_section, tmp_path / "small.db", keyring, max_waiting=20).open()
    try:
        wait_until(lambda: station.inbox.state is State.CONNECTED, "connected")
        station.break_ledger()
        kiosk.send(*(make_event(seq) for seq in range(1, 201)))
        wait_until(lambda: station.inbox.state is State.LEDGER_UNAVAILABLE, "the fault is named")
        wait_until(lambda: station.inbox.waiting >= 20, "what waits fills the room there is")
        assert station.inbox.waiting < 30

        station.mend_ledger()

        while kiosk.next_receipt()["upto"] < 200:
            pass
        assert station.seqs() == list(range(1, 201))
    finally:
        station.close()


def test_a_broker_that_is_not_there_yet_is_waited_for(
    station, broker_section, authority_dir, tmp_path, mosquitto, wait_until
) -> None:
    mosquitto.stop()
    station.open()
    assert station.inbox.settled.wait(5)
    assert station.inbox.state is State.BROKER_ABSENT

    mosquitto.start()

    wait_until(lambda: station.inbox.state is State.CONNECTED, "connected")


def test_a_certificate_without_the_collectors_role_is_refused_by_name(
    keyring, mosquitto, broker_section, tls, tmp_path, wait_until
) -> None:
    stranger = BrokerSection(
        name="stranger",
        port=broker_section.port,
        ca_file=tls / "ca.pem",
        certificate_file=tls / "stranger.pem",
        key_file=tls / "stranger.key",
    )
    station = Station(stranger, tmp_path / "ledger.db", keyring).open()

    wait_until(lambda: station.inbox.state is State.REFUSED, "refused")

    station.close()


def test_a_certificate_of_another_authority_is_refused_by_name(
    keyring, mosquitto, broker_section, tmp_path, wait_until
) -> None:
    authority.create(tmp_path / "other")
    authority.issue(tmp_path / "other", "collector", tmp_path / "tls")
    foreign = BrokerSection(
        port=broker_section.port,
        ca_file=broker_section.ca_file,
        certificate_file=tmp_path / "tls" / "collector.pem",
        key_file=tmp_path / "tls" / "collector.key",
    )
    station = Station(foreign, tmp_path / "ledger.db", keyring).open()

    wait_until(lambda: station.inbox.state is State.REFUSED, "refused")

    station.close()


def test_a_broker_of_another_authority_is_not_trusted(
    keyring, mosquitto, broker_section, tmp_path, wait_until
) -> None:
    authority.create(tmp_path / "other")
    authority.issue(tmp_path / "other", "collector", tmp_path / "tls")
    misled = BrokerSection(
        port=broker_section.port,
        ca_file=tmp_path / "tls" / "ca.pem",
        certificate_file=broker_section.certificate_file,
        key_file=broker_section.key_file,
    )
    station = Station(misled, tmp_path / "ledger.db", keyring).open()

    wait_until(lambda: station.inbox.state is State.REFUSED, "refused")

    station.close()


def test_a_listener_that_speaks_no_tls_is_refused_by_name(
    keyring, broker_section, tmp_path, wait_until
) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", broker_section.port))
        deaf.listen()
        deaf.settimeout(5)
        station = Station(broker_section, tmp_path / "ledger.db", keyring).open()
        accepted, _ = deaf.accept()
        with accepted:
            accepted.sendall(b"220 mail.example ESMTP\r\n")
            wait_until(lambda: station.inbox.state is State.REFUSED, "refused")
        station.close()


def test_without_its_key_the_inbox_does_not_begin(keyring, broker_section, tmp_path) -> None:
    keyless = BrokerSection(
        ca_file=broker_section.ca_file,
        certificate_file=broker_section.certificate_file,
        key_file=tmp_path / "none.key",
    )
    station = Station(keyless, tmp_path / "ledger.db", keyring)

    with pytest.raises(CollectorError, match=r"none\.key cannot be read"):
        station.open()

    station.close()


def test_a_key_of_another_certificate_is_told(keyring, broker_section, tls, tmp_path) -> None:
    mixed = BrokerSection(
        ca_file=broker_section.ca_file,
        certificate_file=broker_section.certificate_file,
        key_file=tls / "cho-1.key",
    )
    station = Station(mixed, tmp_path / "ledger.db", keyring)

    with pytest.raises(CollectorError, match="do not go together"):
        station.open()

    station.close()


class BrokenLedger:
    """A ledger with a fault of its own, which no retry can mend."""

    largest_batch = 250

    def open(self) -> None: ...

    def close(self) -> None: ...

    def commit(self, batch: Batch, now: datetime) -> Sequence[Due]:
        raise RuntimeError("a mistake of ours")

    def tidy(self) -> bool:
        return False


def test_an_inbox_that_cannot_go_on_says_so(
    keyring, mosquitto, broker_section, kiosk, make_event, wait_until: Callable[..., None]
) -> None:
    inbox = Inbox(broker_section, BrokenLedger(), keyring)
    inbox.open()
    wait_until(lambda: inbox.state is State.CONNECTED, "connected")

    kiosk.send(make_event(1))

    def failed() -> bool:
        try:
            inbox.check()
        except CollectorError as error:
            return "inbox-committer: RuntimeError" in str(error)
        return False

    wait_until(failed, "the failure is told")
    inbox.close()
