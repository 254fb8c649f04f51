"""A connection to PostgreSQL by which both a ledger can be written and questions be asked.

What it speaks is what both stores understand: `?` for each value. No password stands in the settings: libpq finds it in
the file that PGPASSFILE names, or needs none on a Unix socket.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import psycopg
from psycopg import conninfo

from collector.errors import LedgerError
from collector.ledger.connection import Rows
from collector.ledger.postgres_schema import SCHEMA

# a server that is gone is noticed before the inbox counts as hung
_DEFAULTS = {
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
    "application_name": "collector",
}
ROWS_AT_ONCE = 5_000
# held by whoever writes of people: alone, whoever changes who is one person
PEOPLE = "hashtext('collector.people'), 0"
IN_USE = "hashtext('collector.ledger'), 0"  # held, shared, by whoever writes


def connect(where: str) -> psycopg.Connection:
    """Every statement by itself until a transaction is begun. Raise LedgerError, without what a password may be in."""
    try:
        asked = conninfo.conninfo_to_dict(where)
        if "password" in asked:
            raise LedgerError(
                "ledger.postgresql: no password in the settings: put it into a file of mode 0600 that PGPASSFILE names"
            )
        settings: dict[str, Any] = {**_DEFAULTS, **asked}
        connection = psycopg.connect(**settings, autocommit=True)
        # the search path is ours; statements that wait or run for ever would look like a hang
        connection.execute(f"SET search_path = {SCHEMA}, pg_temp")
    except psycopg.Error as error:
        raise LedgerError(f"PostgreSQL cannot be reached ({name_of(error)})") from error
    return connection


def say_in_use(connection: psycopg.Connection) -> None:
    """As long as this connection lasts nothing is restored. Raise LedgerError when something is just now."""
    row = connection.execute(f"SELECT pg_try_advisory_lock_shared({IN_USE})").fetchone()
    if not row or not row[0]:
        raise LedgerError("the ledger in PostgreSQL is being restored")


def name_of(error: psycopg.Error) -> str:
    """PostgreSQL's own name of an error, such as DiskFull; never the statement or its values."""
    if error.sqlstate is None:
        return (
            "no connection" if isinstance(error, psycopg.OperationalError) else type(error).__name__
        )
    return type(error).__name__


class Writing:
    """collector.ledger.connection.Connection, in the transaction of whoever made it."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> Rows:
        return self._connection.execute(with_places(sql), values)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]], /) -> None:
        if rows := list(rows):
            with self._connection.cursor() as cursor:
                cursor.executemany(with_places(sql), rows)


class Reading:
    """The same for questions only: what is found is fetched as it is read, however much it is."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._cursors: list[psycopg.ServerCursor] = []

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> Rows:
        cursor = self._connection.cursor(name=f"question_{len(self._cursors)}")
        self._cursors.append(cursor)
        cursor.itersize = ROWS_AT_ONCE
        return cursor.execute(with_places(sql), values)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]], /) -> None:
        raise NotImplementedError("questions only")

    def close(self) -> None:
        for cursor in self._cursors:
            cursor.close()


@cache
def with_places(sql: str) -> str:
    """The texts are ours and few: values never stand in them."""
    return sql.replace("?", "%s")
