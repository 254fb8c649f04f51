"""Keeps stays beside the events, in the ledger's own transaction: a late exit or a next entry edits the rows it must.

Only scans within REACH_S of one that came, went or moved can have become other stays (collector.tracing.stays): no more
is derived anew. Each row that comes or goes is noted in `stay_change`, in order: by that the index in memory keeps up,
and a case says what is new.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
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

_WAYS = {"in": Way.IN, "out": Way.OUT}
_VISIT = "INSERT INTO trace_visit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
_REACHED = """
    SELECT at_ms, tie, event, venue, way, usual_s, follows, width_s FROM trace_visit
    WHERE person = ? AND at_ms BETWEEN ? AND ?
"""
_FIELDS = "venue, tin, tout, rule, seen_in, event, width_s"
_KNOWN = f"SELECT {_FIELDS} FROM stay WHERE person = ? AND tin BETWEEN ? AND ?"  # noqa: S608 - our own words
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
        _derive(connection, ((row[0], row[1]) for row in rows), now)

    def moved(self, connection: Any, events: Sequence[Moved], now: datetime) -> None:
        touched = []
        for each in events:
            move = "UPDATE trace_visit SET at_ms = ?, width_s = ? WHERE event = ? RETURNING person"
            for (person,) in connection.execute(move, [*_placed(each.placed), each.key]).fetchall():
                touched += [(person, each.before.at_ms), (person, each.placed.at_ms)]
        _derive(connection, touched, now)

    def people_changed(self, connection: Any, events: Sequence[int], now: datetime) -> None:
        touched = []
        people = self.people_of(connection, events)
        numbers = _Numbers(connection)
        for key in events:
            touched += connection.execute(_TAKE, [key]).fetchall()
            found = connection.execute(_AGAIN, [key, VISIT]).fetchone()
            if key in people and found is not None:
                kiosk, own, direction, follows, at_ms, width_ms, told = found
                place = self.place_of(kiosk, told if isinstance(told, str) else "")
                row = _row_of(numbers, key, own, place, direction, follows)
                at, width_s = _placed(Placed(at_ms, "", width_ms))
                connection.execute(_VISIT, (people[key], at, *row, width_s))
                touched.append((people[key], at_ms))
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


def _derive(
    connection: sqlite3.Connection, touched: Iterable[tuple[int, int]], now: datetime
) -> None:
    """Anew, the stays of these people around these moments (ms)."""
    moments: dict[int, list[int]] = defaultdict(list)
    for person, at_ms in touched:
        moments[person].append(at_ms // 1000)
    gone: list[tuple[Any, ...]] = []
    new: list[tuple[Any, ...]] = []
    for person, seconds in moments.items():
        for first, last in _spans(sorted(seconds)):
            before, after = _around(connection, person, first, last)
            gone += [(*stay, person) for stay in before - after]
            new += [(*stay, person) for stay in after - before]
    connection.executemany(_DROP, [(venue, tin, who, tout) for venue, tin, tout, *_, who in gone])
    connection.executemany(_ADD, new)
    noted_ms = ms_of(now)
    connection.executemany(_NOTE, [(noted_ms, False, *row) for row in gone])
    connection.executemany(_NOTE, [(noted_ms, True, *row) for row in new])


def _spans(seconds: Sequence[int]) -> list[list[int]]:
    """Moments so near that a scan that moved from one to the other is looked at around both are looked at together."""
    spans = [[seconds[0], seconds[0]]]
    for at_s in seconds[1:]:
        if at_s - spans[-1][1] <= 2 * REACH_S + MAX_STAY_S + 1:
            spans[-1][1] = at_s
        else:
            spans.append([at_s, at_s])
    return spans


def _around(
    connection: sqlite3.Connection, person: int, first: int, last: int
) -> tuple[set[Stay], set[Stay]]:
    """Stays as they stand and as they should, of all scans within reach of [first, last]."""
    first, last = first - REACH_S, last + REACH_S
    reached = (person, (first - REACH_S) * 1000, (last + REACH_S + MAX_STAY_S + 1) * 1000)
    visits = [Visit._make(row) for row in connection.execute(_REACHED, reached)]
    within = {each.event for each in visits if first <= each.at_s <= last}
    beyond = {each.event for each in visits} - within
    after = {stay for stay in stays(visits) if stay.event in within}
    # a stay begins up to MAX_STAY_S before its scan, and its last part REACH_S after it
    near = (person, first - MAX_STAY_S, last + REACH_S)
    before = {Stay._make(row) for row in connection.execute(_KNOWN, near)}
    return {stay for stay in before if stay.event not in beyond}, after
