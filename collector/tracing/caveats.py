"""What is not known of the places where a case was: kiosks that were silent, events that are missing, clocks that
nobody can vouch for. An answer without these would look surer than it is (shared facts, collector section 11).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from collector.days import ZONE, at_ms
from collector.ledger.port import KioskState
from collector.tracing.stays import Stay
from collector.tracing.traces import Traces

_HOUR_S = 3600
_DAY_S = 24 * _HOUR_S
# hours before and after a stay in which others would be expected
_AROUND_S = _HOUR_S


@dataclass(frozen=True, slots=True)
class Door:
    """A kiosk of the venue as the ledger knows it now. `missing` counts events that have not come although later ones
    have; `waiting` those it still has to send, None when it never said."""

    kiosk: str
    is_online: bool | None
    heard_at: datetime | None
    waiting: int | None
    missing: int

    @property
    def may_hide_scans(self) -> bool:
        return not self.is_online or bool(self.waiting) or bool(self.missing)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of one venue on one day on which the case was there. `silent` are the hours (0 to 23) around the case's stays in
    which nobody else was scanned; `unsure` counts scans whose clock nobody can vouch for."""

    venue: str
    day: date
    scans: int
    silent: Sequence[int]
    unsure: int
    doors: Sequence[Door]

    @property
    def is_whole(self) -> bool:
        return not self.silent and not self.unsure and not any(d.may_hide_scans for d in self.doors)


def coverage(
    traces: Traces,
    own: Iterable[Stay],
    venues: Mapping[int, str],
    kiosks_of: Mapping[str, Sequence[str]],
    states: Mapping[str, KioskState],
) -> list[Coverage]:
    """By day and venue. `kiosks_of` are the registered kiosks of each venue; a venue that has none is its one kiosk."""
    visited: dict[tuple[int, int], list[Stay]] = {}
    for stay in own:
        visited.setdefault((_day_begin(stay.tin), stay.venue), []).append(stay)
    found = []
    for (begin_s, venue), stays in sorted(visited.items()):
        name = venues.get(venue, "")
        hours = traces.scans_by_hour(venue, begin_s, begin_s + _DAY_S)
        kiosks = kiosks_of.get(name) or ([name.partition(":")[2]] if ":" in name else [])
        found.append(
            Coverage(
                name,
                at_ms(begin_s * 1000).astimezone(ZONE).date(),
                sum(hours.values()),
                _silent(stays, hours, begin_s),
                traces.unsure_scans(venue, begin_s, begin_s + _DAY_S),
                [_door(kiosk, states.get(kiosk)) for kiosk in kiosks],
            )
        )
    return found


def _silent(stays: Sequence[Stay], hours: Mapping[int, int], begin_s: int) -> list[int]:
    """`hours` counts all scans: the case's own is one of them."""
    own = {(stay.tin - begin_s) // _HOUR_S for stay in stays}
    asked = {
        hour
        for stay in stays
        for hour in range(
            max(0, stay.tin - _AROUND_S - begin_s) // _HOUR_S,
            (min(stay.tout + _AROUND_S - begin_s, _DAY_S) - 1) // _HOUR_S + 1,
        )
    }
    return sorted(hour for hour in asked if hours.get(hour, 0) <= (1 if hour in own else 0))


def _door(kiosk: str, state: KioskState | None) -> Door:
    if state is None:
        return Door(kiosk, None, None, None, 0)
    heard = [at for at in (state.status_at, state.last_event_at) if at is not None]
    return Door(kiosk, state.online, max(heard, default=None), state.waiting, state.missing)


def _day_begin(at_s: int) -> int:
    return (at_s + 7 * _HOUR_S) // _DAY_S * _DAY_S - 7 * _HOUR_S
