"""A scripted broker that begins well and then sends what is not MQTT 5."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from collector import authority
from collector.config import BrokerSection
from collector.inbox.inbox import Inbox, State
from collector.inbox.keyring import Keyring
from collector.ledger.sqlite_ledger import SqliteLedger

CONNACK = bytes([0x20, 3, 0, 0, 0])
SUBACK = bytes([0x90, 6, 0, 1, 0, 1, 1, 1])


class ScriptedBroker:
    """Greets every client that comes, sends it `words`, and counts how often somebody came."""

    def __init__(self, context: ssl.SSLContext, words: bytes) -> None:
        self._context = context
        self._words = words
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.1)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self.port = self._listener.getsockname()[1]
        self.greeted = 0
        self.heard = b""

    def __enter__(self) -> "ScriptedBroker":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while not self._stop.is_set():
            try:
                accepted, _ = self._listener.accept()
            except TimeoutError:
                continue
            with accepted, self._context.wrap_socket(accepted, server_side=True) as client:
                self._talk(client)

    def _talk(self, client: ssl.SSLSocket) -> None:
        client.settimeout(0.1)
        try:
            for answer in (CONNACK, SUBACK):
                self._hear(client)
                client.sendall(answer)
            self.greeted += 1
            client.sendall(self._words)
            while words := self._hear(client):
                self.heard += words
        except OSError:
            return

    def _hear(self, client: ssl.SSLSocket) -> bytes:
        while not self._stop.is_set():
            try:
                return client.recv(4096)
            except TimeoutError:
                continue
        return b""


@pytest.fixture
def server_context(authority_dir: Path, tmp_path: Path) -> ssl.SSLContext:
    authority.issue(authority_dir, "broker", tmp_path, ("127.0.0.1",))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(tmp_path / "ca.pem"))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(tmp_path / "broker.pem", tmp_path / "broker.key")
    return context


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    ledger = SqliteLedger(tmp_path / "ledger.db")
    ledger.open()
    yield ledger
    ledger.close()


@pytest.fixture
def inbox_at(tls: Path, ledger: SqliteLedger, keyring: Keyring) -> Iterator[Callable[[int], Inbox]]:
    opened: list[Inbox] = []

    def inbox_at(port: int) -> Inbox:
        section = BrokerSection(
            port=port,
            ca_file=tls / "ca.pem",
            certificate_file=tls / "collector.pem",
            key_file=tls / "collector.key",
        )
        opened.append(Inbox(section, ledger, keyring))
        opened[0].open()
        return opened[0]

    yield inbox_at
    for inbox in opened:
        inbox.close()


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(b"\x32\x02\xff\xff", id="a publish that ends in its topic"),
        pytest.param(b"\x32\x06\x00\x01a\x00\x01\x7f", id="properties that are not there"),
        pytest.param(b"\x32\x07\x00\x01a\x00\x01\x01\xee", id="a property nobody knows"),
        pytest.param(b"\x40\x01\x00", id="an acknowledgement cut short"),
        pytest.param(b"\x90\x04\x00\x07\x00\x55", id="a reason nobody knows"),
        pytest.param(b"\x00\x00", id="a packet type that is reserved"),
        pytest.param(b"\x30\xff\xff\xff\xff\xff", id="a length without an end"),
        pytest.param(b"\xe0\x02\x8e\x00", id="a goodbye: session taken over"),
    ],
)
def test_whatever_the_broker_says_the_inbox_comes_again(
    server_context, inbox_at, wait_until, words: bytes
) -> None:
    with ScriptedBroker(server_context, words) as broker:
        inbox = inbox_at(broker.port)

        wait_until(lambda: broker.greeted >= 2, "it comes again")

        inbox.check()


def test_a_message_on_a_topic_that_is_no_text_is_acknowledged_and_forgotten(
    server_context, inbox_at, wait_until
) -> None:
    publish = b"\x32\x07\x00\x02\xff\xfe\x00\x05\x00"

    with ScriptedBroker(server_context, publish) as broker:
        inbox = inbox_at(broker.port)

        wait_until(lambda: b"\x40\x02\x00\x05" in broker.heard, "acknowledged")

        assert (broker.greeted, inbox.state) == (1, State.CONNECTED)
