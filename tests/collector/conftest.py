import json
import queue
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zlib import crc32

import paho.mqtt.client as mqtt
import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from bench.postgres_server import NotInstalled, PostgresServer
from collector import authority, broker, keys
from collector.inbox.keyring import Keyring
from collector.ledger.connection import Reader
from collector.ledger.port import Answers, Follower, Ledger
from collector.ledger.postgres_answers import PostgresAnswers
from collector.ledger.postgres_ledger import PostgresLedger
from collector.ledger.postgres_reader import PostgresReader
from collector.ledger.sqlite_answers import SqliteAnswers
from collector.ledger.sqlite_ledger import SqliteLedger
from collector.ledger.sqlite_reader import SqliteReader
from collector.people.port import PeopleStore
from collector.people.postgres_people import PostgresPeople
from collector.people.sqlite_people import SqlitePeople
from collector.tracing.port import StayTables
from collector.tracing.postgres_stays import PostgresStays
from collector.tracing.sqlite_stays import SqliteStays
from kiosk.simulation import ports
from kiosk.wire import signed
from kiosk.wire.topics import Channel, topic

LIMIT_S = 10.0
NAMES = ("collector", "worker-1", "worker-2", "cho-1", "cho-2", "tram-y-te", "stranger")


@pytest.fixture(autouse=True)
def _no_thread_left_behind() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    left = [thread.name for thread in threading.enumerate() if thread not in before]
    assert left == []


def eventually(holds: Callable[[], object], what: str, limit_s: float = LIMIT_S) -> None:
    """Wait until `holds`; on failure say what did not come."""
    deadline_s = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < deadline_s, f"not within {limit_s:.0f} s: {what}"
        time.sleep(0.02)


@pytest.fixture
def wait_until() -> Callable[..., None]:
    return eventually


@pytest.fixture
def free_port() -> int:
    return ports.free_port()


@pytest.fixture(scope="session")
def authority_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("authority")
    authority.create(folder)
    return folder


@pytest.fixture(scope="session")
def tls(authority_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate and a key for each of NAMES."""
    folder = tmp_path_factory.mktemp("tls")
    for name in NAMES:
        authority.issue(authority_dir, name, folder)
    return folder


@pytest.fixture(scope="session")
def keys_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One key of every kind, as they lie on the collector's machine."""
    folder = tmp_path_factory.mktemp("keys")
    for kind in keys.KeyKind:
        passphrase = b"a dozen lotus ponds" if kind is keys.KeyKind.TRACING else b""
        keys.new(folder, kind, datetime.now(UTC), passphrase)
    next(folder.glob("tracing-*.key")).unlink()  # it stays with the officer
    keys.new_pseudonym_key(folder)
    return folder


@pytest.fixture
def keyring(keys_folder: Path) -> Keyring:
    return Keyring(keys_folder)


@dataclass
class Mosquitto:
    """A real broker that can be killed and started again on the same port and folder."""

    folder: Path
    port: int
    authority_dir: Path
    _process: subprocess.Popen[bytes] | None = None

    def configure(self, *kiosks: str) -> None:
        workers = ("worker-1", "worker-2")
        broker.set_up(
            self.authority_dir, self.folder, self.port, "collector", kiosks, workers=workers
        )

    def start(self) -> None:
        mosquitto = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin")
        if mosquitto is None:
            pytest.skip("mosquitto is not installed")
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [mosquitto, "-c", self.folder / "mosquitto.conf"], stdout=log, stderr=log
            )
        eventually(self._answers, f"the broker: {(self.folder / 'log').read_text()}")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            try:
                self._process.wait(LIMIT_S)
            except (
                subprocess.TimeoutExpired
            ):  # a broker told to end while it still starts has gone on
                self._process.kill()
                self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@pytest.fixture
def mosquitto(authority_dir: Path, tmp_path: Path, free_port: int) -> Iterator[Mosquitto]:
    broker = Mosquitto(tmp_path / "broker", free_port, authority_dir)
    broker.configure("cho-1", "cho-2", "tram-y-te")
    broker.start()
    yield broker
    broker.stop()


