"""One connection to the broker, from its first packet to its last, in a thread of its own. Never used twice.

paho resends by itself after a reconnect, counts message ids from 1 in every object, and dies silently when a callback
raises (shared facts, uplink section 4). So each connection is a new client object; its network loop runs in our
thread, where an exception ends the connection and is reported; and callbacks only put news on a queue.
"""

import logging
import queue
import select
import socket
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

TURN_S = 1.0
CLOSE_S = 2.0
# what holds where a CONNACK says nothing (OASIS standard, 3.2.2.3); the largest packet that MQTT can describe
_RECEIVE_MAXIMUM = 65_535
_PACKET_BYTES = 268_435_455


class Connection:
    """The constructor stores; `open` starts. Everything that follows is told through `news`, the end included."""

    def __init__(
        self,
        settings: UplinkSettings,
        generation: int,
        will: bytes,
        news: "queue.SimpleQueue[News]",
    ) -> None:
        self._settings = settings
        self._generation = generation
        self._news = news
        self._client = new_client(settings, will)
        self._wake_read, self._wake_write = socket.socketpair()
        self._thread = threading.Thread(
            target=self._run, name=f"uplink-connection-{generation}", daemon=True
        )
        self._closing = False
        self._accepted = False
        self._farewell: tuple[Fault, str] | None = None
        self._over_a_packet = False

    def open(self) -> None:
        client = self._client
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        client.on_disconnect = self._on_disconnect
        client.on_socket_register_write = lambda *_: self._wake()
        self._thread.start()

    def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        content_type: str,
        retain: bool = False,
        expiry_s: int = 0,
    ) -> int | None:
        """Hand a message over at QoS 1. Its message id, or None when the connection is no more."""
        properties = publish_properties(content_type, expiry_s)
        info = self._client.publish(topic, payload, qos=1, retain=retain, properties=properties)
        return info.mid if info.rc == MQTTErrorCode.MQTT_ERR_SUCCESS else None

    def subscribe(self, topic: str) -> None:
        self._client.subscribe(topic, qos=1)

    def close(self) -> None:
        """Say goodbye, so that the last will is not published, and end. May be called twice."""
        self._client.disconnect()
        self._closing = True
        self._wake()
        self._thread.join(CLOSE_S)

    # ---- the thread

    def _run(self) -> None:
        fault, detail = Fault.BROKEN, ""
        try:
            fault, detail = self._connect_and_serve()
        except Exception as error:  # the edge of a thread: whatever a hostile broker made paho do
            log.exception("connection %d broke", self._generation)
            detail = type(error).__name__
        finally:
            if (sock := self._client.socket()) is not None:
                sock.close()
            self._wake_read.close()
            self._wake_write.close()
            self._news.put(Ended(self._generation, fault, detail, self._over_a_packet))

    def _connect_and_serve(self) -> tuple[Fault, str]:
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
            self._serve()
        except ssl.SSLError as error:
            return own or faults.of_tls(error), error.reason or type(error).__name__
        except OSError as error:
            return Fault.BROKER_ABSENT, error.strerror or type(error).__name__
        if self._farewell is not None:
            return self._farewell
        if context is not None and not self._accepted:
            return own or Fault.CERTIFICATE_REFUSED, "ended before it was accepted"
        return Fault.BROKER_ABSENT, "connection lost"

    def _serve(self) -> None:
        """Until the connection is over. paho's own loop would swallow what we must know."""
        heard_s = time.monotonic()
        while (sock := self._client.socket()) is not None:
            wanting = [sock] if self._client.want_write() else []
            readable, _, _ = select.select([sock, self._wake_read], wanting, [], TURN_S)
            if self._wake_read in readable:
                self._wake_read.recv(4_096)
            if sock in readable:
                heard_s = time.monotonic()
                self._read(sock)
            if self._client.want_write():
                self._client.loop_write()
            self._client.loop_misc()
            if time.monotonic() - heard_s > self._settings.silence_s:
                return
            if self._closing and not self._client.want_write():
                return

    def _read(self, sock: Any) -> None:
        code = self._client.loop_read()
        while self._client.socket() is sock and isinstance(sock, ssl.SSLSocket) and sock.pending():
            code = self._client.loop_read()  # decrypted already: select would not tell
        if code == MQTTErrorCode.MQTT_ERR_PROTOCOL:
            self._over_a_packet = True
            self._farewell = Fault.BROKEN, "an answer that is not MQTT 5"

    def _wake(self) -> None:
        with suppress(OSError):  # the connection has just ended
            self._wake_write.send(b"\0")

    # ---- callbacks of paho, in the thread

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
        self._news.put(Opened(self._generation, receive_maximum, packet_bytes))

    def _on_subscribe(
        self,
        client: Client,
        userdata: Any,
        mid: int,
        codes: list[ReasonCode],
        properties: Properties | None,
    ) -> None:
        granted = all(not code.is_failure for code in codes)
        self._news.put(Subscribed(self._generation, granted))

    def _on_publish(
        self,
        client: Client,
        userdata: Any,
        mid: int,
        code: ReasonCode,
        properties: Properties | None,
    ) -> None:
        self._news.put(Acknowledged(self._generation, mid, code.value, str(code)))

    def _on_message(self, client: Client, userdata: Any, message: MQTTMessage) -> None:
        with suppress(UnicodeDecodeError):  # a topic that is none: nothing we have subscribed to
            self._news.put(Arrived(self._generation, message.topic, bytes(message.payload)))

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
