"""The ledger in one SQLite file: WAL, synchronous FULL, one transaction a batch.

A receipt is as strong as this commit: with `synchronous=NORMAL` a power cut loses rows that were receipted (shared
facts, uplink section 10).
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from sqlite_utils import Database

from collector.errors import LedgerError
from collector.ledger.batch import BatchWriter, tidy
from collector.ledger.bringing_up import bring_up
from collector.ledger.lock import LedgerLock
from collector.ledger.migrations import migrations
from collector.ledger.port import Batch, Due, Follower
from collector.ledger.sqlite_events import SqliteEvents

BUSY_TIMEOUT_S = 10.0
_FULL = 2  # what PRAGMA synchronous answers
# pages that many batches touch are copied from the WAL once for all of them; 16 MiB
_CHECKPOINT_PAGES = 4_000
# pseudonyms lie anywhere in their table: with SQLite's usual 2 MiB each would be fetched anew
_CACHE_KIB = 64 * 1024


class SqliteLedger:
    """Implements collector.ledger.port.Ledger. The constructor stores; `open` opens; one thread at a time."""

    largest_batch = 250  # beyond it a commit gains little, and kiosks would wait for its receipts

    def __init__(self, path: Path, followers: Sequence[Follower] = ()) -> None:
        self._path = path
        self._followers = followers
        self._database: Database | None = None
        self._id = ""
        self._lock = LedgerLock(path)

    def open(self) -> None:
        if not self._path.parent.is_dir():
            raise LedgerError(f"{self._path.parent} does not exist: make it, writable by this user")
        try:
            self._lock.take(exclusive=False)
            _make_for_the_group(self._path)
            connection = sqlite3.connect(
                self._path, timeout=BUSY_TIMEOUT_S, check_same_thread=False
            )
            try:
                _use_safe_mode(connection, self._path)
                database = Database(connection, execute_plugins=False)
                bring_up(database, migrations)
                self._id = str(connection.execute("SELECT id FROM ledger").fetchone()[0])
            except BaseException:
                connection.close()
                raise
        except sqlite3.Error as error:
            self._lock.release()
            raise LedgerError(
                f"the ledger {self._path} cannot be opened ({name_of(error)}): {_remedy(error)}"
            ) from error
        except OSError as error:
            self._lock.release()
            raise LedgerError(
                f"the ledger {self._path} cannot be opened ({error.strerror})"
            ) from error
        self._database = database

    def close(self) -> None:
        self._lock.release()
        database, self._database = self._database, None
        if database is not None:
            with suppress(sqlite3.Error):  # of a disk that fails; what was committed is safe
                database.close()

    def commit(self, batch: Batch, now: datetime) -> Sequence[Due]:
        with self._transaction() as database:
            writer = BatchWriter(database.conn, SqliteEvents(database), now, self._followers)
            writer.write(batch)
            return writer.due(self._id)

    def tidy(self) -> bool:
        with self._transaction() as database:
            return tidy(database.conn, SqliteEvents(database), self._followers, datetime.now(UTC))

    @contextmanager
    def _transaction(self) -> Iterator[Database]:
        """Begun as a writer: another process may write too, and must not make this one fail half-way."""
        if self._database is None:
            raise LedgerError(f"the ledger {self._path} is not open")
        connection = self._database.conn
        try:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
            except BaseException:
                connection.rollback()
                raise
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            with suppress(sqlite3.Error):
                connection.rollback()
            raise LedgerError(f"nothing of this batch is stored ({name_of(error)})") from error


def name_of(error: sqlite3.Error) -> str:
    """SQLite's own name of an error, such as SQLITE_FULL; never the statement or its values."""
    return getattr(error, "sqlite_errorname", None) or type(error).__name__


def _remedy(error: sqlite3.Error) -> str:
    if name_of(error).startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return "it is damaged, restore it from a backup, or move it away to begin anew"
    if name_of(error) == "SQLITE_INTERRUPT":
        return "stopped on the way to this version; the next start goes on from there"
    return "is the folder writable by this user, and is there room on the disk?"


def _make_for_the_group(path: Path) -> None:
    """SQLite would let everybody read it. The office page may run as another user of the same group."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o660))


def _use_safe_mode(connection: sqlite3.Connection, path: Path) -> None:
    # the row must be fetched: the change can fail without an exception and leave DELETE mode
    mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
    connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
    synchronous = connection.execute("PRAGMA synchronous").fetchone()[0]
    if mode != "wal" or synchronous != _FULL:
        raise LedgerError(f"the ledger {path} lies on a file system that cannot keep it safe (WAL)")
