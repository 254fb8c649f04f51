"""Events that wait at a real mosquitto, and how fast the inbox of this process, or a peer, takes them away."""

import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from bench.postgres_server import NotInstalled, PostgresServer
from collector import authority, broker
from collector.config import BrokerSection
from collector.errors import CollectorError
from collector.inbox.connection import Connection, Message
from collector.inbox.inbox import Inbox, State
from collector.inbox.keyring import Keyring
from collector.inbox.tls import tls_context
from collector.ledger.sqlite_answers import SqliteAnswers
from collector.ledger.sqlite_ledger import SqliteLedger
from kiosk.simulation.ports import free_port

KIOSK = "cho-1"
LIMIT_S = 300.0
LOOK_EVERY_S = 0.05
_PROGRAM = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin")


@dataclass(frozen=True)
class Drained:
    """`cpu_us` is that of the process that took them, an event; a database server's is not in it."""

    per_s: float
    cpu_us: float


class Queue:
    """A broker at which events wait for the collector. Between `with` and its end; raise CollectorError without a
    mosquitto. `folder` is for what it needs and may be looked into afterwards."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tls = folder / "tls"
        self._number = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._port = free_port()
        self._section = BrokerSection(
            port=self._port,
            ca_file=self._tls / "ca.pem",
            certificate_file=self._tls / "collector.pem",
            key_file=self._tls / "collector.key",
        )

    def __enter__(self) -> "Queue":
        authority.create(self._folder / "authority")
        for name in ("collector", KIOSK):
            authority.issue(self._folder / "authority", name, self._tls)
        where = self._folder / "authority", self._folder / "broker", self._port
        broker.set_up(*where, "collector", [KIOSK])
        self.start()
        self._take(0, lambda message: None)  # from now on the broker keeps for it
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        if _PROGRAM is None:
            raise CollectorError("there is no mosquitto here")
        self._process = subprocess.Popen(
            [_PROGRAM, "-c", self._folder / "broker" / "mosquitto.conf"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _until(lambda: _answers(self._port))

    def stop(self) -> None:
        """It writes down what waits, as at any clean end."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def fill(self, events: Sequence[bytes]) -> None:
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=KIOSK, protocol=mqtt.MQTTv5)
        context = ssl.create_default_context(cafile=str(self._tls / "ca.pem"))
        context.load_cert_chain(self._tls / f"{KIOSK}.pem", self._tls / f"{KIOSK}.key")
        client.tls_set_context(context)
        room = threading.Semaphore(80)  # paho is slower with a long queue
        client.on_publish = lambda *_: room.release()
        client.connect("127.0.0.1", self._port)
        client.loop_start()
        try:
            for payload in events:
                _acquire(room)
                client.publish(f"entrance/v1/{KIOSK}/event", payload, qos=1)
            for _ in range(80):
                _acquire(room)
        finally:
            client.disconnect()
            client.loop_stop()

    # ---- who takes away what waits, and is asked until it has `count`

    def inbox(self, keys_folder: Path, count: int, openers: int = 0) -> Drained:
        """The inbox as `collector serve` joins it, with an empty ledger; without an ingest key it opens nothing."""
        file = self._new("ledger.db")
        ledger = SqliteLedger(file)
        ledger.open()
        inbox = Inbox(self._section, ledger, Keyring(keys_folder), openers=openers)
        began_s, began_cpu_s = time.monotonic(), time.process_time()
        try:
            inbox.open()
            _until(lambda: inbox.state is State.CONNECTED)
            _until(lambda: SqliteAnswers(file).newest() >= count)
            return _drained(count, began_s, time.process_time() - began_cpu_s)
        finally:
            inbox.close()
            ledger.close()

    def connection(self, count: int) -> Drained:
        """What the connection alone takes of it: TLS, paho, and the acknowledgements of what is thrown away."""
        return self._take(count, lambda message: message.connection.acknowledge(message))

    def logger(self, count: int) -> Drained:
        """A process that commits each message by itself."""
        options = ("--port", self._port, "--tls", self._tls, "--count", count)
        database = ("--database", self._new("logger.db"))
        command = [sys.executable, "-m", "bench.message_logger", *options, *database]
        return self._peer(command, count)

    def node(self, count: int, modules: Path) -> Drained:
        """The stand-in for Node-RED, with a PostgreSQL of its own. Raise NotInstalled."""
        server = PostgresServer()
        try:
            server.start()
            arguments = {"port": self._port, "tls": str(self._tls), "count": count}
            told = json.dumps({**arguments, "postgres": str(server.folder)})
            script = Path(__file__).with_name("node_logger.cjs")
            return self._peer(["node", script, told], count, {"NODE_PATH": str(modules)})
        except FileNotFoundError:
            raise NotInstalled("there is no node here") from None
        finally:
            server.remove()

    def _peer(
        self, command: Sequence[object], count: int, more: dict[str, str] | None = None
    ) -> Drained:
        done = subprocess.run(
            list(map(str, command)),
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, **(more or {})},
            timeout=LIMIT_S,
        )
        told = json.loads(done.stdout)
        return Drained(count / told["took_s"], told["cpu_s"] / count * 1e6)

    def _take(self, count: int, each: Callable[[Message], None]) -> Drained:
        arrived: SimpleQueue[Message] = SimpleQueue()
        stop = threading.Event()
        ready = threading.Event()
        context = tls_context(self._section)
        connection = Connection(
            self._section, context, arrived, 20_000, ready.set, documents=tuple, commands=tuple
        )
        thread = threading.Thread(target=connection.run, args=(stop,))
        began_s, began_cpu_s = time.monotonic(), time.process_time()
        thread.start()
        try:
            if not ready.wait(LIMIT_S):
                raise CollectorError("the broker does not answer")
            for number in range(count):
                each(arrived.get(timeout=LIMIT_S))
                if number % 250 == 249:
                    connection.flush()
            return _drained(max(count, 1), began_s, time.process_time() - began_cpu_s)
        finally:
            connection.flush()
            time.sleep(0.5)
            stop.set()
            thread.join()

    def _new(self, name: str) -> Path:
        self._number += 1
        return self._folder / f"{self._number}-{name}"


def _drained(count: int, began_s: float, cpu_s: float) -> Drained:
    return Drained(count / (time.monotonic() - began_s), cpu_s / count * 1e6)


@contextmanager
def queue(folder: Path) -> Iterator[Queue | None]:
    """None when there is no mosquitto here."""
    if _PROGRAM is None:
        yield None
        return
    with Queue(folder) as made:
        yield made


def _acquire(room: threading.Semaphore) -> None:
    if not room.acquire(timeout=LIMIT_S):
        raise CollectorError("the broker does not acknowledge")


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _until(holds: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + LIMIT_S
    while not holds():
        if time.monotonic() > deadline_s:
            raise CollectorError(f"not within {LIMIT_S:.0f} s")
        time.sleep(LOOK_EVERY_S)
