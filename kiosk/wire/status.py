"""Whether a kiosk is connected: retained, published at every connect, and left as the last will.

An old will may arrive after a newer birth and must not mask it: each connection has a number, `birth`, that rises for
ever within a stream (the idea of Sparkplug's bdSeq), and `supersedes` compares them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from kiosk.wire import strict_json
from kiosk.wire.errors import Refusal, WireError
from kiosk.wire.ids import STREAM
from kiosk.wire.rfc3339 import time_text

CONTENT_TYPE = "application/json"


class Presence(StrEnum):
    ONLINE = "online"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Status:
    """`at` is when this was written: for a last will the time of the connect, not of its end."""

    state: Presence
    stream: str
    boot: int  # boots since the outbox was made, from 1
    birth: int  # connections since the outbox was made, from 1
    at: datetime
    extra: Mapping[str, Any] = field(default_factory=dict)


def supersedes(new: Status, known: Status | None) -> bool:
    """Whether `new` may replace `known`. Another stream always may: that kiosk was set up anew."""
    return known is None or new.stream != known.stream or new.birth >= known.birth


def encode(status: Status) -> bytes:
    """Raise WireError for a status that `decode` would refuse."""
    message = {
        **status.extra,
        "state": status.state,
        "stream": status.stream,
        "boot": status.boot,
        "birth": status.birth,
        "at": time_text(status.at),
    }
    _parse(message)
    return strict_json.dumps(message)


def decode(payload: bytes) -> Status:
    """Raise WireError, and nothing else, for a payload that is no status."""
    return _parse(strict_json.loads(payload))


def _parse(fields: Mapping[str, Any]) -> Status:
    state = fields.get("state")
    if state not in tuple(Presence):
        raise WireError(Refusal.BAD_DATA, "state")
    stream = strict_json.text_of(fields, "stream", Refusal.BAD_STREAM)
    if not STREAM.fullmatch(stream):
        raise WireError(Refusal.BAD_STREAM, "stream")
    known = ("state", "stream", "boot", "birth", "at")
    return Status(
        state=Presence(state),
        stream=stream,
        boot=strict_json.whole_of(fields, "boot", Refusal.BAD_BOOT, low=1),
        birth=strict_json.whole_of(fields, "birth", Refusal.BAD_BOOT, low=1),
        at=strict_json.time_of(fields, "at"),
        extra={name: value for name, value in fields.items() if name not in known},
    )