@dataclass
class Device:
    """Whoever holds a certificate: a kiosk, an impostor, the collector's name in the wrong hands."""

    name: str
    client: mqtt.Client
    receipt_keys: Mapping[str, Ed25519PublicKey]
    granted: "queue.SimpleQueue[int]" = field(default_factory=queue.SimpleQueue)
    acknowledged: "queue.SimpleQueue[int]" = field(default_factory=queue.SimpleQueue)
    received: "queue.SimpleQueue[tuple[str, bytes]]" = field(default_factory=queue.SimpleQueue)

    def publish(self, where: str, payload: bytes = b"{}", *, retain: bool = False) -> int:
        """The reason code of the broker's acknowledgement."""
        self.client.publish(where, payload, qos=1, retain=retain)
        return self.acknowledged.get(timeout=LIMIT_S)

    def send(self, *payloads: bytes) -> None:
        """Events, on this device's own topic."""
        for payload in payloads:
            assert self.publish(topic(self.name, Channel.EVENT), payload) in (0, 16)

    def subscribe(self, where: str) -> int:
        """The reason code of the broker's answer."""
        self.client.subscribe(where, options=SubscribeOptions(qos=1))
        return self.granted.get(timeout=LIMIT_S)

    def next(self, timeout_s: float = LIMIT_S) -> tuple[str, bytes]:
        return self.received.get(timeout=timeout_s)

    def next_receipt(self) -> dict[str, Any]:
        where, payload = self.next()
        assert where == topic(self.name, Channel.RECEIPT)
        text = signed.verified(payload, signed.Purpose.RECEIPT, self.receipt_keys)
        receipt = json.loads(text)
        assert isinstance(receipt, dict)
        return receipt


Connect = Callable[..., Device]


@pytest.fixture
def connect(mosquitto: Mosquitto, tls: Path, keys_folder: Path) -> Iterator[Connect]:
    """`connect("cho-1")` is that device at the broker; `client_id` is what it claims to be."""
    devices: list[Device] = []

    def connect(
        name: str, *, client_id: str = "", session_s: int = 0, clean_start: bool = True
    ) -> Device:
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=client_id or name, protocol=mqtt.MQTTv5
        )
        context = ssl.create_default_context(cafile=str(tls / "ca.pem"))
        context.load_cert_chain(tls / f"{name}.pem", tls / f"{name}.key")
        client.tls_set_context(context)
        device = Device(name, client, keys.public_keys(keys_folder).receipt)
        client.on_publish = lambda _c, _u, _m, reason, _p: device.acknowledged.put(reason.value)
        client.on_subscribe = lambda _c, _u, _m, reasons, _p: device.granted.put(reasons[0].value)
        client.on_message = lambda _c, _u, message: device.received.put(
            (message.topic, bytes(message.payload))
        )
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = session_s
        client.connect("127.0.0.1", mosquitto.port, clean_start=clean_start, properties=properties)
        client.loop_start()
        devices.append(device)
        eventually(client.is_connected, f"{name} at the broker")
        return device

    yield connect
    for device in devices:
        device.client.disconnect()
        device.client.loop_stop()


STREAM = "00112233445566778899aabbccddeeff"


def event(
    seq: int,
    /,
    *,
    kiosk: str = "cho-1",
    stream: str = STREAM,
    event_id: str = "",
    verdict: str = "accepted",
    at: str = "2026-11-24T01:00:00.000000Z",
    kind: str = "visit",
    **changes: Any,
) -> bytes:
    """An event as a kiosk sends it, written out by hand. `changes` replace attributes, None removes one."""
    data: dict[str, Any] = {
        "visit": {"verdict": verdict, "reason": "pass", "direction": "in", "code": "cccd"},
        "notice": {"notice": "not_personal", "reason": "wifi", "count": 1},
    }.get(kind, {})
    message: dict[str, Any] = {
        "specversion": "1.0",
        "id": event_id or f"019abc00-0000-7000-8000-{crc32(stream.encode()) & 0xFFFF:04x}{seq:08x}",
        "source": f"/kiosk/{kiosk}",
        "type": f"vn.entrance.{kind}.v1",
        "time": at,
        "datacontenttype": "application/json",
        "stream": stream,
        "seq": seq,
        "bootid": "11111111-2222-3333-4444-555555555555",
        "boottime": "1000000000",
        "timequality": "ntp",
        "data": data,
        **changes,
    }
    return json.dumps({k: v for k, v in message.items() if v is not None}).encode()


