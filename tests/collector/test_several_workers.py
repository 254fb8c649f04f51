"""Two workers on one broker and one database: whatever happens to one of them, the ledger is whole."""

import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench import collector_workers
from collector.config import BrokerSection
from collector.inbox.inbox import Inbox, State
from collector.inbox.sorting import sort
from collector.ledger.port import Batch
from collector.ledger.postgres_ledger import PostgresLedger
from collector.people.keeper import PeopleKeeper
from collector.people.postgres_people import PostgresTables
from kiosk.wire.events import chain_hash, first_hash

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
STREAM = "00112233445566778899aabbccddeeff"
DECLARED = {
    "declaration": "019abc00-0000-7000-8000-000000000001",
    "made": "2026-11-24T01:00:00.000000Z",
    "source": "kiosk_form",
    "risk": "none",
    "questions": 1,
}
LIMIT_S = 30.0


def chained(make_event, kiosk: str, count: int) -> list[tuple[str, bytes]]:
    messages = []
    prev = first_hash(STREAM)
    for seq in range(1, count + 1):
        payload = make_event(seq, kiosk=kiosk, prevhash=prev)
        messages.append((f"entrance/v1/{kiosk}/event", payload))
        prev = chain_hash(payload)
    return messages


def test_two_who_write_the_same_streams_at_once_count_every_number_gap_and_link_right(
    postgres_store, make_event
) -> None:
    messages = [it for kiosk in ("cho-1", "cho-2") for it in chained(make_event, kiosk, 120)]
    random.Random(7).shuffle(messages)
    parts = [[*messages[0::2], *messages[:40]], [*messages[1::2], *messages[:40]]]
    failed: list[BaseException] = []

    def write(part: list[tuple[str, bytes]]) -> None:
        ledger = PostgresLedger(postgres_store.where)
        ledger.open()
        try:
            for start in range(0, len(part), 8):
                ledger.commit(sort(part[start : start + 8]), NOW)
        except BaseException as error:
            failed.append(error)
        finally:
            ledger.close()

    threads = [threading.Thread(target=write, args=[part]) for part in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    checked = postgres_store.answers.check()
    assert checked.is_whole
    assert [kiosk.events for kiosk in checked.kiosks] == [120, 120]
    # each of the 40 came once in its turn and once to each of them afterwards
    assert sum(kiosk.repeats for kiosk in checked.kiosks) == 80


def journeys(postgres, postgres_store, work) -> int:
    """How many statements reach the server while `work` is done with a ledger whose statements are logged."""
    log = postgres.folder / "log"
    ledger = PostgresLedger(f"{postgres_store.where} options='-c log_statement=all'")
    ledger.open()
    before = log.stat().st_size
    try:
        work(ledger)
    finally:
        ledger.close()
    return log.read_bytes()[before:].count(b"LOG:  ")


def test_a_batch_asks_no_more_often_for_being_larger_though_another_has_its_neighbours(
    postgres, postgres_store, make_event
) -> None:
    asked = []
    for kiosk, count in (("cho-1", 20), ("cho-2", 400)):
        messages = chained(make_event, kiosk, count)
        other = PostgresLedger(postgres_store.where)
        other.open()
        other.commit(sort(messages[0::2]), NOW)
        other.close()
        asked.append(
            journeys(
                postgres,
                postgres_store,
                lambda ledger, mine=messages[1::2]: ledger.commit(sort(mine), NOW),
            )
        )
    few, many = asked
    assert 0 < many <= few
    assert postgres_store.answers.check().is_whole


def test_two_who_meet_the_same_people_at_once_agree_on_who_is_one_person(
    postgres_store, make_event
) -> None:
    ties = [random.Random(n).sample(range(1, 40), 2) for n in range(60)]
    failed: list[BaseException] = []

    def write(kiosk: str, part: list[list[int]]) -> None:
        ledger = PostgresLedger(postgres_store.where, [PeopleKeeper((), PostgresTables())])
        ledger.open()
        try:
            for seq, people in enumerate(part, 1):
                payload = make_event(seq, kiosk=kiosk, kind="declaration", data=DECLARED)
                (taken,) = sort([(f"entrance/v1/{kiosk}/event", payload)]).events
                who = [each.to_bytes(16, "big") for each in people]
                ledger.commit(Batch(events=[replace(taken, people=who)]), NOW)
        except BaseException as error:
            failed.append(error)
        finally:
            ledger.close()

    threads = [threading.Thread(target=write, args=(f"cho-{n + 1}", ties[n::2])) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    found: dict[int, set[int]] = {}
    for who, person in postgres_store.sql("SELECT pseudonym, person FROM person"):
        found.setdefault(person, set()).add(int.from_bytes(who, "big"))
    persons: list[set[int]] = []
    for tie in ties:
        joined = set(tie).union(*(each for each in persons if each & set(tie)))
        persons = [each for each in persons if not each & joined] + [joined]
    assert sorted(map(sorted, found.values())) == sorted(map(sorted, persons))


# ---- processes


@dataclass
class Workers:
    """Processes of `collector inbox` that share what comes."""

    folder: Path
    _running: dict[str, "subprocess.Popen[str]"] = field(default_factory=dict)

    def start(self, name: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "collector",
                    "inbox",
                    "--config",
                    self.folder / f"{name}.toml",
                ],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._running[name] = process
        assert process.stdout is not None
        with process.stdout as told:
            assert told.readline() == "inbox ready\n", (self.folder / f"{name}.log").read_text()

    def kill(self, name: str) -> None:
        process = self._running.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def end(self) -> None:
        for name in list(self._running):
            self.kill(name)


@pytest.fixture
def workers(mosquitto, postgres_store, tls, keys_folder, tmp_path) -> Iterator[Workers]:
    for name in ("worker-1", "worker-2"):
        (tmp_path / f"{name}.toml").write_text(
            postgres_store.settings
            + f"""
[broker]
name = "{name}"
port = {mosquitto.port}
shared = true
ca_file = "{tls}/ca.pem"
certificate_file = "{tls}/{name}.pem"
key_file = "{tls}/{name}.key"
[inbox]
keys_folder = "{keys_folder}"
state_file = "{name}.json"
people_socket = "{name}.sock"
[documents]
folder = "documents"
[registry]
file = "registry.db"
"""
        )
    workers = Workers(tmp_path)
    yield workers
    workers.end()


@pytest.mark.broker
def test_what_a_killed_worker_had_not_acknowledged_is_taken_in_when_it_is_back(
    workers, connect, postgres_store, make_event, wait_until
) -> None:
    workers.start("worker-1")
    workers.start("worker-2")
    kiosk = connect("cho-1")
    payloads = [payload for _, payload in chained(make_event, "cho-1", 90)]

    def stored() -> int:
        return sum(kiosk.events for kiosk in postgres_store.answers.check().kiosks)

    kiosk.send(*payloads[:30])
    wait_until(lambda: stored() == 30, "both have taken in")
    workers.kill("worker-2")
    kiosk.send(*payloads[30:])
    wait_until(lambda: stored() >= 45, "the other goes on")
    meanwhile = stored()
    workers.start("worker-2")

    wait_until(lambda: stored() == 90, "nothing is lost")
    assert meanwhile < 90  # the work had been shared, and its share waited for it
    assert postgres_store.answers.check().is_whole


@pytest.mark.broker
def test_no_kiosk_can_join_the_workers_and_swallow_what_others_send(connect) -> None:
    kiosk = connect("cho-1")

    assert kiosk.subscribe("$share/collector/entrance/v1/+/event") == 135  # not authorised
    assert kiosk.subscribe("$share/other/entrance/v1/+/event") == 135


# ---- the database away


@pytest.mark.broker
def test_while_the_database_is_away_nothing_is_acknowledged_and_nothing_is_lost(
    postgres, postgres_store, mosquitto, connect, tls, keyring, make_event, wait_until
) -> None:
    section = BrokerSection(
        name="collector",
        port=mosquitto.port,
        ca_file=tls / "ca.pem",
        certificate_file=tls / "collector.pem",
        key_file=tls / "collector.key",
    )
    ledger = PostgresLedger(postgres_store.where)
    ledger.open()
    inbox = Inbox(section, ledger, keyring)
    inbox.open()
    try:
        wait_until(lambda: inbox.state is State.CONNECTED, "the broker")
        kiosk = connect("cho-1")
        kiosk.subscribe("entrance/v1/cho-1/receipt")
        kiosk.send(make_event(1))
        assert kiosk.next_receipt()["upto"] == 1

        postgres.stop(signal.SIGQUIT)  # as if its power had gone
        try:
            kiosk.send(*(make_event(seq) for seq in range(2, 12)))
            wait_until(lambda: inbox.state is State.LEDGER_UNAVAILABLE, "it says so")
            assert kiosk.received.empty()
        finally:
            postgres.start()

        wait_until(lambda: inbox.state is State.CONNECTED, "it goes on by itself", LIMIT_S)
        upto = 0
        while upto < 11:
            upto = kiosk.next_receipt()["upto"]
        (checked,) = postgres_store.answers.check().kiosks
        assert (checked.events, list(checked.missing)) == (11, [])
    finally:
        inbox.close()
        ledger.close()


@pytest.mark.long
@pytest.mark.broker
def test_one_of_two_killed_at_2000_events_a_second_loses_nothing(postgres) -> None:
    found = collector_workers.run(2_000.0, 20.0)

    assert (found.sent, found.lost, found.missing, found.faults) == (40_000, 0, 0, ())
    assert found.behind > 0
    assert found.caught_up_s - found.of_which_start_s <= 2.0
