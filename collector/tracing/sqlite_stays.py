"""Keeps stays beside the events, in the ledger's own transaction: a late exit or a next entry edits the rows it must.

Only the scans beside one that came, went or moved can have become other stays (collector.tracing.stays): no more is
derived anew, so that a code shown all day costs no more in the evening than in the morning. Each row that comes or
goes is noted in `stay_change`, in order: by that the index in memory keeps up, and a case says what is new.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zlib import crc32

from collector.clocks import Placed
from collector.days import ms_of
from collector.ledger.port import Moved, Stored
from collector.tracing.stays import MAX_STAY_S, REACH_S, Stay, Visit, Way, stays
from collector.tracing.venues import Place, PlaceOf
from kiosk.wire.data import VISIT, VisitData

PeopleOf = Callable[[sqlite3.Connection, Sequence[int]], Mapping[int, int]]
"""Which person each of these events (keys) is of; events of nobody are left out."""

# how long it is remembered what has changed: beyond the longest period of a case
CHANGES_KEPT = timedelta(days=30)

# as far as a scan may be from another for the stays of one to hang on the other; and as far as one more scan tells
_REACH_MS = (REACH_S + 1) * 1000
_TOLD_MS = 2 * _REACH_MS

_WAYS = {"in": Way.IN, "out": Way.OUT}
_VISIT = "INSERT INTO trace_visit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
# Back to the second scan before and on to the second behind that follow none, and so are scans whatever came before
# them. Not by DISTINCT and OFFSET: in a scalar subquery SQLite 3.40 answers the first of them (seen).
_SURE = "FROM trace_visit WHERE person = :person AND NOT follows AND at_ms"
_REACHED = f"""
    SELECT at_ms, tie, event, venue, way, usual_s, follows, width_s FROM trace_visit
    WHERE person = :person AND at_ms BETWEEN
        MAX(:earliest, IFNULL((SELECT MAX(at_ms) {_SURE} < (SELECT MAX(at_ms) {_SURE} < :first)), 0))
        AND MIN(:latest, IFNULL((SELECT MIN(at_ms) {_SURE} > (SELECT MIN(at_ms) {_SURE} > :last)), :latest))
"""  # noqa: S608 - our own words
_FIELDS = "venue, tin, tout, rule, seen_in, event, width_s"
_KNOWN = (
    f"SELECT {_FIELDS} FROM stay WHERE person = ? AND tin BETWEEN ? AND ?"  # noqa: S608 - our own words
    " AND event IN (SELECT value FROM json_each(?))"
)
_ADD = f"INSERT INTO stay ({_FIELDS}, person) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - our own words
_DROP = "DELETE FROM stay WHERE venue = ? AND tin = ? AND person = ? AND tout = ?"
_NOTE = f"INSERT INTO stay_change (noted_ms, is_new, {_FIELDS}, person) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - our own words
_TAKE = "DELETE FROM trace_visit WHERE event = ? RETURNING person, at_ms"
_AGAIN = """
    SELECT kiosk, id, direction, follows, placed_ms, placed_width_ms, message ->> '$.data.venue'
    FROM event WHERE key = ? AND type = ?
"""


@dataclass
class StayKeeper:
    """Implements collector.ledger.port.Follower for the SQLite ledger."""

    people_of: PeopleOf
    place_of: PlaceOf

    def stored(self, connection: Any, events: Sequence[Stored], now: datetime) -> None:
        visits = [each for each in events if isinstance(each.taken.event.data, VisitData)]
        people = self.people_of(connection, [each.key for each in visits]) if visits else {}
        numbers = _Numbers(connection)
        rows = [
            (people[each.key], *self._row(numbers, each)) for each in visits if each.key in people
        ]
        connection.executemany(_VISIT, rows)
        _derive(connection, (_Touched(row[0], row[1], row[3]) for row in rows), now)

    def moved(self, connection: Any, events: Sequence[Moved], now: datetime) -> None:
        touched = []
        for each in events:
            move = "UPDATE trace_visit SET at_ms = ?, width_s = ? WHERE event = ? RETURNING person"
            for (person,) in connection.execute(move, [*_placed(each.placed), each.key]).fetchall():
                touched += [
                    _Touched(person, each.before.at_ms, each.key),
                    _Touched(person, each.placed.at_ms, each.key),
                ]
        _derive(connection, touched, now)

    def people_changed(self, connection: Any, events: Sequence[int], now: datetime) -> None:
        touched = []
        people = self.people_of(connection, events)
        numbers = _Numbers(connection)
        for key in events:
            taken = connection.execute(_TAKE, [key]).fetchall()
            touched += [_Touched(person, at_ms, key) for person, at_ms in taken]
            found = connection.execute(_AGAIN, [key, VISIT]).fetchone()
            if key in people and found is not None:
                kiosk, own, direction, follows, at_ms, width_ms, told = found
                place = self.place_of(kiosk, told if isinstance(told, str) else "")
                row = _row_of(numbers, key, own, place, direction, follows)
                at, width_s = _placed(Placed(at_ms, "", width_ms))
                connection.execute(_VISIT, (people[key], at, *row, width_s))
                touched.append(_Touched(people[key], at_ms, key))
        _derive(connection, touched, now)

    def _row(self, numbers: "_Numbers", stored: Stored) -> tuple[Any, ...]:
        event = stored.taken.event
        data = event.data
        assert isinstance(data, VisitData)  # noqa: S101 - of the caller, for the types
        told = data.extra.get("venue")
        place = self.place_of(event.kiosk, told if isinstance(told, str) else "")
        at_ms, width_s = _placed(stored.placed)
        row = _row_of(numbers, stored.key, event.id, place, data.direction, data.follows)
        return (at_ms, *row, width_s)


class _Touched(NamedTuple):
    """A scan that came, went or moved from or to this moment."""

    person: int
    at_ms: int
    event: int


class _Numbers(dict[str, int]):
    """Places by number. For one transaction: one that is undone takes its numbers with it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __missing__(self, name: str) -> int:
        find = "SELECT number FROM trace_venue WHERE name = ?"
        add = "INSERT INTO trace_venue (name) VALUES (?) RETURNING number"
        found = self._connection.execute(find, [name]).fetchone()
        self[name] = (found or self._connection.execute(add, [name]).fetchone())[0]
        return self[name]


