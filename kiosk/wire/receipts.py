"""The collector's word that it has committed events of one stream. Only this frees a row of the outbox.

Cumulative, so that a lost receipt is healed by the next one; it names the stream, so that a kiosk that was set up anew
and counts from 1 again is not freed of rows nobody has.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kiosk.wire import strict_json
from kiosk.wire.errors import Refusal, WireError
from kiosk.wire.ids import STREAM
from kiosk.wire.rfc3339 import time_text

MAX_ALSO = 256
CONTENT_TYPE = "application/json"


@dataclass(frozen=True, slots=True)
class Receipt:
    """`upto` is the highest seq with no gap below it, 0 when seq 1 is missing; `also` are committed numbers above it,
    rising."""

    stream: str
    upto: int
    also: tuple[int, ...]
    at: datetime
    extra: Mapping[str, Any] = field(default_factory=dict)


def encode(receipt: Receipt) -> bytes:
    """Raise WireError for a receipt that `decode` would refuse."""
    message = {
        **receipt.extra,
        "stream": receipt.stream,
        "upto": receipt.upto,
        "also": list(receipt.also),
        "at": time_text(receipt.at),
    }
    _parse(message)
    return strict_json.dumps(message)


def decode(payload: bytes) -> Receipt:
    """Raise WireError, and nothing else, for a payload that is no receipt."""
    return _parse(strict_json.loads(payload))


def _parse(fields: Mapping[str, Any]) -> Receipt:
    stream = strict_json.text_of(fields, "stream", Refusal.BAD_STREAM)
    if not STREAM.fullmatch(stream):
        raise WireError(Refusal.BAD_STREAM, "stream")
    upto = strict_json.whole_of(fields, "upto", Refusal.BAD_SEQ)
    also = fields.get("also")
    if not isinstance(also, list) or len(also) > MAX_ALSO:
        raise WireError(Refusal.BAD_SEQ, "also")
    below = upto
    for seq in also:
        if type(seq) is not int or not below < seq <= strict_json.MAX_INTEGER:
            raise WireError(Refusal.BAD_SEQ, "also")
        below = seq
    return Receipt(
        stream=stream,
        upto=upto,
        also=tuple(also),
        at=strict_json.time_of(fields, "at"),
        extra={n: v for n, v in fields.items() if n not in ("stream", "upto", "also", "at")},
    )