@pytest.fixture(scope="session")
def make_event() -> Callable[..., bytes]:
    return event


# ---- a ledger in either store


_REFUSE = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'full'; END $$
"""

_FILLED = """
SELECT tablename FROM pg_tables
WHERE schemaname = 'collector' AND tablename NOT IN ('step', 'ledger') AND tablename !~ '[0-9]$'
"""


_BEGIN_ANEW = """
SELECT setval(pg_class.oid, 1, false) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relkind = 'S' AND nspname = 'collector'
"""


@dataclass
class Store:
    """Where a ledger lies: `where` is the file, or the connection string."""

    where: Any

    @property
    def is_sqlite(self) -> bool:
        return isinstance(self.where, Path)

    @property
    def settings(self) -> str:
        """As they stand in collector.toml."""
        return f"[ledger]\n{'file' if self.is_sqlite else 'postgresql'} = '{self.where}'\n"

    def ledger(self, *followers: Follower) -> Ledger:
        if self.is_sqlite:
            return SqliteLedger(self.where, followers)
        return PostgresLedger(self.where, followers)

    @property
    def answers(self) -> Answers:
        return SqliteAnswers(self.where) if self.is_sqlite else PostgresAnswers(self.where)

    @property
    def reader(self) -> Reader:
        return SqliteReader(self.where) if self.is_sqlite else PostgresReader(self.where)

    @property
    def people(self) -> PeopleStore:
        return SqlitePeople(self.where) if self.is_sqlite else PostgresPeople(self.where)

    @property
    def stays(self) -> StayTables:
        return SqliteStays() if self.is_sqlite else PostgresStays()

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Past the ledger, to look or to tamper."""
        if self.is_sqlite:
            with closing(sqlite3.connect(self.where)) as connection, connection:
                return list(connection.execute(statement, values))
        with psycopg.connect(self.where) as connection:
            connection.execute("SET search_path = collector")
            found = connection.execute(statement.replace("?", "%s"), values or None)
            return found.fetchall() if found.description else []

    def refuse(self, table: str) -> None:
        """From now on the database takes no row into that table."""
        if self.is_sqlite:
            how = "BEFORE INSERT ON {} BEGIN SELECT raise(ABORT, 'full'); END"
        else:
            self.sql(_REFUSE)
            how = "BEFORE INSERT ON {} FOR EACH ROW EXECUTE FUNCTION refuse()"
        self.sql(f"CREATE TRIGGER refusing {how.format(table)}")

    def accept(self, table: str) -> None:
        self.sql(f"DROP TRIGGER refusing {'' if self.is_sqlite else f'ON {table}'}")

    def clear(self) -> None:
        """Nothing has ever been here."""
        if self.is_sqlite:
            for file in self.where.parent.glob(f"{self.where.name}*"):
                file.unlink()
        else:
            with psycopg.connect(self.where) as connection:
                # dropped tables would have to be brought to the disk one by one
                for (table,) in connection.execute(_FILLED).fetchall():
                    connection.execute(f"DELETE FROM collector.{table}")  # noqa: S608 - of its own catalogue
                connection.execute("DROP FUNCTION IF EXISTS collector.refuse CASCADE")
                connection.execute(_BEGIN_ANEW)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server of its own for all tests of a run."""
    try:
        server = PostgresServer()
    except NotInstalled as reason:
        pytest.skip(str(reason))
    server.start()
    ledger = PostgresLedger(server.where)
    ledger.open()  # each test clears its tables, and begins with the first number
    ledger.close()
    yield server
    server.remove()


@pytest.fixture
def postgres_store(postgres: PostgresServer) -> Store:
    store = Store(postgres.where)
    store.clear()
    return store


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Both stores, one after the other: what a test says of a ledger holds for each."""
    return store_of(request, tmp_path)


def store_of(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "sqlite":
        return Store(tmp_path / "ledger.db")
    found: Store = request.getfixturevalue("postgres_store")
    return found


# where `store` is the file by default: for a test that asks something of the ledger itself
in_both = pytest.mark.parametrize("store", ["sqlite", "postgresql"], indirect=True)
