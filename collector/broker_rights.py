"""Who may do what at the broker, whichever it is: each kiosk, the collector, and whoever lets in and shuts out.
Everything else is to be denied.

A broker must refuse a subscription, not only filter what it delivers: otherwise a kiosk could join the collector's
group and swallow events, as with mosquitto's `acl_file` (shared facts, uplink section 12).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from collector.errors import CollectorError
from kiosk.wire import documents
from kiosk.wire.topics import KIOSK_ID, Channel, pattern, shared_pattern, shared_topic, topic

KIOSK_WRITES = (Channel.EVENT, Channel.STATUS, Channel.HEALTH)
KIOSK_READS = (Channel.COMMAND, Channel.RECEIPT, Channel.SETTINGS)
# whoever holds this certificate may let kiosks in and shut them out, and nothing else
ADMIN = "broker-admin"
# the workers of a collector that has several: each event goes to one of them
_GROUP = "collector"


@dataclass(frozen=True, slots=True)
class Rights:
    """What the name in one certificate may do."""

    says: tuple[str, ...]  # topics, `+` in place of any kiosk
    subscribes: tuple[str, ...]  # to these filters, letter by letter
    hears: tuple[str, ...]  # what is delivered of them


def of_kiosk(kiosk: str) -> Rights:
    own = tuple(topic(kiosk, channel) for channel in KIOSK_READS)
    shared = tuple(shared_topic(kind) for kind in documents.SHARED)
    return Rights(
        says=tuple(topic(kiosk, channel) for channel in KIOSK_WRITES),
        subscribes=(*own, shared_pattern(), *shared),
        hears=(*own, shared_pattern()),
    )


def of_collector() -> Rights:
    comes = tuple(pattern(channel) for channel in KIOSK_WRITES)
    return Rights(
        says=(
            *(pattern(channel) for channel in KIOSK_READS),
            *(shared_topic(kind) for kind in documents.SHARED),
        ),
        subscribes=(*comes, *map(shared_out, KIOSK_WRITES)),
        hears=comes,
    )


def shared_out(channel: Channel) -> str:
    """The subscription by which the workers share what comes on this channel."""
    return f"$share/{_GROUP}/{pattern(channel)}"


def collector_names(
    collector_name: str, kiosks: Sequence[str], workers: Sequence[str]
) -> list[str]:
    """All who take in. Raise CollectorError for a name that will not do, or that two would bear."""
    for kiosk in kiosks:
        if not KIOSK_ID.fullmatch(kiosk):
            raise CollectorError(f"{kiosk!r} is no kiosk id: 1 to 40 of a-z, 0-9 and '-'")
    collectors = sorted({collector_name, *workers})
    for name in collectors:
        if name in (*kiosks, ADMIN):
            raise CollectorError(f"{name!r} cannot be both the collector and another")
    if ADMIN in kiosks:
        raise CollectorError(f"{ADMIN!r} is no kiosk: it lets them in")
    return collectors
