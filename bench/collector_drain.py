"""Events that wait at a real mosquitto, and how fast the inbox of this process brings them into its ledger."""

import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from collector import authority, broker
from collector.config import BrokerSection
from collector.errors import CollectorError
from collector.inbox.inbox import Inbox, State
from collector.inbox.keyring import Keyring
from collector.ledger.sqlite_answers import SqliteAnswers
from collector.ledger.sqlite_ledger import SqliteLedger

KIOSK = "cho-1"
LIMIT_S = 180.0


@dataclass(frozen=True)
class Drained:
    """None when there is no mosquitto here."""

    per_s: float | None = None
    cpu_us: float | None = None


def drain(folder: Path, events: Sequence[bytes]) -> Drained:
    """`folder` holds `keys`; the events are of KIOSK."""
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if program is None:
        return Drained()
    authority.create(folder / "authority")
    for name in ("collector", KIOSK):
        authority.issue(folder / "authority", name, folder / "tls")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    broker.set_up(folder / "authority", folder / "broker", port, "collector", [KIOSK])
    process = subprocess.Popen(
        [program, "-c", folder / "broker" / "mosquitto.conf"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _until(lambda: _answers(port))
        return _drained(folder, port, events)
    finally:
        process.terminate()
        process.wait()


def _drained(folder: Path, port: int, events: Sequence[bytes]) -> Drained:
    tls = folder / "tls"
    section = BrokerSection(
        port=port,
        ca_file=tls / "ca.pem",
        certificate_file=tls / "collector.pem",
        key_file=tls / "collector.key",
    )
    ledger = SqliteLedger(folder / "drained.db")
    ledger.open()
    try:
        with _inbox(section, ledger, folder):
            pass  # from now on the broker keeps for it
        _publish(tls, port, events)
        answers = SqliteAnswers(folder / "drained.db")
        began_s, began_cpu_s = time.monotonic(), time.process_time()
        with _inbox(section, ledger, folder):
            _until(lambda: answers.newest() >= len(events))
            took_s, cpu_s = time.monotonic() - began_s, time.process_time() - began_cpu_s
    finally:
        ledger.close()
    return Drained(len(events) / took_s, cpu_s / len(events) * 1e6)


@contextmanager
def _inbox(section: BrokerSection, ledger: SqliteLedger, folder: Path) -> Iterator[Inbox]:
    inbox = Inbox(section, ledger, Keyring(folder / "keys"))
    inbox.open()
    try:
        _until(lambda: inbox.state is State.CONNECTED)
        yield inbox
    finally:
        inbox.close()


def _publish(tls: Path, port: int, events: Sequence[bytes]) -> None:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=KIOSK, protocol=mqtt.MQTTv5)
    context = ssl.create_default_context(cafile=str(tls / "ca.pem"))
    context.load_cert_chain(tls / f"{KIOSK}.pem", tls / f"{KIOSK}.key")
    client.tls_set_context(context)
    left = threading.Semaphore(0)
    client.on_publish = lambda *_: left.release()
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        for payload in events:
            client.publish(f"entrance/v1/{KIOSK}/event", payload, qos=1)
        for _ in events:
            if not left.acquire(timeout=LIMIT_S):
                raise CollectorError("the broker does not acknowledge")
    finally:
        client.disconnect()
        client.loop_stop()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _until(holds: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + LIMIT_S
    while not holds():
        if time.monotonic() > deadline_s:
            raise CollectorError(f"not within {LIMIT_S:.0f} s")
        time.sleep(0.05)
