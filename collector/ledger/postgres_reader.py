"""Reads the ledger in PostgreSQL, of the server that is written or of one that follows it."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import IsolationLevel

from collector.errors import LedgerError
from collector.ledger.postgres_connection import Writing, connect, name_of, with_places


class _Asking(Writing):
    """Implements collector.ledger.connection.Asking."""

    last_number = "SELECT last FROM numbered WHERE name = ?"

    def snapshot(self) -> AbstractContextManager[object]:
        return self._connection.transaction()

    def together(self) -> AbstractContextManager[object]:
        return self._connection.pipeline()

    def each(self, sql: str, rows: Sequence[Sequence[Any]], /) -> Sequence[Any]:
        if not rows:
            return []
        with self._connection.cursor() as cursor:
            cursor.executemany(with_places(sql), rows, returning=True)
            found = [cursor.fetchall()]
            while cursor.nextset():
                found.append(cursor.fetchall())
            return found

    def pieces(self, sql: str, rows: int, /) -> Iterator[Sequence[Any]]:
        with self._connection.cursor(name="pieces") as cursor:
            cursor.execute(sql)
            while found := cursor.fetchmany(rows):
                yield found


@dataclass(frozen=True, slots=True)
class PostgresReader:
    """Implements collector.ledger.connection.Reader; `where` is a connection string of libpq."""

    where: str

    @contextmanager
    def connected(self) -> Iterator[_Asking]:
        with closing(connect(self.where)) as connection:
            connection.isolation_level = IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            try:
                yield _Asking(connection)
            except psycopg.errors.UndefinedTable as error:
                raise LedgerError(
                    "there is no ledger in this database: `collector serve` makes it"
                ) from error
            except psycopg.Error as error:
                raise LedgerError(f"the ledger cannot be read ({name_of(error)})") from error
