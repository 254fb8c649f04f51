"""Stays in PostgreSQL, where several workers write and each question is a journey: one for a whole batch.

Whoever derives stays of somebody holds them until its transaction ends: the scans beside theirs are then on record, or
not yet looked at. People are held by slots, in one order, and under the lock of collector.people, so that nobody waits
for somebody who waits for them. Changes are numbered by a row that whoever notes some holds until the end: their order
is that in which they can be read, and the index in memory misses none.
"""

from collections.abc import Iterable, Mapping, Sequence

from collector.ledger.connection import Connection, columns, many
from collector.ledger.postgres_connection import PEOPLE
from collector.tracing.port import Around, Reach, Seen, StayRow, VisitRow
from collector.tracing.stays import Stay, Visit
from kiosk.wire.data import VISIT

# PostgreSQL has room for some thousand locks
SLOTS = 1_024
_HOLD = (
    "SELECT pg_advisory_xact_lock(hashtext('collector.stays'), slot) FROM unnest(?::int[]) AS slot"
)
_FIND_PLACES = "SELECT name, number FROM trace_venue WHERE name = ANY(?)"
_ADD_PLACES = "INSERT INTO trace_venue (name) SELECT unnest(?::text[]) ON CONFLICT DO NOTHING"


def _given(names: str) -> str:
    """A table of any number of rows (collector.ledger.connection.many), named `given`."""
    types = [_TYPES.get(name, "int8") for name in names.split(", ")]
    return f"{many(types)} AS given ({names})"


# a width that is not known is the word of Python for it
_TYPES = {
    "events": "text",
    "width_s": "text",
    "seen_in": "bool",
    "follows": "bool",
    "is_new": "bool",
}
_WIDTH = "nullif(width_s, 'None')::int8"
_VISIT = "person, at_ms, tie, event, venue, way, usual_s, follows, width_s"
_ADD_VISITS = f"""
    INSERT INTO trace_visit
    SELECT person, at_ms, tie, event, venue, way, usual_s, follows::int, {_WIDTH} FROM {_given(_VISIT)}
    ON CONFLICT DO NOTHING
"""  # noqa: S608 - our own words
_PEOPLE_OF = "SELECT DISTINCT person FROM trace_visit WHERE event = ANY(?::int8[])"
_MOVE = f"""
    UPDATE trace_visit AS visit SET at_ms = given.at_ms, width_s = nullif(given.width_s, 'None')::int8
    FROM {_given("at_ms, width_s, event")} WHERE visit.event = given.event RETURNING visit.event, visit.person
"""  # noqa: S608 - our own words
_TAKE = "DELETE FROM trace_visit WHERE event = ANY(?::int8[]) RETURNING person, at_ms, event"
_SEEN = """
    SELECT key, kiosk, id, direction, follows, placed_ms, placed_width_ms, json_extract(message, '$.data.venue')
    FROM event WHERE key = ANY(?::int8[]) AND type = ?
"""
_SURE = "FROM trace_visit WHERE person = who AND follows = 0 AND at_ms"
# OFFSET: the bounds are found once for each that is asked, and not for each visit
_REACHED = f"""
    SELECT number, at_ms, tie, event, venue, way, usual_s, follows, width_s
    FROM {_given("number, who, first, last, earliest, latest")}
    CROSS JOIN LATERAL (
        SELECT greatest(earliest, (SELECT max(at_ms) {_SURE} < (SELECT max(at_ms) {_SURE} < first))),
            least(latest, (SELECT min(at_ms) {_SURE} > (SELECT min(at_ms) {_SURE} > last)))
        OFFSET 0) AS bounds (low, high)
    JOIN trace_visit ON person = who AND at_ms BETWEEN low AND high
"""  # noqa: S608 - our own words
_FIELDS = "venue, tin, tout, rule, seen_in, event, width_s"
_KNOWN = f"""
    SELECT number, {_FIELDS} FROM {_given("number, who, first, last, events")}
    JOIN stay ON person = who AND tin BETWEEN first AND last
    WHERE event = ANY(string_to_array(events, ',')::int8[])
"""  # noqa: S608 - our own words
_STAY = f"venue, tin, tout, rule, seen_in::int, event, {_WIDTH}, person"
_DROP = f"""
    DELETE FROM stay USING {_given(f"{_FIELDS}, person")} WHERE stay.venue = given.venue AND stay.tin = given.tin
    AND stay.person = given.person AND stay.tout = given.tout
"""  # noqa: S608 - our own words
_ADD = f"INSERT INTO stay ({_FIELDS}, person) SELECT {_STAY} FROM {_given(f'{_FIELDS}, person')}"  # noqa: S608
_NUMBERED = """
    INSERT INTO numbered VALUES ('stay_change', ?)
    ON CONFLICT (name) DO UPDATE SET last = numbered.last + excluded.last RETURNING last
"""
_CHANGE = "number, noted_ms, is_new"
_NOTE = f"""
    INSERT INTO stay_change ({_CHANGE}, {_FIELDS}, person)
    SELECT number, noted_ms, is_new::int, {_STAY} FROM {_given(f"{_CHANGE}, {_FIELDS}, person")}
"""  # noqa: S608 - our own words


