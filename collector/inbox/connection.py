"""One connection to the broker, as long as it lasts.

paho's callbacks run on its network thread, and an exception in one ends that thread while `is_connected()` stays True
(shared facts, uplink section 4). So they only put things on a queue, none can raise, and whoever holds the connection
asks `has_ended`, which knows a dead thread too.
"""

import contextlib
import queue
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from collector.config import BrokerSection
from kiosk.wire import receipts
from kiosk.wire.topics import Channel, pattern

KEEPALIVE_S = 30
# the broker keeps what arrives while the collector is away; kiosks keep it in any case
SESSION_EXPIRY_S = 7 * 24 * 3600
# unacknowledged at once; mosquitto 2.0.11 may exceed it, hence the bounded queue
RECEIVE_MAXIMUM = 2_000
# receipts that wait for their own acknowledgement; beyond it they are dropped, and the next ones heal it
MAX_RECEIPTS_WAITING = 10_000

SUBSCRIPTIONS = (Channel.EVENT, Channel.STATUS, Channel.HEALTH)


@dataclass(frozen=True)
class Message:
    """What the broker handed over, and the connection on which it must be acknowledged."""

    connection: "Connection"
    topic: str
    payload: bytes
    mid: int
    qos: int


class Connection:
    """`why` says, once it has ended, what is known of the reason. Nothing is opened before `open`."""

    def __init__(
        self, broker: BrokerSection, context: ssl.SSLContext, arrived: "queue.Queue[Message]"
    ) -> None:
        self.subscribed = threading.Event()
        self.why = ""
        self._ended = threading.Event()
        self._broker = broker
        self._arrived = arrived
        self._thread: threading.Thread | None = None
        self._client = self._new_client(context)

    def open(self) -> None:
        """Raise OSError when there is no broker to talk to, or none that can be trusted."""
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = SESSION_EXPIRY_S
        properties.ReceiveMaximum = RECEIVE_MAXIMUM
        self._client.connect(
            self._broker.host,
            self._broker.port,
            keepalive=KEEPALIVE_S,
            clean_start=False,  # mosquitto saves only sessions that began so
            properties=properties,
        )
        self._client.loop_start()
        name = f"paho-mqtt-client-{self._broker.name}"
        self._thread = next(thread for thread in threading.enumerate() if thread.name == name)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        sock = self._client.socket()
        if sock is not None:
            sock.close()

    def wait(self, timeout_s: float) -> None:
        """Returns early when the connection ends."""
        self._ended.wait(timeout_s)

    @property
    def has_ended(self) -> bool:
        if self._thread is not None and not self._thread.is_alive():
            self._end("the network thread has ended")
        return self._ended.is_set()

    def acknowledge(self, message: Message) -> None:
        self._unless_ended(lambda: self._client.ack(message.mid, message.qos))

    def publish(self, topic: str, payload: bytes) -> None:
        """A receipt: QoS 1, never retained. One that is lost is healed by the next."""
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.ContentType = receipts.CONTENT_TYPE
        self._unless_ended(
            lambda: self._client.publish(topic, payload, qos=1, properties=properties)
        )

    def _new_client(self, context: ssl.SSLContext) -> mqtt.Client:
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._broker.name,
            protocol=mqtt.MQTTv5,
            reconnect_on_failure=False,  # a new client for each connection
            manual_ack=True,
        )
        client.tls_set_context(context)
        client.max_queued_messages_set(MAX_RECEIPTS_WAITING)
        client.on_connect = self._guarded(self._on_connect)
        client.on_subscribe = self._guarded(self._on_subscribe)
        client.on_message = self._guarded(self._on_message)
        client.on_disconnect = self._guarded(self._on_disconnect)
        return client

    def _on_connect(
        self, client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any
    ) -> None:
        if reason.is_failure:
            self._end(str(reason))
        else:
            client.subscribe([(pattern(channel), 1) for channel in SUBSCRIPTIONS])

    def _on_subscribe(
        self, _client: mqtt.Client, _data: Any, _mid: int, reasons: Any, _properties: Any
    ) -> None:
        refused = [str(reason) for reason in reasons if reason.is_failure]
        if refused:
            self._end(f"a subscription was refused: {refused[0]}")
        else:
            self.subscribed.set()

    def _on_message(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        topic = ""
        with contextlib.suppress(UnicodeDecodeError):
            topic = message.topic
        try:
            self._arrived.put_nowait(
                Message(self, topic, bytes(message.payload), message.mid, message.qos)
            )
        except queue.Full:
            # not acknowledged: the broker hands all of it over again, on the next connection
            self._end("more arrives than is committed")

    def _on_disconnect(
        self, _client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any
    ) -> None:
        self._end(str(reason))

    def _end(self, why: str) -> None:
        if not self._ended.is_set():
            self.why = why
            self._ended.set()

    def _guarded(self, callback: Callable[..., None]) -> Callable[..., None]:
        def call(*arguments: Any) -> None:
            try:
                callback(*arguments)
            except Exception as error:  # the edge to paho's thread, which would end without a word
                self._end(f"a callback failed: {type(error).__name__}")

        return call

    def _unless_ended(self, act: Callable[[], object]) -> None:
        if self._ended.is_set():
            return
        try:
            act()
        except OSError as error:
            self._end(error.strerror or "connection lost")
