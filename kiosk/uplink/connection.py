"""One connection to the broker, from its first packet to its last. Never used twice.

paho resends by itself after a reconnect, counts message ids from 1 in every object, and dies silently when a callback
raises (shared facts, uplink section 4). So each connection is a new client object. Only the connecting, which may take
long, has a thread of its own; then the packets are moved by `turn`, in the caller's thread: there an exception ends
the connection and is told, and no message has to be handed from thread to thread.
"""

import logging
import select
import ssl
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from kiosk.uplink import faults
from kiosk.uplink.client import connect_properties, new_client, publish_properties
from kiosk.uplink.faults import Fault
from kiosk.uplink.news import Acknowledged, Arrived, Ended, News, Opened, Subscribed
from kiosk.uplink.settings import UplinkSettings
from kiosk.uplink.tls import context_for, fault_of_own_certificate

log = logging.getLogger(__name__)

MISC_EVERY_S = 1.0
CLOSE_S = 2.0
# what holds where a CONNACK says nothing (OASIS standard, 3.2.2.3); the largest packet that MQTT can describe
_RECEIVE_MAXIMUM = 65_535
_PACKET_BYTES = 268_435_455


class Connection:
    """The constructor stores; `open` begins. All that follows is told by `turn`, the end included, and last."""

    def __init__(self, settings: UplinkSettings, generation: int, will: bytes) -> None:
        self._settings = settings
        self._generation = generation
        self._client = new_client(settings, will)
        self._connecting = threading.Thread(
            target=self._connect, name=f"uplink-connecting-{generation}", daemon=True
        )
        self._heard: list[News] = []
        self._heard_s = 0.0
        self._misc_at_s = 0.0
        self._closing = False
        self._accepted = False
        self._failure: tuple[Fault, str] | None = None  # of the connecting
        self._farewell: tuple[Fault, str] | None = None
        self._over_a_packet = False

    def open(self) -> None:
        client = self._client
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        client.on_disconnect = self._on_disconnect
        client.on_socket_register_write = _later
        self._connecting.start()

    def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        content_type: str,
        retain: bool = False,
        expiry_s: int = 0,
    ) -> int | None:
        """Hand a message over at QoS 1, to go with the next turn. Its message id, or None when the connection is no
        more."""
        properties = publish_properties(content_type, expiry_s)
        info = self._client.publish(topic, payload, qos=1, retain=retain, properties=properties)
        return info.mid if info.rc == MQTTErrorCode.MQTT_ERR_SUCCESS else None

    def subscribe(self, topics: list[str]) -> None:
        self._client.subscribe([(topic, 1) for topic in topics])

    def turn(self, wait_s: float) -> list[News]:
        """Send what there is to send, and what has come; waits so long for the first of it. An `Ended` is the last
        that there will ever be."""
        if self._connecting.is_alive():
            self._connecting.join(wait_s)
            return []
        end = self._failure or self._move(wait_s)
        heard, self._heard = self._heard, []
        if end is not None:
            self._shut()
            heard.append(Ended(self._generation, *end, self._over_a_packet))
        return heard

    def close(self) -> None:
        """Say goodbye, so that the last will is not published, and end. May be called twice."""
        self._closing = True
        if self._connecting.is_alive():
            return  # it ends itself
        deadline_s = time.monotonic() + CLOSE_S
        with suppress(OSError, ValueError):  # it has just ended by itself
            self._client.disconnect()
            while self._client.want_write() and (sock := self._client.socket()) is not None:
                select.select([], [sock], [], max(0.0, deadline_s - time.monotonic()))
                self._client.loop_write()
                if time.monotonic() >= deadline_s:
                    break
        self._shut()

    def cut(self) -> None:
        """End without a word, as when the power goes."""
        self._closing = True  # one that is still connecting ends itself
        if not self._connecting.is_alive():
            self._shut()

    # ---- the thread that connects

    def _connect(self) -> None:
        try:
            self._failure = self._failure_to_connect()
        except Exception as error:  # the edge of a thread: whatever a hostile broker made paho do
            log.exception("connection %d broke", self._generation)
            self._failure = Fault.BROKEN, type(error).__name__
        self._heard_s = time.monotonic()
        if self._closing:
            self._failure = Fault.BROKER_ABSENT, "closed while connecting"
        if self._failure is not None:
            self._shut()

    def _failure_to_connect(self) -> tuple[Fault, str] | None:
        settings = self._settings
        own = fault_of_own_certificate(settings, datetime.now(UTC))
        try:
            context = context_for(settings)
        except OSError:  # ssl.SSLError is one of them
            return Fault.CERTIFICATE_MISSING, "the certificate, its key or its authority"
        if context is not None:
            self._client.tls_set_context(context)
        try:
            self._client.connect(
                settings.host,
                settings.port,
                keepalive=settings.keepalive_s,
                clean_start=True,
                properties=connect_properties(settings),
            )
        except ssl.SSLError as error:
            return own or faults.of_tls(error), error.reason or type(error).__name__
        except OSError as error:
            return Fault.BROKER_ABSENT, error.strerror or type(error).__name__
        return None

    # ---- the caller's thread

    def _move(self, wait_s: float) -> tuple[Fault, str] | None:
        """Packets out and in. How the connection has ended, if it has."""
        try:
            alive = self._exchange(wait_s)
        except ssl.SSLError as error:
            return self._own_fault() or faults.of_tls(error), error.reason or type(error).__name__
        except OSError as error:
            return Fault.BROKER_ABSENT, error.strerror or type(error).__name__
        except Exception as error:  # whatever a hostile broker makes paho do
            log.exception("connection %d broke", self._generation)
            return Fault.BROKEN, type(error).__name__
        if alive:
            return None
        if self._farewell is not None:
            return self._farewell
        if self._settings.ca_file is not None and not self._accepted:
            return self._own_fault() or Fault.CERTIFICATE_REFUSED, "ended before it was accepted"
        return Fault.BROKER_ABSENT, "connection lost"

    def _exchange(self, wait_s: float) -> bool:
        """Whether the connection stands. paho's own loop would swallow what we must know."""
        client = self._client
        if client.want_write():
            client.loop_write()
        sock = client.socket()
        if sock is None:
            return False
        wanting = [sock] if client.want_write() else []
        readable, _, _ = select.select([sock], wanting, [], wait_s)
        now_s = time.monotonic()
        if readable:
            self._heard_s = now_s
            self._read(sock)
        if now_s >= self._misc_at_s:
            self._misc_at_s = now_s + MISC_EVERY_S
            client.loop_misc()
        return client.socket() is not None and now_s - self._heard_s <= self._settings.silence_s

    def _read(self, sock: Any) -> None:
        code = self._client.loop_read()
        while self._client.socket() is sock and isinstance(sock, ssl.SSLSocket) and sock.pending():
            code = self._client.loop_read()  # decrypted already: select would not tell
        if code == MQTTErrorCode.MQTT_ERR_PROTOCOL:
            self._over_a_packet = True
            self._farewell = Fault.BROKEN, "an answer that is not MQTT 5"

    def _own_fault(self) -> Fault:
        return fault_of_own_certificate(self._settings, datetime.now(UTC))

    def _shut(self) -> None:
        if (sock := self._client.socket()) is not None:
            sock.close()
        self._failure = self._failure or self._farewell or (Fault.BROKER_ABSENT, "closed")

    # ---- callbacks of paho, within a turn

    def _on_connect(
        self,
        client: Client,
        userdata: Any,
        flags: Any,
        code: ReasonCode,
        properties: Properties | None,
    ) -> None:
        if code.is_failure:
            self._farewell = faults.of_code(code.value), str(code)
            client.disconnect()
            return
        self._accepted = True
        receive_maximum = getattr(properties, "ReceiveMaximum", _RECEIVE_MAXIMUM)
        packet_bytes = getattr(properties, "MaximumPacketSize", _PACKET_BYTES)
        self._heard.append(Opened(self._generation, receive_maximum, packet_bytes))

    def _on_subscribe(
        self,
        client: Client,
        userdata: Any,
        mid: int,
        codes: list[ReasonCode],
        properties: Properties | None,
    ) -> None:
        granted = tuple(not code.is_failure for code in codes)
        self._heard.append(Subscribed(self._generation, granted))

    def _on_publish(
        self,
        client: Client,
        userdata: Any,
        mid: int,
        code: ReasonCode,
        properties: Properties | None,
    ) -> None:
        name = "" if code.value == faults.SUCCESS else str(code)
        self._heard.append(Acknowledged(self._generation, mid, code.value, name))

    def _on_message(self, client: Client, userdata: Any, message: MQTTMessage) -> None:
        with suppress(UnicodeDecodeError):  # a topic that is none: nothing we have subscribed to
            topic = message.topic
            self._heard.append(Arrived(self._generation, topic, bytes(message.payload)))

    def _on_disconnect(
        self,
        client: Client,
        userdata: Any,
        flags: Any,
        code: ReasonCode,
        properties: Properties | None,
    ) -> None:
        if flags.is_disconnect_packet_from_server and self._farewell is None:
            self._farewell = faults.of_code(code.value), str(code)
            self._over_a_packet = faults.is_over_a_packet(code.value)


def _later(client: Client, userdata: Any, sock: Any) -> None:
    """As long as there is such a callback paho leaves the writing to us: one turn sends all there is."""
