"""One connection to the broker, from its first packet to its last, on the thread that calls `run`. Never used twice.

paho's own network thread dies without a word when a callback raises, while `is_connected()` stays True (shared facts,
uplink section 4). So the loop is ours: what goes wrong in it is seen. And it reads only while there is room for what
comes, so that the rest waits at the broker.
"""

import queue
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from collector.broker_rights import shared_out
from collector.config import BrokerSection
from collector.documents import Outgoing
from collector.inbox.commands import Spoken
from collector.inbox.publishes import Client, Publish
from collector.inbox.tls import GatheringSocket
from kiosk.wire import signed
from kiosk.wire.topics import Channel, pattern

KEEPALIVE_S = 30
# the broker keeps what arrives while the collector is away; kiosks keep it in any case
SESSION_EXPIRY_S = 7 * 24 * 3600
# unacknowledged at once; mosquitto 2.0.11 exceeds it, hence the bound of our own
RECEIVE_MAXIMUM = 2_000
# receipts not yet acknowledged; beyond it they are dropped, and the next ones heal it
MAX_RECEIPTS = 10_000
SHARED_OUT = (Channel.EVENT, Channel.HEALTH)

# an event and its topic and properties; the broker, which must let documents pass, keeps what is larger from us
MAX_PACKET_BYTES = 10_000
DOCUMENTS_EVERY_S = 1.0

ANSWER_TIMEOUT_S = 10.0
TURN_S = 0.25


@dataclass(frozen=True, slots=True)
class Message:
    """What the broker handed over, and the connection on which it must be acknowledged."""

    connection: "Connection"
    topic: str
    payload: bytes
    mid: int


