"""How a kiosk is, once a minute: numbers only, units in the names. Not retained, expires with `HEALTH_EXPIRY_S`.

Receipts are the evidence that visits arrive: staff and metrics look at `receipt_age_s`, never at "connected".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from kiosk.wire import strict_json
from kiosk.wire.errors import Refusal, WireError
from kiosk.wire.ids import STREAM
from kiosk.wire.rfc3339 import time_text

CONTENT_TYPE = "application/json"


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
    extra: Mapping[str, Any] = field(default_factory=dict)


_WHOLE = ("boot", "birth", "waiting", "sent", "parked", "refused", "reconnects", "free_mib")
_NUMBERS = ("uptime_s", "oldest_s", "receipt_age_s", "load_1m")
_KNOWN = tuple(item.name for item in fields(Health) if item.name != "extra")


def encode(health: Health) -> bytes:
    """Raise WireError for metrics that `decode` would refuse."""
    message = {**health.extra, **{name: getattr(health, name) for name in _KNOWN}}
    message["at"] = time_text(health.at)
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
    values["extra"] = {name: value for name, value in message.items() if name not in _KNOWN}
    return Health(**values)
