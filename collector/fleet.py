"""How each device stands: what the registry expects beside what the ledger has heard. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from collector.both import Both
from collector.ledger.port import KioskState
from collector.registry.shapes import RegisteredKiosk, Venue, VenueState
from kiosk.questions.places import fold

# a kiosk speaks every minute; a broker says of itself when one has gone
HEARD_WITHIN = timedelta(minutes=5)


class Standing(StrEnum):
    ONLINE = "online"
    OFFLINE = "offline"
    NEVER = "never"  # registered, and never heard of
    UNKNOWN = "unknown"  # heard of, and not registered

    @property
    def words(self) -> Both:
        return _WORDS[self]


_WORDS = {
    Standing.ONLINE: Both("Đang chạy", "online"),
    Standing.OFFLINE: Both("Mất liên lạc", "offline"),
    Standing.NEVER: Both("Chưa từng chạy", "never heard"),
    Standing.UNKNOWN: Both("Chưa đăng ký", "not registered"),
}


@dataclass(frozen=True, slots=True)
class Device:
    """`since` is when it was last heard, None for never. `today` counts its visits of today."""

    kiosk: str
    venue: str
    venue_name: str
    district: str
    door: str
    standing: Standing
    since: datetime | None
    waiting: int
    today: int
    last_visit_at: datetime | None
    storage: str
    release: str
    missing: int
    breaks: int

    @property
    def is_silent(self) -> bool:
        """It runs, or should, and nobody has scanned today."""
        return self.standing is not Standing.UNKNOWN and self.today == 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """All that is given must hold. `text` is looked for in ids and names, without marks."""

    text: str = ""
    district: str = ""
    standing: Standing | None = None
    silent: bool = False
    behind: bool = False  # only those with something still to send


def devices(
    heard: Sequence[KioskState],
    registered: Sequence[RegisteredKiosk],
    venues: Mapping[str, Venue],
    now: datetime,
) -> list[Device]:
    """Those that need a look first: offline, never heard, not registered, online; each by name. Devices of venues that
    have closed for good are left out."""
    states = {state.kiosk: state for state in heard}
    found = []
    for kiosk in registered:
        venue = venues.get(kiosk.venue)
        if venue is not None and venue.state is VenueState.CLOSED:
            continue
        found.append(_device(kiosk, venue, states.pop(kiosk.id, None), now))
    listed = {kiosk.id for kiosk in registered}
    found += [
        _device(RegisteredKiosk(state.kiosk, ""), None, state, now)
        for state in states.values()
        if state.kiosk not in listed
    ]
    return sorted(found, key=lambda one: (_FIRST.index(one.standing), one.kiosk))


def chosen(all_devices: Iterable[Device], wanted: Wanted) -> list[Device]:
    text = fold(wanted.text)
    return [
        one
        for one in all_devices
        if (not text or text in fold(f"{one.kiosk} {one.venue} {one.venue_name}"))
        and (not wanted.district or one.district == wanted.district)
        and (wanted.standing is None or one.standing is wanted.standing)
        and (not wanted.silent or one.is_silent)
        and (not wanted.behind or one.waiting > 0)
    ]


_FIRST = (Standing.OFFLINE, Standing.NEVER, Standing.UNKNOWN, Standing.ONLINE)


def _device(
    kiosk: RegisteredKiosk, venue: Venue | None, state: KioskState | None, now: datetime
) -> Device:
    since = _last_word(state)
    return Device(
        kiosk=kiosk.id,
        venue=kiosk.venue,
        venue_name=venue.name if venue else "",
        district=venue.district if venue else "",
        door=kiosk.door,
        standing=_standing(kiosk, state, since, now),
        since=since,
        waiting=(state.waiting or 0) if state else 0,
        today=sum(state.today.values()) if state else 0,
        last_visit_at=state.last_visit_at if state else None,
        storage=state.storage if state else "",
        release=state.release if state else "",
        missing=state.missing if state else 0,
        breaks=state.breaks if state else 0,
    )


def _standing(
    kiosk: RegisteredKiosk, state: KioskState | None, since: datetime | None, now: datetime
) -> Standing:
    if state is None or since is None:
        return Standing.NEVER
    if not kiosk.venue:
        return Standing.UNKNOWN
    if state.online is not None:
        return Standing.ONLINE if state.online else Standing.OFFLINE
    return Standing.ONLINE if now - since < HEARD_WITHIN else Standing.OFFLINE


def _last_word(state: KioskState | None) -> datetime | None:
    if state is None:
        return None
    return max((at for at in (state.status_at, state.last_event_at) if at), default=None)
