"""The small SQLite files beside the ledger: each call opens one for itself, so that any thread and process may ask."""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from collector.errors import CollectorError

BUSY_TIMEOUT_S = 10.0
_PAUSE_S = 0.01


@dataclass(frozen=True, slots=True)
class SqliteFile:
    """`what` is its name in errors, such as "the cases"; `prepare` makes and migrates the tables."""

    path: Path
    what: str
    error: type[CollectorError]
    prepare: Callable[[Database], object]
    mode: int = 0o600
    pragmas: tuple[str, ...] = ("synchronous=FULL", "foreign_keys=ON")

    @contextmanager
    def open(self) -> Iterator[Database]:
        """Rows answer by number and by name. Raise `error` when the file cannot be had, or refuses a statement."""
        try:
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, self.mode))
            connection = sqlite3.connect(self.path, timeout=BUSY_TIMEOUT_S)
        except (OSError, sqlite3.Error) as error:
            raise self.error(f"{self.what} {self.path} cannot be opened") from error
        try:
            _use_wal(connection)
            for pragma in self.pragmas:
                connection.execute(f"PRAGMA {pragma}")
            db = Database(connection, execute_plugins=False)
            self.prepare(db)
            connection.row_factory = sqlite3.Row
            yield db
        except sqlite3.Error as error:
            name = getattr(error, "sqlite_errorname", type(error).__name__)
            raise self.error(
                f"{self.what} {self.path} refuse ({name}): nothing was changed"
            ) from error
        finally:
            connection.close()

    @contextmanager
    def writing(self) -> Iterator[Database]:
        """Begun as a writer, so that two of them wait for each other instead of failing half-way."""
        with self.open() as db:
            db.conn.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.conn.rollback()
                raise
            db.conn.commit()


def _use_wal(connection: sqlite3.Connection) -> None:
    """Two who open a new file at once get in each other's way here, and SQLite does not wait (1 of some hundred)."""
    deadline_s = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").fetchone()
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > deadline_s:
                raise
            time.sleep(_PAUSE_S)
