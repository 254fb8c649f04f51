"""Reads the ledger's file by connections that can only read: WAL lets them, while the inbox writes."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collector.errors import LedgerError
from collector.ledger.sqlite_ledger import name_of

_BUSY_TIMEOUT_S = 5.0


class _Asking:
    """Implements collector.ledger.connection.Asking."""

    last_number = "SELECT seq FROM sqlite_sequence WHERE name = ?"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.execute = connection.execute
        self.executemany = connection.executemany

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.rollback()

    def together(self) -> AbstractContextManager[object]:
        return nullcontext()

    def each(self, sql: str, rows: Sequence[Sequence[Any]], /) -> Sequence[Any]:
        return [self._connection.execute(sql, row).fetchall() for row in rows]

    def pieces(self, sql: str, rows: int, /) -> Iterator[Sequence[Any]]:
        cursor = self._connection.execute(sql)
        while found := cursor.fetchmany(rows):
            yield found


@dataclass(frozen=True, slots=True)
class SqliteReader:
    """Implements collector.ledger.connection.Reader."""

    path: Path

    @contextmanager
    def connected(self) -> Iterator[_Asking]:
        if not self.path.exists():
            raise LedgerError(f"there is no ledger {self.path}: `collector serve` makes it")
        address = f"{self.path.absolute().as_uri()}?mode=ro"
        try:
            with closing(sqlite3.connect(address, uri=True, timeout=_BUSY_TIMEOUT_S)) as connection:
                yield _Asking(connection)
        except sqlite3.Error as error:
            raise LedgerError(
                f"the ledger {self.path} cannot be read ({name_of(error)})"
            ) from error
