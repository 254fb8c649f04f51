"""A visit as kiosks write it is read by one pattern, any other message field by field. A space in front of the first
key changes nothing of what JSON says, and leads past the pattern."""

import random
from dataclasses import replace

import pytest

from kiosk.wire import events, plain_visit
from kiosk.wire.errors import WireError
from kiosk.wire.events import Event
from kiosk.wire.ids import uuid7

_BYTES = b'0123456789abcdef{}[]:,"\\=-+/ .eTZ_\x00\xc3\xff'


def _as_told(payload: bytes) -> Event | str:
    try:
        return events.decode(payload, "cho-1")
    except WireError as error:
        return str(error)


def _spaced(payload: bytes) -> bytes:
    return payload[:1] + b" " + payload[1:]


def _visits(visit: Event) -> list[bytes]:
    data = visit.data
    changed = [
        visit,
        replace(visit, data=replace(data, follows=uuid7(7, bytes(10)))),
        replace(visit, data=replace(data, link=None)),
        replace(visit, data=replace(data, contact=None)),
        replace(visit, data=replace(data, link=None, contact=None), prev_hash=""),
    ]
    return [events.encode(each) for each in changed]


def test_what_kiosks_write_is_found_by_the_pattern_and_means_the_same(sealed_visit: Event) -> None:
    for payload in _visits(sealed_visit):
        assert plain_visit.find(payload) is not None
        assert plain_visit.find(_spaced(payload)) is None
        assert events.decode(payload, "cho-1") == events.decode(_spaced(payload), "cho-1")


def test_whatever_happens_to_its_bytes_both_ways_say_the_same(sealed_visit: Event) -> None:
    chance = random.Random(5)
    found = 0
    for payload in _visits(sealed_visit):
        for _ in range(2_000):
            hurt = bytearray(payload)
            for _ in range(chance.choice((1, 1, 1, 2, 3))):
                place = chance.randrange(len(hurt))
                what = chance.choice((b"", chance.choice(_BYTES).to_bytes(), hurt[place:][:40]))
                hurt[place : place + chance.choice((0, 1, 1, 1))] = what
            found += plain_visit.find(bytes(hurt)) is not None
            # the space may be one byte too many for a payload that is near the limit: these are not
            assert _as_told(bytes(hurt)) == _as_told(_spaced(bytes(hurt))), bytes(hurt)
    assert found > 500  # so that the pattern was really asked


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"seq":17', b'"seq":2147483648'),
        (b'"seq":17', b'"seq":017'),
        (b"T01:02:03", b"T25:02:03"),
        (b"-11-24T", b"-02-30T"),
        (b"/kiosk/cho-1", b"/kiosk/cho-2"),
        (b'"sealed":"AAAA', b'"sealed":"AAA'),
        (b'AA=="', b'A==="'),
        (b'"in"', b'"In"'),
    ],
)
def test_what_only_looks_like_one_is_refused_for_the_same_reason(
    sealed_visit: Event, old: bytes, new: bytes
) -> None:
    payload = events.encode(replace(sealed_visit, seq=17))
    hurt = payload.replace(old, new)
    assert hurt != payload

    assert isinstance(_as_told(hurt), str)
    assert _as_told(hurt) == _as_told(_spaced(hurt))


def test_one_that_is_too_large_is_refused_before_it_is_read(sealed_visit: Event) -> None:
    long = b'"sealed":"' + b"AAAA" * 1_250
    large = events.encode(sealed_visit).replace(b'"sealed":"', long)

    assert len(large) > 8_192
    assert plain_visit.find(large) is not None
    assert _as_told(large) == "too_large"
