"""A paho client set up for one connection: MQTT 5, QoS 1, no reconnecting of its own, the last will in place."""

import socket
from functools import cache, cached_property
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from kiosk.uplink.settings import UplinkSettings
from kiosk.wire import documents, status, topics

# the largest that comes down is a document in its envelope, every quote of it doubled; the broker drops what is larger
OUR_PACKET_BYTES = 2 * documents.MAX_BYTES + 1_024


def new_client(settings: UplinkSettings, will: bytes) -> Client:
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=settings.kiosk,
        protocol=MQTTProtocolVersion.MQTTv5,
        reconnect_on_failure=False,
    )
    delayed = _properties(PacketTypes.WILLMESSAGE)
    delayed.WillDelayInterval = settings.will_delay_s
    delayed.ContentType = status.CONTENT_TYPE
    topic = topics.topic(settings.kiosk, topics.Channel.STATUS)
    client.will_set(topic, will, qos=1, retain=True, properties=delayed)
    client.on_socket_open = _send_at_once
    return client


def connect_properties(settings: UplinkSettings) -> Properties:
    properties = _properties(PacketTypes.CONNECT)
    properties.SessionExpiryInterval = settings.session_expiry_s
    properties.MaximumPacketSize = OUR_PACKET_BYTES
    return properties


@cache  # made for every message they would cost more than the rest of it
def publish_properties(content_type: str, expiry_s: int) -> Properties:
    """`expiry_s` 0: the message never expires. Not to be changed."""
    properties = _Packed(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.ContentType = content_type
    if expiry_s:
        properties.MessageExpiryInterval = expiry_s
    return properties


class _Packed(Properties):
    """Turned into bytes once, and not for every message: a third of what paho spends on one."""

    def pack(self) -> bytes:
        return self._once

    @cached_property
    def _once(self) -> bytes:
        return bytes(super().pack())  # type: ignore[no-untyped-call]


def _send_at_once(client: Client, userdata: Any, sock: Any) -> None:
    # Nagle would hold each small message back until the one before is acknowledged
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _properties(packet: int) -> Properties:
    return Properties(packet)  # type: ignore[no-untyped-call]  # paho has left it so
