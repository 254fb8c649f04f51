"""One thing that happened at a kiosk, as a CloudEvent 1.0 in structured JSON.

Attribute names are lower-case letters and digits only, and its Integer has 32 bits: hence `bootid`, and `boottime`
(nanoseconds) as text. Order comes from `seq` alone: +1 for each event of a `stream`, across boots. What a newer kiosk
adds, attributes, types or data fields, is kept in `extra` and never refused.

Each event carries the hash of the one before it in its stream: a chain, by which the collector can say which events
are missing or altered. The hash is over the bytes as they were sent.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from kiosk.wire import plain_visit, strict_json
from kiosk.wire.data import (
    EVENT_TYPES,
    VISIT,
    Data,
    UnknownData,
    VisitData,
    data_fields,
    parse_data,
    sealed_of,
)
from kiosk.wire.errors import Refusal, WireError
from kiosk.wire.ids import HASH, STREAM, UUID, UUID7
from kiosk.wire.rfc3339 import time_text
from kiosk.wire.topics import KIOSK_ID

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"  # MQTT 5 binding of CloudEvents
SPEC_VERSION = "1.0"


class TimeQuality(StrEnum):
    """How `time` was known when the event was made. A collector may learn better from `bootid` and `boottime`."""

    NTP = "ntp"
    RTC = "rtc"
    ANCHORED = "anchored"
    ESTIMATED = "estimated"
    UNKNOWN = "unknown"
    PAPER = "paper"  # as it stands on a paper that was typed in later


@dataclass(frozen=True, slots=True)
class Event:
    """`type` says which kind of `data` it holds; `event_type` knows the one for each kind."""

    id: str  # UUIDv7, unique with `kiosk`
    kiosk: str
    type: str
    at: datetime  # UTC, aware: the best time known when it was made
    time_quality: str  # a TimeQuality, or a newer word
    stream: str  # 32 hex digits, random, made with the outbox
    seq: int  # from 1
    boot_id: str  # /proc/sys/kernel/random/boot_id
    boottime_ns: int  # CLOCK_BOOTTIME
    data: Data
    prev_hash: str = ""  # 64 hex digits; empty only in events older than the chain
    extra: Mapping[str, Any] = field(default_factory=dict)


def chain_hash(payload: bytes) -> str:
    """What the next event of the stream carries as its `prevhash`: SHA-256 of these bytes."""
    return hashlib.sha256(payload).hexdigest()


def first_hash(stream: str) -> str:
    """The `prevhash` of event 1: SHA-256 of the 16 bytes of the stream's id."""
    return hashlib.sha256(bytes.fromhex(stream)).hexdigest()


def event_type(data: Data) -> str:
    """Raise WireError(bad_type) for data of a type this version does not know."""
    for name, kind in EVENT_TYPES.items():
        if type(data) is kind:
            return name
    raise WireError(Refusal.BAD_TYPE, "type")


def encode(event: Event) -> bytes:
    """At most 8 KiB of JSON. Raise WireError for an event that `decode` would refuse."""
    message: dict[str, Any] = {
        **event.extra,
        "specversion": SPEC_VERSION,
        "id": event.id,
        "source": f"/kiosk/{event.kiosk}",
        "type": event.type,
        "time": time_text(event.at),
        "datacontenttype": "application/json",
        "stream": event.stream,
        "seq": event.seq,
        "bootid": event.boot_id,
        "boottime": str(event.boottime_ns),
        "timequality": event.time_quality,
        "data": data_fields(event.data),
    }
    if event.prev_hash:
        message["prevhash"] = event.prev_hash
    if isinstance(event.data, UnknownData) and not event.data.present:
        del message["data"]
    payload = strict_json.dumps(message)
    decode(payload, event.kiosk)
    return payload


def decode(payload: bytes, kiosk_from_topic: str) -> Event:
    """The event in `payload`. The broker checks who may write to a topic, so the topic's kiosk wins over the body's.

    Raise WireError, and nothing else, with the reason why a payload is refused.
    """
    return _plain(payload, kiosk_from_topic) or _parse(strict_json.loads(payload), kiosk_from_topic)


