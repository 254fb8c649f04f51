"""Where each message goes: `entrance/v1/{kiosk}/...`. The kiosk's id is the common name of its certificate."""

import re
from enum import StrEnum

from kiosk.wire.errors import Refusal, WireError

ROOT = "entrance"
VERSION = "v1"
SHARED = "shared"  # what speaks to all kiosks; hence no kiosk's id
KIOSK_ID = re.compile(r"(?!shared$)[a-z0-9-]{1,40}")
_WORD = re.compile(r"[a-z_]{1,40}")


class Channel(StrEnum):
    EVENT = "event"  # kiosk: visits, declarations, notices; never retained
    STATUS = "status"  # kiosk and its last will: online or offline; retained
    HEALTH = "health"  # kiosk: metrics; expire after `HEALTH_EXPIRY_S`
    COMMAND = "command"  # collector
    RECEIPT = "receipt"  # collector: what it has committed
    SETTINGS = "settings"  # collector: the signed settings of this kiosk; retained


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


def shared_topic(kind: str) -> str:
    """Where a document for all kiosks is retained. Raise WireError(bad_topic) when `kind` is no word."""
    if not _WORD.fullmatch(kind):
        raise WireError(Refusal.BAD_TOPIC, "kind")
    return f"{ROOT}/{VERSION}/{SHARED}/{kind}"


def shared_pattern() -> str:
    """The subscription that catches every document for all kiosks."""
    return f"{ROOT}/{VERSION}/{SHARED}/+"


def parse_shared(text: str) -> str:
    """The kind of document whose topic this is. Raise WireError(bad_topic) for any other topic."""
    parts = text.split("/")
    if len(parts) != 4 or parts[:3] != [ROOT, VERSION, SHARED] or not _WORD.fullmatch(parts[3]):
        raise WireError(Refusal.BAD_TOPIC)
    return parts[3]