class PostgresStays:
    """Implements collector.tracing.port.StayTables."""

    def hold(self, connection: Connection, people: Iterable[int]) -> None:
        connection.execute(f"SELECT pg_advisory_xact_lock_shared({PEOPLE})")
        connection.execute(_HOLD, [sorted({person % SLOTS for person in people})])

    def numbers(self, connection: Connection, names: Iterable[str]) -> Mapping[str, int]:
        asked = sorted(names)
        found = dict(connection.execute(_FIND_PLACES, [asked]).fetchall())
        if new := [name for name in asked if name not in found]:
            connection.execute(_ADD_PLACES, [new])
            found |= connection.execute(_FIND_PLACES, [new]).fetchall()
        return found

    def add(self, connection: Connection, visits: Sequence[VisitRow]) -> None:
        connection.execute(_ADD_VISITS, columns((), visits))

    def move(
        self, connection: Connection, events: Sequence[tuple[int, int | None, int]]
    ) -> Mapping[int, int]:
        self._hold_those_of(connection, [key for *_, key in events], ())
        return dict(connection.execute(_MOVE, columns((), events)).fetchall())

    def take(
        self, connection: Connection, events: Sequence[int], people: Iterable[int]
    ) -> list[tuple[int, int, int]]:
        self._hold_those_of(connection, events, people)
        return connection.execute(_TAKE, [list(events)]).fetchall()

    def seen(self, connection: Connection, events: Sequence[int]) -> Iterable[Seen]:
        return map(Seen._make, connection.execute(_SEEN, [list(events), VISIT]).fetchall())

    def reached(self, connection: Connection, asked: Sequence[Reach]) -> Sequence[list[Visit]]:
        rows = [(number, *each) for number, each in enumerate(asked)]
        found: list[list[Visit]] = [[] for _ in asked]
        for number, *visit in connection.execute(_REACHED, columns((), rows)).fetchall():
            found[number].append(Visit._make(visit))
        return found

    def known(self, connection: Connection, asked: Sequence[Around]) -> Sequence[set[Stay]]:
        rows = [
            (number, *each[:3], ",".join(map(str, each.events)))
            for number, each in enumerate(asked)
        ]
        found: list[set[Stay]] = [set() for _ in asked]
        for number, *stay in connection.execute(_KNOWN, columns((), rows)).fetchall():
            found[number].add(Stay._make(stay))
        return found

    def change(
        self, connection: Connection, gone: Sequence[StayRow], new: Sequence[StayRow], now_ms: int
    ) -> None:
        if gone:
            connection.execute(_DROP, columns((), gone))
        if new:
            connection.execute(_ADD, columns((), new))
        changes = [(0, *row) for row in gone] + [(1, *row) for row in new]
        (last,) = connection.execute(_NUMBERED, [len(changes)]).fetchone()
        numbered = enumerate(changes, last - len(changes) + 1)
        rows = [(number, now_ms, *row) for number, row in numbered]
        connection.execute(_NOTE, columns((), rows))

    def _hold_those_of(
        self, connection: Connection, events: Sequence[int], people: Iterable[int]
    ) -> None:
        # before it is asked: from here on nobody makes them somebody else's
        connection.execute(f"SELECT pg_advisory_xact_lock_shared({PEOPLE})")
        found = connection.execute(_PEOPLE_OF, [list(events)]).fetchall()
        self.hold(connection, [*people, *(person for (person,) in found)])