def _row_of(
    numbers: _Numbers, key: int, own: str, place: Place, direction: str, follows: str | None
) -> tuple[int, ...]:
    way = _WAYS.get(direction, Way.UNKNOWN)
    return (crc32(own.encode()), key, numbers[place.name], way, place.usual_s, follows is not None)


def forget_changes(connection: sqlite3.Connection, now: datetime, most: int = 2_000) -> None:
    """Those that no case can ask for any more, a bounded number at a time."""
    connection.execute(
        "DELETE FROM stay_change WHERE number IN"
        " (SELECT number FROM stay_change WHERE noted_ms < ? ORDER BY number LIMIT ?)",
        [ms_of(now - CHANGES_KEPT), most],
    )


def _placed(placed: Placed) -> tuple[int, int | None]:
    return placed.at_ms, None if placed.width_ms is None else -(-placed.width_ms // 1000)


def _derive(connection: sqlite3.Connection, touched: Iterable[_Touched], now: datetime) -> None:
    """Anew, the stays of these people around these moments."""
    of_person: dict[int, list[_Touched]] = defaultdict(list)
    for each in touched:
        of_person[each.person].append(each)
    gone: list[tuple[Any, ...]] = []
    new: list[tuple[Any, ...]] = []
    for person, scans in of_person.items():
        for span in _spans(sorted(scans)):
            before, after = _around(connection, person, span)
            gone += [(*stay, person) for stay in before - after]
            new += [(*stay, person) for stay in after - before]
    connection.executemany(_DROP, [(venue, tin, who, tout) for venue, tin, tout, *_, who in gone])
    connection.executemany(_ADD, new)
    noted_ms = ms_of(now)
    connection.executemany(_NOTE, [(noted_ms, False, *row) for row in gone])
    connection.executemany(_NOTE, [(noted_ms, True, *row) for row in new])


def _spans(scans: Sequence[_Touched]) -> list[list[_Touched]]:
    """Scans so near that one that moved from there to here is looked at around both places are looked at together."""
    spans = [[scans[0]]]
    for scan in scans[1:]:
        if scan.at_ms - spans[-1][-1].at_ms <= 2 * _TOLD_MS + MAX_STAY_S * 1000:
            spans[-1].append(scan)
        else:
            spans.append([scan])
    return spans


def _around(
    connection: sqlite3.Connection, person: int, touched: Sequence[_Touched]
) -> tuple[set[Stay], set[Stay]]:
    """Stays as they stand and as they should, of these scans and of those beside them."""
    first, last = touched[0].at_ms, touched[-1].at_ms
    bounds = {"earliest": first - _TOLD_MS - _REACH_MS, "latest": last + _TOLD_MS + _REACH_MS}
    asked = {"person": person, "first": first, "last": last, **bounds}
    visits = [Visit._make(row) for row in connection.execute(_REACHED, asked)]
    sure = [each.at_ms for each in visits if not each.follows]
    begin = max([first - _TOLD_MS, *(at for at in sure if at < first)])
    end = min([last + _TOLD_MS, *(at for at in sure if at > last)])
    within = {each.event for each in visits if begin <= each.at_ms <= end}
    after = {each for each in stays(visits) if each.event in within}
    # a stay begins up to MAX_STAY_S before its scan, and its last part REACH_S after it
    near = (person, begin // 1000 - MAX_STAY_S, end // 1000 + REACH_S)
    events = json.dumps([*within, *(each.event for each in touched)])
    before = {Stay._make(row) for row in connection.execute(_KNOWN, (*near, events))}
    return before, after
