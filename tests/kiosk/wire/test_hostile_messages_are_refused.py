"""A broker lets a stolen kiosk write what it likes to its own topic."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.wire import events, health, receipts, status, strict_json
from kiosk.wire.errors import Refusal, WireError

RAW = [
    ("one byte too many", b'{"a":"' + b"x" * (8_193 - 8) + b'"}', Refusal.TOO_LARGE),
    ("truncated", b'{"specversion":"1.0"', Refusal.NOT_JSON),
    ("empty", b"", Refusal.NOT_JSON),
    ("no UTF-8", b'{"a":"\xff"}', Refusal.NOT_UTF8),
    ("UTF-16", '{"a":1}'.encode("utf-16"), Refusal.NOT_UTF8),
    ("a byte order mark", b'\xef\xbb\xbf{"a":1}', Refusal.NOT_JSON),
    ("a list", b"[]", Refusal.NOT_AN_OBJECT),
    ("a number", b"7", Refusal.NOT_AN_OBJECT),
    ("the same key twice", b'{"seq":1,"seq":2}', Refusal.DUPLICATE_KEY),
    ("the same key twice, deep inside", b'{"a":[{"b":1,"b":1}]}', Refusal.DUPLICATE_KEY),
    ("NaN", b'{"a":NaN}', Refusal.NOT_JSON),
    ("infinity", b'{"a":-Infinity}', Refusal.NOT_JSON),
    ("a float beyond floats", b'{"a":1e999}', Refusal.NOT_JSON),
    ("a number of 5,000 digits", b'{"a":' + b"9" * 5_000 + b"}", Refusal.NOT_JSON),
    ("nested seven deep", b'{"a":' + b"[" * 6 + b"]" * 6 + b"}", Refusal.TOO_DEEP),
    ("nested four thousand deep", b'{"a":' + b"[" * 4_000 + b"]" * 4_000 + b"}", Refusal.TOO_DEEP),
    ("a lone surrogate", b'{"a":"\\ud800"}', Refusal.BAD_TEXT),
    ("a lone surrogate as a key", b'{"\\udfff":1}', Refusal.BAD_TEXT),
    ("a NUL", b'{"a":["\\u0000"]}', Refusal.BAD_TEXT),
    ("a raw control character", b'{"a":"\n"}', Refusal.NOT_JSON),
]


@pytest.mark.parametrize(("payload", "reason"), [r[1:] for r in RAW], ids=[r[0] for r in RAW])
def test_bytes_that_are_no_message_say_why(payload: bytes, reason: Refusal) -> None:
    with pytest.raises(WireError) as caught:
        strict_json.loads(payload)

    assert caught.value.reason is reason


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a" :2}',
        '{"a"\t:1,"b":"\\":","a"\n:2}',
        '{"a":{"b":1},"c":"\\":","a":2}',
        '{"a":[[{"b":1,"b":2}]],"c":"\\":"}',
        ' \n{"a":1,"\\u0061":2}\r ',
    ],
)
def test_a_key_that_stands_twice_is_found_however_it_is_written(text: str) -> None:
    with pytest.raises(WireError) as caught:
        strict_json.loads(text.encode())

    assert caught.value.reason is Refusal.DUPLICATE_KEY


names = st.sampled_from(["a", "b", '":', " :", "a:"])
written = st.recursive(
    st.sampled_from(["1", '"x"', '"\\":"', '" :"', '"{[["', "[]", "{}"]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: f"[{','.join(parts)}]")
        | st.lists(
            st.tuples(names, st.sampled_from([":", " :", "\t:", ": "]), inner), max_size=4
        ).map(lambda pairs: "{" + ",".join(json.dumps(n) + c + v for n, c, v in pairs) + "}")
    ),
    max_leaves=12,
)


@settings(max_examples=500, deadline=None)
@given(written)
def test_the_quick_look_for_keys_that_stand_twice_misses_none(text: str) -> None:
    found = []

    def pairs(each: list[tuple[str, Any]]) -> dict[str, Any]:
        found.append(len(dict(each)) != len(each))
        return dict(each)

    text = '{"all":' + text + "}"
    json.loads(text, object_pairs_hook=pairs)

    if any(found):
        with pytest.raises(WireError, match="duplicate_key"):
            strict_json.loads(text.encode(), max_depth=99)
    else:
        strict_json.loads(text.encode(), max_depth=99)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "AA",
        "AAA",
        "AAA=\n",
        "AA==AA==",
        "AAAA=",
        "AAAA====",
        "AA=A",
        "=AAA",
        "AA-_",
        "AAAA ",
        "AẠA=",
    ],
)
def test_what_is_no_base64_is_no_sealed_part(visit_event: events.Event, text: str) -> None:
    message = json.loads(events.encode(visit_event))
    message["data"]["link"] = {"key": "0" * 16, "sealed": text}

    with pytest.raises(WireError) as caught:
        events.decode(json.dumps(message).encode(), "cho-1")

    assert (caught.value.reason, caught.value.field) == (Refusal.BAD_DATA, "link")


def test_the_largest_message_and_a_surrogate_pair_are_welcome() -> None:
    largest = b'{"a":"' + b"x" * (8_192 - 8) + b'"}'

    assert len(strict_json.loads(largest)["a"]) == 8_184
    assert strict_json.loads(b'{"a":"\\ud83d\\ude00"}') == {"a": "\U0001f600"}
    assert strict_json.loads(b'{"a":' + b"[" * 5 + b"]" * 5 + b"}") == {"a": [[[[[]]]]]}


EVENT = [
    ("no version", "specversion", None, Refusal.BAD_VERSION),
    ("a later version", "specversion", "1.1", Refusal.BAD_VERSION),
    ("another kiosk", "source", "/kiosk/cho-2", Refusal.WRONG_KIOSK),
    ("a longer source", "source", "/kiosk/cho-1/x", Refusal.WRONG_KIOSK),
    ("a random id", "id", "7d444840-9dc0-41d1-b245-5ffdce74fad2", Refusal.BAD_ID),
    ("an id in capitals", "id", "019AB3C4-D5E6-7F01-8A2B-3C4D5E6F0001", Refusal.BAD_ID),
    ("an id with a newline", "id", "019ab3c4-d5e6-7f01-8a2b-3c4d5e6f0001\n", Refusal.BAD_ID),
    ("seq 0", "seq", 0, Refusal.BAD_SEQ),
    ("a negative seq", "seq", -1, Refusal.BAD_SEQ),
    ("seq as text", "seq", "7", Refusal.BAD_SEQ),
    ("seq as a float", "seq", 7.0, Refusal.BAD_SEQ),
    ("seq as truth", "seq", True, Refusal.BAD_SEQ),
    ("seq beyond 32 bits", "seq", 2**31, Refusal.BAD_SEQ),
    ("a short stream", "stream", "ab", Refusal.BAD_STREAM),
    ("no stream", "stream", None, Refusal.BAD_STREAM),
    ("boottime as a number", "boottime", 12, Refusal.BAD_BOOT),
    ("a negative boottime", "boottime", "-1", Refusal.BAD_BOOT),
    ("boottime in Arabic digits", "boottime", "١٢", Refusal.BAD_BOOT),
    ("boottime beyond 64 bits", "boottime", "9" * 20, Refusal.BAD_BOOT),
    ("no boot id", "bootid", "", Refusal.BAD_BOOT),
    ("a time without a zone", "time", "2026-11-24T01:02:03", Refusal.BAD_TIME),
    ("a week date", "time", "2026-W48-2T01:02:03Z", Refusal.BAD_TIME),
    ("a time that does not exist", "time", "2026-13-24T01:02:03Z", Refusal.BAD_TIME),
    ("a time before the calendar", "time", "0001-01-01T00:00:00+14:00", Refusal.BAD_TIME),
    ("no type", "type", "", Refusal.BAD_TYPE),
    ("a type of 300 letters", "type", "x" * 300, Refusal.BAD_TYPE),
    ("a quality that is no text", "timequality", ["ntp"], Refusal.BAD_QUALITY),
    ("no data", "data", None, Refusal.BAD_DATA),
    ("data as a list", "data", [], Refusal.BAD_DATA),
    ("data without a verdict", "data", {"reason": "none"}, Refusal.BAD_DATA),
]


@pytest.mark.parametrize(
    ("field", "value", "reason"), [row[1:] for row in EVENT], ids=[row[0] for row in EVENT]
)
def test_an_event_with_one_thing_wrong_says_which(
    visit_event: events.Event, field: str, value: Any, reason: Refusal
) -> None:
    message = json.loads(events.encode(visit_event))
    message[field] = value

    with pytest.raises(WireError) as caught:
        events.decode(json.dumps(message).encode(), "cho-1")

    assert caught.value.reason is reason


@pytest.mark.parametrize(
    "change",
    [
        {"follows": "no id"},
        {"follows": 7},
        {"verdict": "Accepted"},
        {"reason": "two words"},
        {"code": ""},
        {"direction": "x" * 41},
        {"verdict": None},
    ],
    ids=str,
)
def test_a_visit_whose_words_are_no_words_is_refused(
    visit_event: events.Event, change: dict[str, Any]
) -> None:
    message = json.loads(events.encode(visit_event))
    message["data"] |= change

    with pytest.raises(WireError) as caught:
        events.decode(json.dumps(message).encode(), "cho-1")

    assert caught.value.reason is Refusal.BAD_DATA


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"upto": -1}, Refusal.BAD_SEQ),
        ({"upto": "4"}, Refusal.BAD_SEQ),
        ({"also": None}, Refusal.BAD_SEQ),
        ({"also": [41]}, Refusal.BAD_SEQ),  # not above upto
        ({"also": [43, 43]}, Refusal.BAD_SEQ),
        ({"also": [47, 43]}, Refusal.BAD_SEQ),
        ({"also": [True]}, Refusal.BAD_SEQ),
        ({"also": [2**31]}, Refusal.BAD_SEQ),
        ({"also": list(range(42, 42 + 257))}, Refusal.BAD_SEQ),
        ({"stream": "9F" * 16}, Refusal.BAD_STREAM),
        ({"at": "soon"}, Refusal.BAD_TIME),
    ],
    ids=str,
)
def test_a_receipt_that_could_free_the_wrong_rows_is_refused(
    receipt: receipts.Receipt, change: dict[str, Any], reason: Refusal
) -> None:
    message = json.loads(receipts.encode(receipt)) | change

    with pytest.raises(WireError) as caught:
        receipts.decode(json.dumps(message).encode())

    assert caught.value.reason is reason


def test_a_receipt_may_name_256_numbers_above_the_gap(receipt: receipts.Receipt) -> None:
    message = json.loads(receipts.encode(receipt)) | {"also": list(range(43, 43 + 256))}

    assert len(receipts.decode(json.dumps(message).encode()).also) == 256


def test_a_refusal_never_quotes_what_was_refused(visit_event: events.Event) -> None:
    message = json.loads(events.encode(visit_event))
    message["data"]["verdict"] = "Trần Thị Bình"

    with pytest.raises(WireError) as caught:
        events.decode(json.dumps(message).encode(), "cho-1")

    assert "Bình" not in repr(caught.value)
    assert caught.value.field == "verdict"


DECODERS: list[Callable[[bytes], object]] = [
    lambda payload: events.decode(payload, "cho-1"),
    receipts.decode,
    status.decode,
    health.decode,
]
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@settings(max_examples=300, deadline=None)
@given(st.binary() | anything.map(lambda value: json.dumps(value).encode()))
def test_no_bytes_raise_anything_but_a_refusal(payload: bytes) -> None:
    for decode in DECODERS:
        with pytest.raises(WireError):
            decode(payload)


FIELDS = [
    "specversion",
    "id",
    "source",
    "type",
    "time",
    "stream",
    "seq",
    "bootid",
    "boottime",
    "timequality",
    "data",
]


@settings(max_examples=300, deadline=None)
@given(field=st.sampled_from(FIELDS), value=anything)
def test_no_attribute_raises_anything_but_a_refusal(field: str, value: object) -> None:
    message: dict[str, object] = {
        "specversion": "1.0",
        "id": "019ab3c4-d5e6-7f01-8a2b-3c4d5e6f0001",
        "source": "/kiosk/cho-1",
        "type": "vn.entrance.visit.v1",
        "time": "2026-11-24T01:02:03Z",
        "stream": "0" * 32,
        "seq": 1,
        "bootid": "3b1f6c1e-6a0e-4c53-9f4e-0a4f3f3f9d11",
        "boottime": "1",
        "timequality": "ntp",
        "data": {"verdict": "missing", "reason": "none", "direction": "in", "code": "cccd"},
    }
    message[field] = value

    try:
        event = events.decode(json.dumps(message).encode(), "cho-1")
    except WireError:
        return
    assert event.kiosk == "cho-1"


def test_a_number_too_large_for_a_float_is_refused(metrics: health.Health) -> None:
    message = json.loads(health.encode(metrics)) | {"load_1m": 10**400}

    with pytest.raises(WireError) as caught:
        health.decode(json.dumps(message).encode())

    assert caught.value.reason is Refusal.BAD_DATA