class Connection:
    """`is_ready` once the broker has granted the subscriptions; `why` says, after the end, what is known of it."""

    def __init__(
        self,
        broker: BrokerSection,
        context: ssl.SSLContext,
        arrived: "queue.SimpleQueue[Message]",
        max_waiting: int,
        ready: Callable[[], None],
        documents: Callable[[], Sequence[Outgoing]],
        commands: Callable[[], Sequence[Spoken]],
    ) -> None:
        """What comes is put on `arrived`, about `max_waiting` of it at most; `ready` is called when it begins.

        `documents` are published, retained, when it begins and whenever one of them changes; `commands` once.
        """
        self.is_ready = False
        self.why = "the connection was lost"
        self._broker = broker
        self._arrived = arrived
        self._max_waiting = max_waiting
        self._ready = ready
        self._documents = documents
        self._commands = commands
        self._published: dict[str, bytes] = {}
        self._look_again_s = 0.0
        self._wake_read, self._wake_write = socket.socketpair()
        self._client = self._new_client(context)

    def run(self, stop: threading.Event) -> None:
        """Until it is lost or `stop` is set. Raise OSError when there is no broker, or none that can be trusted."""
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = SESSION_EXPIRY_S
        properties.ReceiveMaximum = RECEIVE_MAXIMUM
        properties.MaximumPacketSize = MAX_PACKET_BYTES
        try:
            self._client.connect(
                self._broker.host,
                self._broker.port,
                keepalive=KEEPALIVE_S,
                clean_start=False,  # mosquitto saves only sessions that began so
                properties=properties,
            )
            self._serve(stop)
        finally:
            self._leave()

    # ---- for the committer's thread; harmless after the end

    def acknowledge(self, message: Message) -> None:
        """Goes out with the next `flush`."""
        self._client.ack(message.mid, 1)

    def publish(self, topic: str, payload: bytes) -> None:
        """A receipt: QoS 1, never retained. One that is lost is healed by the next."""
        self._publish(topic, payload, retain=False)

    def flush(self) -> None:
        with suppress(OSError):  # it has just ended
            self._wake_write.send(b"\0")

    def _publish(
        self, topic: str, payload: bytes, *, retain: bool, expiry_s: int | None = None
    ) -> None:
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        if expiry_s is not None:
            properties.MessageExpiryInterval = expiry_s
        properties.ContentType = signed.CONTENT_TYPE
        self._client.publish(topic, payload, qos=1, retain=retain, properties=properties)

    # ---- the loop

    def _serve(self, stop: threading.Event) -> None:
        deadline_s = time.monotonic() + ANSWER_TIMEOUT_S
        while not stop.is_set():
            sock = self._client.socket()
            if not isinstance(sock, GatheringSocket):
                return  # closed by paho: the connection is lost
            sock.gathers = True
            if not self.is_ready and time.monotonic() > deadline_s:
                self.why = "no answer"
                return
            if self.is_ready and time.monotonic() > self._look_again_s:
                self._publish_documents()
                for command in self._commands():
                    self._publish(
                        command.topic, command.payload, retain=False, expiry_s=command.expiry_s
                    )
            self._turn(sock)

    def _publish_documents(self) -> None:
        self._look_again_s = time.monotonic() + DOCUMENTS_EVERY_S
        for document in self._documents():
            if self._published.get(document.topic) != document.payload:
                self._publish(document.topic, document.payload, retain=True)
                self._published[document.topic] = document.payload

    def _turn(self, sock: GatheringSocket) -> None:
        has_room = self._arrived.qsize() < self._max_waiting
        reading = [self._wake_read, sock] if has_room else [self._wake_read]
        writing = [sock] if self._client.want_write() or sock.has_more else []
        # what is decrypted already does not show in select
        timeout_s = 0.0 if has_room and sock.pending() else TURN_S
        readable, _, _ = select.select(reading, writing, [], timeout_s)
        if self._wake_read in readable:
            self._wake_read.recv(4096)
        if sock in readable or (has_room and sock.pending()):
            self._read(sock)
        if self._client.want_write():
            self._client.loop_write()
        sock.send_gathered()
        self._client.loop_misc()

    def _read(self, sock: ssl.SSLSocket) -> None:
        self._client.loop_read()
        while (
            self._client.socket() is sock
            and sock.pending()
            and self._arrived.qsize() < self._max_waiting
        ):
            self._client.loop_read()

    def _leave(self) -> None:
        self._client.disconnect()
        if self._client.want_write():
            self._client.loop_write()
        sock = self._client.socket()
        if sock is not None:
            sock.close()
        self._wake_read.close()
        self._wake_write.close()

    # ---- paho's callbacks, on the same thread

    def _new_client(self, context: ssl.SSLContext) -> mqtt.Client:
        client = Client(self._broker.name, self._on_publish)
        client.tls_set_context(context)
        client.max_queued_messages_set(MAX_RECEIPTS)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_disconnect = self._on_disconnect
        # with it paho leaves all writing to the loop, whichever thread has something to send
        client.on_socket_register_write = lambda *_: self.flush()
        return client

    def _on_connect(
        self, client: mqtt.Client, _data: Any, flags: Any, reason: Any, _properties: Any
    ) -> None:
        if reason.is_failure:
            self.why = str(reason)
        else:
            if flags.session_present:  # it may be of a time when the work was shared otherwise
                client.unsubscribe(_subscriptions(shared=not self._broker.shared)[1:])
            client.subscribe([(where, 1) for where in _subscriptions(shared=self._broker.shared)])

    def _on_subscribe(
        self, client: mqtt.Client, _data: Any, _mid: int, reasons: Any, _properties: Any
    ) -> None:
        refused = [str(reason) for reason in reasons if reason.is_failure]
        if refused:
            self.why = f"a subscription: {refused[0]}"
            client.disconnect()
        else:
            self.is_ready = True
            self._ready()

    def _on_publish(self, publish: Publish) -> None:
        topic = ""
        with suppress(UnicodeDecodeError):  # none of ours then: it is only acknowledged
            topic = publish.topic.decode()
        self._arrived.put(Message(self, topic, publish.payload, publish.mid))

    def _on_message(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        topic = ""
        with suppress(UnicodeDecodeError):  # none of ours then: it is only acknowledged
            topic = message.topic
        self._arrived.put(Message(self, topic, bytes(message.payload), message.mid))

    def _on_disconnect(
        self, _client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any
    ) -> None:
        if reason.is_failure and reason.getName() != "Unspecified error":  # which says nothing
            self.why = str(reason)


def _subscriptions(*, shared: bool) -> list[str]:
    """Statuses go to every worker: a shared subscription is not told what is retained."""
    share = shared_out if shared else pattern
    return [pattern(Channel.STATUS), *map(share, SHARED_OUT)]
