"""Real parts on the loopback: a broker, a collector that gives receipts, and a broker that follows a script."""

import contextlib
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from kiosk.commands import Commands
from kiosk.documents import Documents
from kiosk.domain.verdict import Outcome, Verdict
from kiosk.domain.visit import Direction, Visit
from kiosk.reports import CommandGiven, DocumentNews, Report, Reporter, ReportListener, UplinkBeat
from kiosk.simulation.ports import free_port
from kiosk.store.outbox import Outbox
from kiosk.store.reserve import Reserve
from kiosk.store.stamp import Stamp, read_boot_id, read_stamp
from kiosk.uplink.process import run_uplink
from kiosk.uplink.settings import UplinkSettings
from kiosk.wire import documents, events, receipts, signed
from kiosk.wire.documents import Document, DocumentKind
from kiosk.wire.ids import uuid7
from kiosk.wire.keys import AuthorityKeys
from kiosk.wire.receipts import Receipt

KIOSK = "cho-1"
ROOM = Reserve(ballast_bytes=4_096, nearly_full_bytes=2, full_bytes=1)
WAIT_S = 20.0


def until(true: Callable[[], Any], what: str, limit_s: float = WAIT_S) -> None:
    """Wait for an event, with a limit."""
    deadline_s = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < deadline_s, f"waited {limit_s} s in vain: {what}"
        time.sleep(0.01)


@pytest.fixture(name="until")
def _until() -> Callable[..., None]:
    return until


# ---- the authority


class Signer:
    """Throw-away keys: one that signs documents, and those that a document names for receipts and commands."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.receipt_key = Ed25519PrivateKey.generate()
        self.command_key = Ed25519PrivateKey.generate()

    @property
    def public(self) -> dict[str, Any]:
        return signed.by_id([self.key.public_key()])

    def document(
        self, kind: DocumentKind, body: dict[str, Any], version: int = 1, kiosk: str = ""
    ) -> bytes:
        said = Document(kind, version, datetime.now(UTC), body, kiosk)
        return documents.sign(said, self.key)

    def keys(self, version: int = 1) -> bytes:
        keys = AuthorityKeys(
            receipt=signed.by_id([self.receipt_key.public_key()]),
            command=signed.by_id([self.command_key.public_key()]),
        )
        return self.document(DocumentKind.KEYS, keys.body(), version)


@pytest.fixture(scope="session")
def signer() -> Signer:
    return Signer()


# ---- the broker


class Mosquitto:
    """Debian's mosquitto on a free port of the loopback, which forgets everything when it is killed."""

    def __init__(self, folder: Path, lines: str) -> None:
        self.port = free_port()
        self.config = folder / "mosquitto.conf"
        self.config.write_text(f"listener {self.port} 127.0.0.1\nuser root\n{lines}\n")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [broker_command(), "-c", str(self.config)]
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until(self._answers, "the broker")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def reload(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False


def broker_command() -> str:
    found = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if found is None:
        pytest.skip("mosquitto is not installed")
    return found


@pytest.fixture
def new_broker(tmp_path: Path) -> Iterator[Callable[..., Mosquitto]]:
    started: list[Mosquitto] = []

    def make(lines: str = "allow_anonymous true") -> Mosquitto:
        broker_command()
        broker = Mosquitto(tmp_path, lines)
        started.append(broker)
        broker.start()
        return broker

    yield make
    for broker in started:
        broker.kill()


@pytest.fixture
def broker(new_broker: Callable[..., Mosquitto]) -> Mosquitto:
    return new_broker()


# ---- the collector


class Collector:
    """Commits what arrives to memory and gives receipts, as the real one does after its commit."""

    def __init__(self, port: int, signer: Signer) -> None:
        self.port = port
        self.signer = signer
        self.speaking = True  # whether it gives receipts
        self.arrived: list[events.Event] = []
        self.chains: list[str] = []
        self.others: list[tuple[str, bytes, bool, Any]] = []
        self._client: Client | None = None
        self._subscribed = threading.Event()

    @property
    def ids(self) -> list[str]:
        """What has been committed: each event once, in the order of arrival."""
        return list(dict.fromkeys(event.id for event in self.arrived))

    def start(self) -> None:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id="collector",
            protocol=MQTTProtocolVersion.MQTTv5,
        )
        client.reconnect_delay_set(1, 1)
        client.on_connect = lambda client, *_: client.subscribe("entrance/v1/#", qos=1)
        client.on_subscribe = lambda *_: self._subscribed.set()
        client.on_message = self._on_message
        client.connect("127.0.0.1", self.port)
        client.loop_start()
        self._client = client
        assert self._subscribed.wait(10)

    def stop(self) -> None:
        if self._client is not None:
            self._client.disconnect()
            self._client.loop_stop()
            self._client = None

    def give_receipt(self) -> None:
        """For everything that has arrived, of the newest stream."""
        if not self.arrived:
            return
        stream = self.arrived[-1].stream
        seqs = {event.seq for event in self.arrived if event.stream == stream}
        upto = next(n for n in count(1) if n not in seqs) - 1
        also = tuple(sorted(seq for seq in seqs if seq > upto))[:256]
        last = {event.seq: chain for event, chain in zip(self.arrived, self.chains, strict=True)}
        receipt = Receipt(stream, upto, also, datetime.now(UTC), chain=last.get(upto, ""))
        self.say(receipts.sign(receipt, self.signer.receipt_key))

    def say(self, payload: bytes, where: str = f"{KIOSK}/receipt", retain: bool = False) -> None:
        """Publish, on the kiosk's receipt topic if nothing else is said."""
        assert self._client is not None
        self._client.publish(f"entrance/v1/{where}", payload, qos=1, retain=retain)

    def _on_message(self, client: Client, userdata: Any, message: Any) -> None:
        if not message.topic.endswith("/event"):
            properties = message.properties
            self.others.append((message.topic, message.payload, message.retain, properties))
            return
        self.chains.append(events.chain_hash(message.payload))
        self.arrived.append(events.decode(message.payload, KIOSK))
        if self.speaking:
            self.give_receipt()