_KNOWN = frozenset(
    (
        *("specversion", "id", "source", "type", "time", "datacontenttype", "data"),
        *("stream", "seq", "prevhash", "bootid", "boottime", "timequality"),
    )
)


# what comes again in every event of a kiosk, or of a boot, is looked at once


@lru_cache(maxsize=4_096)
def _source(kiosk: str) -> str | None:
    """What stands in `source`; None when there is no such kiosk."""
    return f"/kiosk/{kiosk}" if KIOSK_ID.fullmatch(kiosk) else None


@lru_cache(maxsize=4_096)
def _is_stream(text: str) -> bool:
    return STREAM.fullmatch(text) is not None


@lru_cache(maxsize=4_096)
def _is_boot(text: str) -> bool:
    return UUID.fullmatch(text) is not None


def _plain(payload: bytes, kiosk: str) -> Event | None:
    """None in any doubt: `_parse` then says what is wrong."""
    found = plain_visit.find(payload) if len(payload) <= strict_json.MAX_BYTES else None
    if found is None or found.kiosk != kiosk or _source(kiosk) is None:
        return None
    seq = int(found.seq)
    try:
        at = datetime.fromisoformat(found.time)
    except ValueError:
        return None
    if seq > strict_json.MAX_INTEGER:
        return None
    return Event(
        found.id,
        kiosk,
        VISIT,
        at,
        found.time_quality,
        found.stream,
        seq,
        found.boot_id,
        int(found.boottime_ns),
        VisitData(
            found.verdict,
            found.reason,
            found.direction,
            found.code,
            found.follows,
            sealed_of(found.link_key, found.link, "link"),
            sealed_of(found.contact_key, found.contact, "contact"),
        ),
        found.prev_hash or "",
    )


def _parse(fields: Mapping[str, Any], kiosk: str) -> Event:
    if fields.get("specversion") != SPEC_VERSION:
        raise WireError(Refusal.BAD_VERSION, "specversion")
    source = _source(kiosk)
    if source is None or fields.get("source") != source:
        raise WireError(Refusal.WRONG_KIOSK, "source")
    event_id = strict_json.text_of(fields, "id", Refusal.BAD_ID)
    if not UUID7.fullmatch(event_id):
        raise WireError(Refusal.BAD_ID, "id")
    stream = strict_json.text_of(fields, "stream", Refusal.BAD_STREAM)
    if not _is_stream(stream):
        raise WireError(Refusal.BAD_STREAM, "stream")
    boot_id = strict_json.text_of(fields, "bootid", Refusal.BAD_BOOT)
    if not _is_boot(boot_id):
        raise WireError(Refusal.BAD_BOOT, "bootid")
    boottime = strict_json.text_of(fields, "boottime", Refusal.BAD_BOOT, max_length=19)
    if not (boottime.isascii() and boottime.isdecimal()):
        raise WireError(Refusal.BAD_BOOT, "boottime")
    prev_hash = fields.get("prevhash", "")
    if not isinstance(prev_hash, str) or (prev_hash and not HASH.fullmatch(prev_hash)):
        raise WireError(Refusal.BAD_CHAIN, "prevhash")
    kind = strict_json.text_of(fields, "type", Refusal.BAD_TYPE)
    return Event(
        id=event_id,
        kiosk=kiosk,
        type=kind,
        at=strict_json.time_of(fields, "time"),
        time_quality=strict_json.text_of(fields, "timequality", Refusal.BAD_QUALITY, 20),
        stream=stream,
        seq=strict_json.whole_of(fields, "seq", Refusal.BAD_SEQ, low=1),
        boot_id=boot_id,
        boottime_ns=int(boottime),
        data=parse_data(kind, fields),
        prev_hash=prev_hash,
        extra=strict_json.others(fields, _KNOWN),
    )
