"""The table of events in SQLite."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import count

from sqlite_utils import Database

from collector.ledger.batch import Row

_INSERT = (
    "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_PERSON = "INSERT INTO person_key VALUES (?, ?) ON CONFLICT DO NOTHING"


class SqliteEvents:
    """Implements collector.ledger.batch.EventTable, in the transaction of whoever asks."""

    links = "stored_link"
    marked = ""
    is_far = False

    def __init__(self, database: Database) -> None:
        self._db = database
        self._connection: sqlite3.Connection = database.conn

    def together(self) -> AbstractContextManager[object]:
        return nullcontext()

    def keys(self, _count: int, /) -> Iterator[int]:  # nobody else writes: any number of them
        found = self._connection.execute("SELECT coalesce(max(key), 0) + 1 FROM event").fetchone()
        return count(found[0])

    def insert(self, rows: Sequence[Row]) -> set[int]:
        try:
            with self._db.atomic():  # a savepoint: usually no row is refused
                self._connection.executemany(_INSERT, rows)
        except sqlite3.IntegrityError as error:
            _only_if_taken(error)
            return {row[0] for row in rows if not self._insert_one(row)}
        return set()

    def name(self, people: Sequence[tuple[bytes, int]]) -> None:
        self._connection.executemany(_PERSON, people)

    def _insert_one(self, row: Row) -> bool:
        try:
            self._connection.execute(_INSERT, row)
        except sqlite3.IntegrityError as error:
            _only_if_taken(error)
            return False
        return True


def _only_if_taken(error: sqlite3.IntegrityError) -> None:
    """Any other refusal is a fault of the ledger, not of the event."""
    if error.sqlite_errorname != "SQLITE_CONSTRAINT_UNIQUE":
        raise error