@pytest.fixture
def new_collector(signer: Signer) -> Iterator[Callable[[Mosquitto], Collector]]:
    started: list[Collector] = []

    def make(broker: Mosquitto) -> Collector:
        collector = Collector(broker.port, signer)
        started.append(collector)
        collector.start()
        return collector

    yield make
    for collector in started:
        collector.stop()


# ---- the kiosk


class Kiosk:
    """The loop's end of an outbox, and an uplink in a thread that works at the other."""

    def __init__(self, folder: Path, signer: Signer) -> None:
        self.path = folder / "state.db"
        self.signer = signer
        self.beats: list[UplinkBeat] = []
        self.news: list[DocumentNews] = []
        self.given: list[CommandGiven] = []
        self.outbox = Outbox(self.path, KIOSK, owner=True, room=ROOM)
        self._listener = ReportListener(folder / "loop.sock", self._hear)
        self._reporter_path = folder / "loop.sock"
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._numbers = count(1)
        self._boot_id = read_boot_id()

    def open(self) -> None:
        self.outbox.open()
        self._listener.open()

    def close(self) -> None:
        self.disconnect()
        self._listener.close()
        self.outbox.close()

    def connect(self, settings: UplinkSettings) -> None:
        """Start the uplink."""
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, args=[settings], name="uplink")
        self._thread.start()

    def disconnect(self) -> None:
        """Stop the uplink."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(15)
            assert not self._thread.is_alive(), "the uplink does not stop"
            self._thread = None

    def visit(self, follows: bool = False) -> str:
        """Somebody comes in; the id of the visit."""
        number = next(self._numbers)
        visit_id = uuid7(1_795_482_000_000 + number, number.to_bytes(10))
        verdict = Verdict(Outcome.ACCEPTED, "portal")
        before = visit_id if follows else None
        visit = Visit(visit_id, datetime.now(UTC), Direction.IN, verdict, "cccd", before)
        self.outbox.append_visit(visit, self.stamp())
        return visit_id

    def visits(self, number: int) -> list[str]:
        return [self.visit() for _ in range(number)]

    def stamp(self) -> Stamp:
        return read_stamp(self._boot_id)

    @property
    def waiting(self) -> int:
        return self.outbox.counts(self.stamp()).waiting

    @property
    def parked(self) -> int:
        return self.outbox.counts(self.stamp()).parked

    @property
    def fault(self) -> str:
        return self.beats[-1].fault if self.beats else "no beat yet"

    @property
    def connected(self) -> bool:
        return bool(self.beats) and self.beats[-1].connected

    def _run(self, settings: UplinkSettings) -> None:
        outbox = Outbox(self.path, KIOSK, owner=False, room=ROOM)
        documents = self.documents()
        commands = Commands(self.path.with_name("commands.json"), KIOSK)
        commands.read()
        reporter = Reporter(self._reporter_path)
        run_uplink(settings, outbox, documents, commands, reporter, self._stop)

    def documents(self) -> Documents:
        """What has come down, as it lies on the disk."""
        found = Documents(self.path.with_name("documents"), KIOSK, self.signer.public)
        found.read()
        return found

    def _hear(self, report: Report) -> None:
        match report:
            case UplinkBeat():
                self.beats.append(report)
            case DocumentNews():
                self.news.append(report)
            case CommandGiven():
                self.given.append(report)


@pytest.fixture
def kiosk(tmp_path: Path, signer: Signer) -> Iterator[Kiosk]:
    """One that has been connected before: it knows whose receipts count."""
    opened = Kiosk(tmp_path, signer)
    opened.documents().take(DocumentKind.KEYS, signer.keys())
    opened.open()
    yield opened
    opened.close()


@pytest.fixture
def new_settings() -> Callable[..., UplinkSettings]:
    """Clear text, and quick to try again."""
    quick = UplinkSettings(
        kiosk=KIOSK,
        host="127.0.0.1",
        port=1,
        spread_s=0.2,
        resend_s=1.0,
        health_every_s=60.0,
        reconnect_cap_s=0.5,
        will_delay_s=1,
    )
    return lambda port, **changes: replace(quick, port=port, **changes)


# ---- a broker that follows a script


@dataclass
class Packet:
    """One packet from the kiosk. `mid` and `payload` are a PUBLISH's; `connection` counts from 1."""

    connection: int
    kind: int
    mid: int = 0
    topic: str = ""
    payload: bytes = b""


