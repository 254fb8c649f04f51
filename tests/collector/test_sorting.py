import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.inbox.sorting import sort
from collector.ledger.port import Batch, Poison
from kiosk.wire.topics import Channel

STREAM = "00112233445566778899aabbccddeeff"
EVENT = "entrance/v1/cho-1/event"

MakeEvent = Callable[..., bytes]


def test_each_message_goes_where_its_topic_says(make_event: MakeEvent) -> None:
    status = {"state": "online", "stream": STREAM, "boot": 1, "birth": 2}
    status_bytes = json.dumps({**status, "at": "2026-11-24T01:00:00Z"}).encode()

    batch = sort([(EVENT, make_event(1)), ("entrance/v1/cho-1/status", status_bytes)])

    assert [taken.event.seq for taken in batch.events] == [1]
    assert [(kiosk, what.birth) for kiosk, what in batch.statuses] == [("cho-1", 2)]
    assert batch.poison == []


def test_the_bytes_of_an_event_are_kept_as_they_came(make_event: MakeEvent) -> None:
    payload = make_event(1, temperature=36.6)

    batch = sort([(EVENT, payload)])

    assert batch.events[0].payload == payload


def test_a_body_that_speaks_for_another_kiosk_is_poison_of_the_kiosk_that_sent_it(
    make_event: MakeEvent,
) -> None:
    payload = make_event(5, kiosk="cho-2")

    batch = sort([(EVENT, payload)])

    assert batch.events == []
    assert batch.poison == [Poison("cho-1", Channel.EVENT, "wrong_kiosk", payload, STREAM, 5)]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": "1"}, "bad_id"),
        ({"time": "yesterday"}, "bad_time"),
        ({"specversion": "2.0"}, "bad_version"),
        ({"data": {"verdict": "accepted"}}, "bad_data"),
    ],
)
def test_poison_that_tells_its_place_can_be_receipted(
    make_event: MakeEvent, changes: dict[str, object], reason: str
) -> None:
    batch = sort([(EVENT, make_event(7, **changes))])

    assert [(p.reason, p.stream, p.seq) for p in batch.poison] == [(reason, STREAM, 7)]


@pytest.mark.parametrize("changes", [{"seq": 0}, {"seq": True}, {"seq": 2**31}, {"stream": "x"}])
def test_poison_without_a_place_is_only_kept(
    make_event: MakeEvent, changes: dict[str, object]
) -> None:
    batch = sort([(EVENT, make_event(7, **changes))])

    assert [(p.stream, p.seq) for p in batch.poison] == [("", 0)]


def test_good_messages_beside_poison_are_taken(make_event: MakeEvent) -> None:
    batch = sort([(EVENT, make_event(1)), (EVENT, b"\xff\xfe"), (EVENT, make_event(2))])

    assert [taken.event.seq for taken in batch.events] == [1, 2]
    assert [poison.reason for poison in batch.poison] == ["not_utf8"]


@pytest.mark.parametrize("topic", ["", "a/b", "entrance/v2/cho-1/event", "entrance/v1/cho-1/x"])
def test_what_is_on_no_topic_of_ours_is_left_out(topic: str) -> None:
    assert sort([(topic, b"{}")]) == Batch([], [], [], [])


@given(st.binary(max_size=9000), st.sampled_from(["event", "status", "health"]))
def test_no_bytes_end_in_an_error(payload: bytes, channel: str) -> None:
    batch = sort([(f"entrance/v1/cho-1/{channel}", payload)])

    assert [poison.payload for poison in batch.poison] == [payload]
