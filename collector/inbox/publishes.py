"""paho, with a short way for what comes most: a message with QoS 1.

For each paho makes two `Properties` of 27 names, a message object, a line of a log that nobody reads, and takes three
locks: half of all that it does, for a topic, a number and a payload. What is not as usual goes paho's own way.
"""

from collections.abc import Callable
from typing import NamedTuple

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

_QOS, _QOS_1 = 0x06, 0x02
_CONTENT_TYPE = 0x03


class Publish(NamedTuple):
    topic: bytes
    mid: int
    payload: bytes


class Client(mqtt.Client):
    """`take` is called on the thread of the loop with each message of QoS 1, which must be acknowledged by hand."""

    def __init__(self, client_id: str, take: Callable[[Publish], None]) -> None:
        super().__init__(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=mqtt.MQTTv5,
            manual_ack=True,
        )
        self._take = take

    def _handle_publish(self) -> MQTTErrorCode:
        packet = self._in_packet
        found = cut(packet["packet"]) if packet["command"] & _QOS == _QOS_1 else None
        if found is None:
            return super()._handle_publish()
        self._take(found)
        return MQTTErrorCode.MQTT_ERR_SUCCESS


def cut(packet: bytes | bytearray) -> Publish | None:
    """Of a PUBLISH of MQTT 5 with QoS 1, after its fixed header (3.3.2). None when it is cut off, without a topic, or
    has other properties than a short type of content, which is all that kiosks give."""
    if len(packet) < 5:
        return None
    at = 2 + int.from_bytes(packet[:2], "big")
    if at == 2 or len(packet) < at + 3:
        return None
    size, begin = packet[at + 2], at + 3 + packet[at + 2]
    if size > 127 or len(packet) < begin or not (size == 0 or _is_type(packet[at + 3 : begin])):
        return None
    mid = int.from_bytes(packet[at : at + 2], "big")
    return Publish(bytes(packet[2:at]), mid, bytes(packet[begin:]))


def _is_type(properties: bytes | bytearray) -> bool:
    length = int.from_bytes(properties[1:3], "big")
    return properties[0] == _CONTENT_TYPE and len(properties) == 3 + length
