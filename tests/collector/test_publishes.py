"""What is cut out of a PUBLISH is what paho reads in it; what is not whole is left to paho."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt import client as mqtt
from paho.mqtt._packet import decode_publish
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from collector.inbox.publishes import Publish, cut


def packet(topic: bytes, mid: int, properties: bytes, payload: bytes) -> bytes:
    return struct.pack("!H", len(topic)) + topic + struct.pack("!H", mid) + properties + payload


def typed(text: str) -> bytes:
    properties = Properties(PacketTypes.PUBLISH)
    properties.ContentType = text
    packed: bytes = properties.pack()
    return packed


@given(
    st.text(min_size=1, max_size=40, alphabet="abc/1-ắ"),
    st.integers(1, 65_535),
    st.one_of(st.just(b"\0"), st.text(max_size=90, alphabet="ab/").map(typed)),
    st.binary(max_size=60),
)
def test_a_message_is_cut_as_paho_reads_it(topic, mid, properties, payload) -> None:
    whole = packet(topic.encode(), mid, properties, payload)

    read = decode_publish(0x32, whole, mqtt.MQTTv5)

    assert cut(whole) == Publish(read.topic, read.mid, read.payload)


@given(st.binary(max_size=12))
def test_no_bytes_are_an_error(anything) -> None:
    found = cut(anything)
    assert found is None or found.topic


@pytest.mark.parametrize(
    "whole",
    [
        packet(b"", 7, b"\0", b"x"),
        packet(b"a", 7, typed("x" * 200), b"x"),
        packet(b"a", 7, b"\x05", b"x"),
        packet(b"a", 7, b"", b""),
        packet(b"a", 7, b"\x02\x7f\x01", b"x"),
        packet(b"a", 7, b"\x05\x02\0\0\0\1", b"x"),
        b"\xff\xffa",
    ],
    ids=[
        "no topic",
        "long properties",
        "properties cut off",
        "none",
        "unknown",
        "expiry",
        "topic cut off",
    ],
)
def test_what_is_not_as_usual_is_left_to_paho(whole) -> None:
    assert cut(whole) is None
