"""What came from the broker, sorted into what the ledger takes. Pure: hostile bytes become poison, never an error."""

from collections.abc import Iterable

from collector.ledger.port import Batch, Poison, Taken
from kiosk.wire import events, health, status, strict_json
from kiosk.wire.errors import WireError
from kiosk.wire.health import Health
from kiosk.wire.ids import STREAM
from kiosk.wire.status import Status
from kiosk.wire.topics import Channel, parse


def sort(messages: Iterable[tuple[str, bytes]]) -> Batch:
    """`messages` are topic and payload. What is on none of our topics is left out: the broker grants no other."""
    taken: list[Taken] = []
    poison: list[Poison] = []
    statuses: list[tuple[str, Status]] = []
    reports: list[tuple[str, Health]] = []
    places: dict[str, tuple[str, Channel] | None] = {}
    for topic, payload in messages:
        if topic not in places:
            places[topic] = _parsed(topic)
        place = places[topic]
        if place is None:
            continue
        kiosk, channel = place
        try:
            match channel:
                case Channel.EVENT:
                    taken.append(Taken(events.decode(payload, kiosk), payload))
                case Channel.STATUS:
                    statuses.append((kiosk, status.decode(payload)))
                case Channel.HEALTH:
                    reports.append((kiosk, health.decode(payload)))
        except WireError as error:
            poison.append(_poison(kiosk, channel, error, payload))
    return Batch(taken, poison, statuses, reports)


def _parsed(topic: str) -> tuple[str, Channel] | None:
    try:
        return parse(topic)
    except WireError:
        return None


def _poison(kiosk: str, channel: Channel, error: WireError, payload: bytes) -> Poison:
    place = _place(payload) if channel is Channel.EVENT else None
    if place is None:
        return Poison(kiosk, channel, error.reason, payload)
    return Poison(kiosk, channel, error.reason, payload, *place)


def _place(payload: bytes) -> tuple[str, int] | None:
    """Where in its stream a refused event stands, None when it does not even tell that."""
    try:
        message = strict_json.loads(payload)
    except WireError:
        return None
    stream, seq = message.get("stream"), message.get("seq")
    if not isinstance(stream, str) or not STREAM.fullmatch(stream):
        return None
    if type(seq) is not int or not 1 <= seq <= strict_json.MAX_INTEGER:
        return None
    return stream, seq
