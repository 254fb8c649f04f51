"""One connection to the broker, as long as it lasts. Its callbacks only put things on a queue and never raise: paho's
network thread would die silently (shared facts, uplink section 4)."""

import queue
import ssl
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from kiosk.wire.topics import Channel, pattern

KEEPALIVE_S = 30
# the broker keeps what arrives while the collector is away; kiosks keep it in any case
SESSION_EXPIRY_S = 7 * 24 * 3600
RECEIVE_MAXIMUM = 2000


@dataclass(frozen=True)
class Endpoint:
    host: str
    port: int
    name: str
    ca_file: Path
    certificate_file: Path
    key_file: Path


@dataclass(frozen=True)
class Message:
    """What the broker handed over, and the connection on which it must be acknowledged."""

    connection: "Connection"
    topic: str
    payload: bytes
    mid: int
    qos: int


class Connection:
    """`lost` is set when the connection has ended or could not be made; `refusal` then says why, if anybody knows."""

    def __init__(self, endpoint: Endpoint, arrived: "queue.SimpleQueue[Message]") -> None:
        self.lost = threading.Event()
        self.subscribed = threading.Event()
        self.refusal = ""
        self._endpoint = endpoint
        self._arrived = arrived
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=endpoint.name,
            protocol=mqtt.MQTTv5,
            manual_ack=True,
        )
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_disconnect = self._on_disconnect
        self._client = client

    def open(self) -> None:
        """Raise OSError (also for bad certificates) when there is no broker to talk to."""
        endpoint = self._endpoint
        context = ssl.create_default_context(cafile=str(endpoint.ca_file))
        context.load_cert_chain(str(endpoint.certificate_file), str(endpoint.key_file))
        self._client.tls_set_context(context)
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = SESSION_EXPIRY_S
        properties.ReceiveMaximum = RECEIVE_MAXIMUM
        self._client.connect(
            endpoint.host,
            endpoint.port,
            keepalive=KEEPALIVE_S,
            clean_start=False,
            properties=properties,
        )
        self._client.loop_start()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def acknowledge(self, message: Message) -> None:
        self._client.ack(message.mid, message.qos)

    def publish(self, topic: str, payload: bytes) -> None:
        """QoS 1, never retained. What is lost here is healed by the next receipt."""
        self._client.publish(topic, payload, qos=1)

    def _on_connect(
        self, client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any
    ) -> None:
        if reason.is_failure:
            self.refusal = str(reason)
            self.lost.set()
            return
        client.subscribe([(pattern(channel), 1) for channel in (Channel.EVENT, Channel.STATUS)])

    def _on_subscribe(
        self, _client: mqtt.Client, _data: Any, _mid: int, reasons: Any, _properties: Any
    ) -> None:
        refused = [str(reason) for reason in reasons if reason.is_failure]
        if refused:
            self.refusal = refused[0]
            self.lost.set()
        else:
            self.subscribed.set()

    def _on_message(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        self._arrived.put(
            Message(self, _topic(message), bytes(message.payload), message.mid, message.qos)
        )

    def _on_disconnect(
        self, _client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any
    ) -> None:
        if not self.refusal:
            self.refusal = str(reason)
        self.lost.set()


def _topic(message: mqtt.MQTTMessage) -> str:
    try:
        return str(message.topic)
    except UnicodeDecodeError:
        return ""
