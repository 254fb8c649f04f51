"""Stays in the ledger's file, where one writes at a time anyway."""

import json
from collections.abc import Iterable, Mapping, Sequence

from collector.ledger.connection import Connection
from collector.tracing.port import Around, Reach, Seen, StayRow, VisitRow
from collector.tracing.stays import Stay, Visit
from kiosk.wire.data import VISIT

_ADD_VISIT = "INSERT INTO trace_visit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
_MOVE = "UPDATE trace_visit SET at_ms = ?, width_s = ? WHERE event = ? RETURNING person"
_TAKE = "DELETE FROM trace_visit WHERE event = ? RETURNING person, at_ms, event"
_SEEN = """
    SELECT key, kiosk, id, direction, follows, placed_ms, placed_width_ms, message ->> '$.data.venue'
    FROM event WHERE key = ? AND type = ?
"""
# The values are those of a Reach. Not by DISTINCT and OFFSET: in a scalar subquery SQLite 3.40 answers the first of
# them (seen).
_SURE = "FROM trace_visit WHERE person = ?1 AND NOT follows AND at_ms"
_REACHED = f"""
    SELECT at_ms, tie, event, venue, way, usual_s, follows, width_s FROM trace_visit
    WHERE person = ?1 AND at_ms BETWEEN
        MAX(?4, IFNULL((SELECT MAX(at_ms) {_SURE} < (SELECT MAX(at_ms) {_SURE} < ?2)), 0))
        AND MIN(?5, IFNULL((SELECT MIN(at_ms) {_SURE} > (SELECT MIN(at_ms) {_SURE} > ?3)), ?5))
"""  # noqa: S608 - our own words
_FIELDS = "venue, tin, tout, rule, seen_in, event, width_s"
_KNOWN = (
    f"SELECT {_FIELDS} FROM stay WHERE person = ? AND tin BETWEEN ? AND ?"  # noqa: S608 - our own words
    " AND event IN (SELECT value FROM json_each(?))"
)
_ADD = f"INSERT INTO stay ({_FIELDS}, person) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - our own words
_DROP = "DELETE FROM stay WHERE venue = ? AND tin = ? AND person = ? AND tout = ?"
_NOTE = f"INSERT INTO stay_change (noted_ms, is_new, {_FIELDS}, person) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - our own words


class SqliteStays:
    """Implements collector.tracing.port.StayTables."""

    def hold(self, connection: Connection, people: Iterable[int]) -> None: ...

    def numbers(self, connection: Connection, names: Iterable[str]) -> Mapping[str, int]:
        find = "SELECT number FROM trace_venue WHERE name = ?"
        add = "INSERT INTO trace_venue (name) VALUES (?) RETURNING number"
        found = {}
        for name in names:
            row = connection.execute(find, [name]).fetchone()
            found[name] = (row or connection.execute(add, [name]).fetchone())[0]
        return found

    def add(self, connection: Connection, visits: Sequence[VisitRow]) -> None:
        connection.executemany(_ADD_VISIT, visits)

    def move(
        self, connection: Connection, events: Sequence[tuple[int, int | None, int]]
    ) -> Mapping[int, int]:
        found = {}
        for row in events:
            for (person,) in connection.execute(_MOVE, row).fetchall():
                found[row[-1]] = person
        return found

    def take(
        self, connection: Connection, events: Sequence[int], people: Iterable[int]
    ) -> list[tuple[int, int, int]]:
        del people
        return [row for key in events for row in connection.execute(_TAKE, [key]).fetchall()]

    def seen(self, connection: Connection, events: Sequence[int]) -> Iterable[Seen]:
        found = (connection.execute(_SEEN, [key, VISIT]).fetchone() for key in events)
        return [Seen._make(row) for row in found if row is not None]

    def reached(self, connection: Connection, asked: Sequence[Reach]) -> Sequence[list[Visit]]:
        rows = (connection.execute(_REACHED, each) for each in asked)
        return [[Visit._make(row) for row in each] for each in rows]

    def known(self, connection: Connection, asked: Sequence[Around]) -> Sequence[set[Stay]]:
        rows = (connection.execute(_KNOWN, (*each[:3], json.dumps(each.events))) for each in asked)
        return [{Stay._make(row) for row in each} for each in rows]

    def change(
        self, connection: Connection, gone: Sequence[StayRow], new: Sequence[StayRow], now_ms: int
    ) -> None:
        drop = [(venue, tin, person, tout) for venue, tin, tout, *_, person in gone]
        connection.executemany(_DROP, drop)
        connection.executemany(_ADD, new)
        connection.executemany(_NOTE, [(now_ms, False, *row) for row in gone])
        connection.executemany(_NOTE, [(now_ms, True, *row) for row in new])