class Script(Protocol):
    """Told of each PUBLISH; answers what to send for it."""

    def __call__(self, packet: Packet, unanswered: list[Packet]) -> bytes: ...


def puback(mid: int, code: int = 0) -> bytes:
    return bytes([0x40, 4]) + struct.pack(">HBB", mid, code, 0)


@dataclass
class ScriptedBroker:
    """Takes one connection after another, accepts each, and answers as the script says. Hangs up when it says b"".

    `when_quiet` is asked instead when nothing has come for a tenth of a second."""

    script: Script
    when_quiet: Callable[[list[Packet]], bytes] = lambda unanswered: b""
    connack_properties: bytes = b""
    listener: socket.socket = field(default_factory=socket.socket)
    packets: list[Packet] = field(default_factory=list)
    most_unanswered: int = 0
    _stopping: bool = False
    _connections: int = 0

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    def published(self) -> list[Packet]:
        return [packet for packet in list(self.packets) if packet.topic.endswith("/event")]

    def start(self) -> None:
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen()
        self.listener.settimeout(0.1)
        self._thread = threading.Thread(target=self._accept, name="scripted-broker")
        self._thread.start()

    def stop(self) -> None:
        self._stopping = True
        self._thread.join(10)
        self.listener.close()

    def _accept(self) -> None:
        while not self._stopping:
            try:
                peer, _ = self.listener.accept()
            except TimeoutError:
                continue
            with peer, contextlib.suppress(OSError):
                self._connections += 1
                peer.settimeout(0.1)
                self._serve(peer)

    def _serve(self, peer: socket.socket) -> None:
        unanswered: list[Packet] = []
        for packet in self._read(peer):
            if packet is None:
                peer.sendall(self.when_quiet(unanswered))
                continue
            self.packets.append(packet)
            if packet.kind == 1:  # CONNECT
                body = bytes([0, 0, len(self.connack_properties)]) + self.connack_properties
                peer.sendall(bytes([0x20, len(body)]) + body)
            elif packet.kind == 8:  # SUBSCRIBE
                peer.sendall(
                    bytes([0x90, 3 + 4]) + struct.pack(">HB", packet.mid, 0) + bytes([1] * 4)
                )
            elif packet.kind == 12:  # PINGREQ
                peer.sendall(b"\xd0\0")
            elif packet.kind == 3:  # PUBLISH
                unanswered.append(packet)
                self.most_unanswered = max(self.most_unanswered, len(unanswered))
                answer = self.script(packet, unanswered)
                if answer == b"":
                    return
                peer.sendall(answer.removeprefix(b"wait"))
            elif packet.kind == 14:  # DISCONNECT
                return

    def _read(self, peer: socket.socket) -> Iterator[Packet | None]:
        buffer = b""
        while not self._stopping:
            packet, buffer = self._parse(buffer)
            if packet is not None:
                yield packet
                continue
            try:
                more = peer.recv(65_536)
            except TimeoutError:
                yield None
                continue
            if not more:
                return
            buffer += more

    def _parse(self, buffer: bytes) -> tuple[Packet | None, bytes]:
        length, shift, at = 0, 0, 1
        while True:
            if at >= len(buffer):
                return None, buffer
            length |= (buffer[at] & 0x7F) << shift
            shift += 7
            at += 1
            if not buffer[at - 1] & 0x80:
                break
        if len(buffer) < at + length:
            return None, buffer
        body, rest = buffer[at : at + length], buffer[at + length :]
        packet = Packet(self._connections, buffer[0] >> 4)
        if packet.kind == 3:
            topic_bytes = struct.unpack(">H", body[:2])[0]
            packet.topic = body[2 : 2 + topic_bytes].decode()
            packet.mid = struct.unpack(">H", body[2 + topic_bytes : 4 + topic_bytes])[0]
            properties = body[4 + topic_bytes]  # shorter than 128 bytes in all our messages
            packet.payload = body[5 + topic_bytes + properties :]
        elif packet.kind == 8:
            packet.mid = struct.unpack(">H", body[:2])[0]
        return packet, rest


@pytest.fixture
def scripted() -> Iterator[Callable[..., ScriptedBroker]]:
    started: list[ScriptedBroker] = []

    def make(script: Script, connack_properties: bytes = b"", **more: Any) -> ScriptedBroker:
        broker = ScriptedBroker(script, connack_properties=connack_properties, **more)
        started.append(broker)
        broker.start()
        return broker

    yield make
    for broker in started:
        broker.stop()


@pytest.fixture(name="puback")
def _puback() -> Callable[..., bytes]:
    return puback
