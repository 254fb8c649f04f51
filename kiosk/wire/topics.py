"""Where each message goes: `entrance/v1/{kiosk}/...`. The kiosk's id is the common name of its certificate."""

import re
from enum import StrEnum

from kiosk.wire.errors import Refusal, WireError

ROOT = "entrance"
VERSION = "v1"
KIOSK_ID = re.compile(r"[a-z0-9-]{1,40}")


class Channel(StrEnum):
    EVENT = "event"  # kiosk: visits, declarations, notices; never retained
    STATUS = "status"  # kiosk and its last will: online or offline; retained
    HEALTH = "health"  # kiosk: metrics; expire after `HEALTH_EXPIRY_S`
    COMMAND = "command"  # collector
    RECEIPT = "receipt"  # collector: what it has committed


HEALTH_EXPIRY_S = 300


def topic(kiosk: str, channel: Channel) -> str:
    """Raise WireError(bad_topic) when `kiosk` is no kiosk id."""
    if not KIOSK_ID.fullmatch(kiosk):
        raise WireError(Refusal.BAD_TOPIC, "kiosk")
    return f"{ROOT}/{VERSION}/{kiosk}/{channel}"


def pattern(channel: Channel) -> str:
    """The subscription that catches this channel of every kiosk."""
    return f"{ROOT}/{VERSION}/+/{channel}"


def parse(text: str) -> tuple[str, Channel]:
    """The kiosk and the channel of a topic. Raise WireError(bad_topic) for any other topic."""
    parts = text.split("/")
    if len(parts) != 4 or parts[:2] != [ROOT, VERSION] or not KIOSK_ID.fullmatch(parts[2]):
        raise WireError(Refusal.BAD_TOPIC)
    try:
        return parts[2], Channel(parts[3])
    except ValueError:
        raise WireError(Refusal.BAD_TOPIC, "channel") from None
