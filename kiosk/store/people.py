"""The second database: people, in RAM only, kept over a restart of the service and gone with the power.

It lies under the run directory, which is a tmpfs on a kiosk. Anywhere else it stays in the process's own memory: what
it holds is never written to a disk.
"""

import sqlite3
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlite_utils import Database

from kiosk.errors import StoreUnusable
from kiosk.store.database import is_damage, name_of
from kiosk.store.durable import filesystem_of
from kiosk.store.one_at_a_time import make_shared, one_at_a_time

BUSY_TIMEOUT_S = 1.0
_IN_RAM = frozenset({"tmpfs", "ramfs"})


class PeopleDatabase:
    """What is kept of people in RAM: `tables` are statements, each of which makes one if it is not there.

    For the one thread that opened it. The constructor stores; `open` takes up what a file in RAM still holds of this
    boot, or begins an empty memory; without a path it is the process's own.
    """

    def __init__(self, path: Path | None, tables: tuple[str, ...]) -> None:
        self._path = path
        self._tables = tables
        self._database: Database | None = None

    def open(self) -> None:
        """Raise StoreUnusable when the file cannot be had."""
        self.close()
        self._database = open_people(self._path, self._tables)

    def close(self) -> None:
        """What is not in a file in RAM is forgotten."""
        database, self._database = self._database, None
        if database is not None:
            database.close()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def _db(self) -> Database:
        if self._database is None:
            raise RuntimeError(f"{type(self).__name__} is not open")
        return self._database


def open_people(path: Path | None, tables: tuple[str, ...]) -> Database:
    """The database with these tables, each statement of which makes one if it is not there. None: private memory.

    A file that is damaged is begun anew: nothing in it is evidence. Raise StoreUnusable when it cannot be had."""
    if path is None or not is_kept(path):
        return _prepared(sqlite3.connect(":memory:"), tables)
    try:
        # the loop and the uplink open it at once, and SQLite does not wait for the change to WAL (seen in CI)
        with one_at_a_time(path):
            return _opened_anew_if_damaged(path, tables)
    except sqlite3.DatabaseError as error:
        raise StoreUnusable(f"{path} cannot be opened ({name_of(error)})") from error
    except OSError as error:
        raise StoreUnusable(f"{path} cannot be opened ({error.strerror})") from error


def is_kept(path: Path) -> bool:
    """Whether `path` lies in RAM, so that people may be kept there over a restart of the service."""
    return path.parent.is_dir() and filesystem_of(path.parent) in _IN_RAM


def _opened_anew_if_damaged(path: Path, tables: tuple[str, ...]) -> Database:
    try:
        return _opened(path, tables)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
    for beside in ("", "-wal", "-shm"):
        path.with_name(path.name + beside).unlink(missing_ok=True)
    return _opened(path, tables)


def _opened(path: Path, tables: tuple[str, ...]) -> Database:
    make_shared(path)
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        return _prepared(connection, tables)
    except BaseException:
        connection.close()
        raise


def _prepared(connection: sqlite3.Connection, tables: tuple[str, ...]) -> Database:
    database = Database(connection, execute_plugins=False)
    for pragma in ("temp_store=MEMORY", "synchronous=OFF", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")
    for statement in tables:
        connection.execute(statement)
    connection.commit()
    return database
