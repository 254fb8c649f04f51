"""How a kiosk is, once a minute: numbers only, units in the names. Not retained, expires with `HEALTH_EXPIRY_S`.

Receipts are the evidence that visits arrive: staff and metrics look at `receipt_age_s`, never at "connected".
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from kiosk.wire import strict_json
from kiosk.wire.errors import Refusal, WireError
from kiosk.wire.ids import HASH, STREAM
from kiosk.wire.rfc3339 import time_text

CONTENT_TYPE = "application/json"
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_MAX_TEXT = 3_000


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The last event of the stream, sworn to by the device: `signature` is ECDSA (P-256, SHA-256, DER) over
    `head_statement`, by the key of `certificate` (X.509, DER), whose common name is the kiosk."""

    seq: int
    hash: str  # 64 hex digits
    signature: bytes = field(repr=False)
    certificate: bytes = field(repr=False)


def head_statement(kiosk: str, stream: str, seq: int, head_hash: str, at: datetime) -> bytes:
    """What the device signs."""
    return "\0".join(
        ("entrance/v1/head", kiosk, stream, str(seq), head_hash, time_text(at))
    ).encode("ascii")


@dataclass(frozen=True, slots=True)
class Health:
    """Ages are -1 when the thing has not happened yet. `storage` is `ok` or the name of its fault."""

    stream: str
    boot: int
    birth: int
    at: datetime
    uptime_s: float
    waiting: int  # rows without a receipt
    sent: int  # of these, acknowledged by the broker
    parked: int
    oldest_s: float
    receipt_age_s: float
    refused: int  # acknowledgements with a refusal, since the uplink began
    reconnects: int
    free_mib: int
    storage: str
    load_1m: float
    head: ChainHead | None = None
    release: str | None = None  # of the program that runs
    extra: Mapping[str, Any] = field(default_factory=dict)


_WHOLE = ("boot", "birth", "waiting", "sent", "parked", "refused", "reconnects", "free_mib")
_NUMBERS = ("uptime_s", "oldest_s", "receipt_age_s", "load_1m")
_OPTIONAL = ("head", "release")
_KNOWN = tuple(item.name for item in fields(Health) if item.name not in ("extra", *_OPTIONAL))


def encode(health: Health) -> bytes:
    """Raise WireError for metrics that `decode` would refuse."""
    message = {**health.extra, **{name: getattr(health, name) for name in _KNOWN}}
    message["at"] = time_text(health.at)
    if health.head is not None:
        message["head"] = {
            "seq": health.head.seq,
            "hash": health.head.hash,
            "signature": base64.b64encode(health.head.signature).decode("ascii"),
            "certificate": base64.b64encode(health.head.certificate).decode("ascii"),
        }
    if health.release is not None:
        message["release"] = health.release
    _parse(message)
    return strict_json.dumps(message)


def decode(payload: bytes) -> Health:
    """Raise WireError, and nothing else, for a payload that is no health message."""
    return _parse(strict_json.loads(payload))


def _parse(message: Mapping[str, Any]) -> Health:
    stream = strict_json.text_of(message, "stream", Refusal.BAD_STREAM)
    if not STREAM.fullmatch(stream):
        raise WireError(Refusal.BAD_STREAM, "stream")
    values: dict[str, Any] = {"stream": stream, "at": strict_json.time_of(message, "at")}
    for name in _WHOLE:
        values[name] = strict_json.whole_of(message, name, Refusal.BAD_DATA)
    for name in _NUMBERS:
        values[name] = strict_json.number_of(message, name, Refusal.BAD_DATA)
    values["storage"] = strict_json.text_of(message, "storage", Refusal.BAD_DATA, 40)
    values["head"] = _head(message.get("head"))
    if "release" in message:
        values["release"] = strict_json.text_of(message, "release", Refusal.BAD_DATA, 60)
    known = (*_KNOWN, *_OPTIONAL)
    values["extra"] = {name: value for name, value in message.items() if name not in known}
    return Health(**values)


def _head(found: Any) -> ChainHead | None:
    if found is None:
        return None
    if not isinstance(found, dict):
        raise WireError(Refusal.BAD_CHAIN, "head")
    head_hash = strict_json.text_of(found, "hash", Refusal.BAD_CHAIN)
    if not HASH.fullmatch(head_hash):
        raise WireError(Refusal.BAD_CHAIN, "head")
    return ChainHead(
        seq=strict_json.whole_of(found, "seq", Refusal.BAD_CHAIN),
        hash=head_hash,
        signature=_bytes_of(found, "signature"),
        certificate=_bytes_of(found, "certificate"),
    )


def _bytes_of(fields: Mapping[str, Any], name: str) -> bytes:
    text = strict_json.text_of(fields, name, Refusal.BAD_CHAIN, _MAX_TEXT)
    if not _BASE64.fullmatch(text):
        raise WireError(Refusal.BAD_CHAIN, name)
    return base64.b64decode(text)
