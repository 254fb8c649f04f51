"""Keeps stays beside the events, in the ledger's own transaction: a late exit or a next entry edits the rows it must.

Only the scans beside one that came, went or moved can have become other stays (collector.tracing.stays): no more is
derived anew, so that a code shown all day costs no more in the evening than in the morning. Each row that comes or
goes is noted in `stay_change`, in order: by that the index in memory keeps up, and a case says what is new.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from zlib import crc32

from collector.days import ms_of
from collector.ledger.connection import Connection
from collector.ledger.port import Moved, Stored
from collector.tracing.port import Around, Reach, Seen, StayRow, StayTables, VisitRow
from collector.tracing.sqlite_stays import SqliteStays
from collector.tracing.stays import MAX_STAY_S, REACH_S, Stay, Visit, Way, stays
from collector.tracing.venues import Place, PlaceOf
from kiosk.wire.data import VisitData

PeopleOf = Callable[[Any, Sequence[int]], Mapping[int, int]]
"""Which person each of these events (keys) is of, by a connection to the ledger; events of nobody are left out."""

# as far as a scan may be from another for the stays of one to hang on the other; and as far as one more scan tells
_REACH_MS = (REACH_S + 1) * 1000
_TOLD_MS = 2 * _REACH_MS

_WAYS = {"in": Way.IN, "out": Way.OUT}


@dataclass
class StayKeeper:
    """Implements collector.ledger.port.Follower."""

    people_of: PeopleOf
    place_of: PlaceOf
    tables: StayTables = SqliteStays()  # noqa: RUF009 - it holds nothing

    def stored(self, connection: Any, events: Sequence[Stored], now: datetime) -> None:
        visits = [
            each
            for each in events
            if each.taken.people and isinstance(each.taken.event.data, VisitData)
        ]
        people = self.people_of(connection, [each.key for each in visits]) if visits else {}
        if people:
            seen = [_seen(each) for each in visits if each.key in people]
            self.tables.hold(connection, people.values())
            self._derive(connection, self._add(connection, seen, people), now)

    def moved(self, connection: Any, events: Sequence[Moved], now: datetime) -> None:
        places = [(*_placed(each.placed.at_ms, each.placed.width_ms), each.key) for each in events]
        people = self.tables.move(connection, places)
        touched = [
            _Touched(people[each.key], at_ms, each.key)
            for each in events
            if each.key in people
            for at_ms in (each.before.at_ms, each.placed.at_ms)
        ]
        self._derive(connection, touched, now)

    def people_changed(self, connection: Any, events: Sequence[int], now: datetime) -> None:
        people = self.people_of(connection, events)
        taken = self.tables.take(connection, events, people.values())
        seen = list(self.tables.seen(connection, list(people)))
        touched = [_Touched(*each) for each in taken]
        self._derive(connection, touched + self._add(connection, seen, people), now)

    def _add(
        self, connection: Any, seen: Sequence[Seen], people: Mapping[int, int]
    ) -> list["_Touched"]:
        if not seen:
            return []
        places = [self.place_of(each.kiosk, _name(each.told)) for each in seen]
        numbers = self.tables.numbers(connection, {place.name for place in places})
        rows = [
            _row_of(people[each.event], each, place, numbers[place.name])
            for each, place in zip(seen, places, strict=True)
        ]
        self.tables.add(connection, rows)
        return [_Touched(row[0], row[1], row[3]) for row in rows]

    def _derive(self, connection: Connection, touched: Iterable["_Touched"], now: datetime) -> None:
        """Anew, the stays of these people around these moments."""
        of_person: dict[int, list[_Touched]] = defaultdict(list)
        for each in touched:
            of_person[each.person].append(each)
        spans = [span for scans in of_person.values() for span in _spans(sorted(scans))]
        if not spans:
            return
        reached = self.tables.reached(connection, [_reach(span) for span in spans])
        gone: list[StayRow] = []
        new: list[StayRow] = []
        due = [_due(*each) for each in zip(spans, reached, strict=True)]
        known = self.tables.known(connection, [around for around, _ in due])
        for (around, after), before in zip(due, known, strict=True):
            gone += [(*stay, around.person) for stay in before - after]
            new += [(*stay, around.person) for stay in after - before]
        if gone or new:
            self.tables.change(connection, gone, new, ms_of(now))


class _Touched(NamedTuple):
    """A scan that came, went or moved from or to this moment."""

    person: int
    at_ms: int
    event: int


def _seen(stored: Stored) -> Seen:
    event = stored.taken.event
    data = event.data
    assert isinstance(data, VisitData)  # noqa: S101 - of the caller, for the types
    told = data.extra.get("venue")
    said = (stored.key, event.kiosk, event.id, data.direction, data.follows)
    return Seen(*said, stored.placed.at_ms, stored.placed.width_ms, told)


def _name(told: object) -> str:
    return told if isinstance(told, str) else ""


def _row_of(person: int, seen: Seen, place: Place, number: int) -> VisitRow:
    at_ms, width_s = _placed(seen.at_ms, seen.width_ms)
    way = int(_WAYS.get(seen.direction, Way.UNKNOWN))
    own = (crc32(seen.id.encode()), seen.event, number, way)
    return (person, at_ms, *own, place.usual_s, int(seen.follows is not None), width_s)


def _placed(at_ms: int, width_ms: int | None) -> tuple[int, int | None]:
    return at_ms, None if width_ms is None else -(-width_ms // 1000)


def _spans(scans: Sequence[_Touched]) -> list[list[_Touched]]:
    """Scans so near that one that moved from there to here is looked at around both places are looked at together."""
    spans = [[scans[0]]]
    for scan in scans[1:]:
        if scan.at_ms - spans[-1][-1].at_ms <= 2 * _TOLD_MS + MAX_STAY_S * 1000:
            spans[-1].append(scan)
        else:
            spans.append([scan])
    return spans


def _reach(touched: Sequence[_Touched]) -> Reach:
    first, last = touched[0].at_ms, touched[-1].at_ms
    bounds = (first - _TOLD_MS - _REACH_MS, last + _TOLD_MS + _REACH_MS)
    return Reach(touched[0].person, first, last, *bounds)


def _due(touched: Sequence[_Touched], visits: Sequence[Visit]) -> tuple[Around, set[Stay]]:
    """Which stays may be others now, and what they should be: of these scans and of those beside them."""
    first, last = touched[0].at_ms, touched[-1].at_ms
    sure = [each.at_ms for each in visits if not each.follows]
    begin = max([first - _TOLD_MS, *(at for at in sure if at < first)])
    end = min([last + _TOLD_MS, *(at for at in sure if at > last)])
    within = {each.event for each in visits if begin <= each.at_ms <= end}
    after = {each for each in stays(visits) if each.event in within}
    # a stay begins up to MAX_STAY_S before its scan, and its last part REACH_S after it
    near = (touched[0].person, begin // 1000 - MAX_STAY_S, end // 1000 + REACH_S)
    return Around(*near, [*within, *(each.event for each in touched)]), after
