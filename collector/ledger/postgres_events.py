"""The table of events in PostgreSQL: copied into a table of this connection's own, and from there to their places."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager

import psycopg

from collector.ledger.batch import Row
from collector.ledger.postgres_schema import first_key

STAGING = "CREATE TEMPORARY TABLE arrived (LIKE event) ON COMMIT DELETE ROWS"
_COPY = "COPY arrived FROM STDIN (FORMAT BINARY)"
_TYPES = (
    *("int8", "text", "text", "int8", "text", "text", "int8", "int8"),
    *("text",) * 6,
    *("bytea", "bytea", "int8", "int8", "int8", "text", "int8", "int8"),
)
# whatever is new of the ids; the numbers are free already (collector.ledger.progress)
_LINK = """
    INSERT INTO chain_link SELECT kiosk, stream, seq, id, hash, prevhash, key FROM arrived ORDER BY key
    ON CONFLICT DO NOTHING
"""
_REFUSED = """
    DELETE FROM arrived WHERE NOT EXISTS (
        SELECT 1 FROM chain_link AS link WHERE link.kiosk = arrived.kiosk
            AND link.stream = arrived.stream AND link.seq = arrived.seq AND link.key = arrived.key)
    RETURNING key
"""
_PEOPLE = (
    "INSERT INTO person_key SELECT unnest(%s::bytea[]), unnest(%s::int8[]) ON CONFLICT DO NOTHING"
)
_STORE = "INSERT INTO event SELECT * FROM arrived"


class PostgresEvents:
    """Implements collector.ledger.batch.EventTable, in one transaction of one day."""

    links = "chain_link"
    # two may look for a marked boot at once
    marked = " FOR UPDATE SKIP LOCKED"
    is_far = True

    def __init__(self, connection: psycopg.Connection, day: int) -> None:
        self._connection = connection
        self._day = day
        self._is_used = False

    def together(self) -> AbstractContextManager[object]:
        return self._connection.pipeline()

    def keys(self, count: int, /) -> Iterator[int]:
        asked = "SELECT nextval('event_number') FROM generate_series(1, %s)"
        numbers = self._connection.execute(asked, [count]).fetchall()
        return iter([first_key(self._day) + number for (number,) in numbers])

    def insert(self, rows: Sequence[Row]) -> set[int]:
        if not rows:
            return set()
        if self._is_used:
            self._connection.execute("DELETE FROM arrived")
        self._is_used = True
        with self._connection.cursor() as cursor:
            with cursor.copy(_COPY) as copy:
                copy.set_types(_TYPES)
                for row in rows:
                    copy.write_row(row)
            refused: set[int] = set()
            if cursor.execute(_LINK).rowcount < len(rows):
                refused = {key for (key,) in cursor.execute(_REFUSED)}
            cursor.execute(_STORE)
            return refused

    def name(self, people: Sequence[tuple[bytes, int]]) -> None:
        if people:
            self._connection.execute(_PEOPLE, list(map(list, zip(*people, strict=True))))
