"""Opens the kiosk's database so that what it says is stored, is stored; and sets a damaged one aside.

WAL with synchronous FULL is the fastest mode that lost nothing in 130 power cuts (shared facts, uplink section 10).
Two processes of two users share the file: both may make it, only its owner may set it aside.
"""

import logging
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from kiosk.errors import StoreUnusable
from kiosk.store.durable import is_durable
from kiosk.store.migrations import migrations
from kiosk.store.one_at_a_time import make_shared, one_at_a_time

log = logging.getLogger(__name__)

# the uplink's transactions hold the write lock for milliseconds; a visitor waits no longer than this
BUSY_TIMEOUT_S = 1.0
_FULL = 2  # what PRAGMA synchronous answers


@dataclass(frozen=True)
class Opened:
    """`set_aside` is where a damaged database was moved to, None when there was none."""

    db: Database
    inode: int
    set_aside: Path | None


def open_database(path: Path, *, may_set_aside: bool, require_durable: bool = False) -> Opened:
    """The database at `path`, made and brought up to date as needed, checked, and in its safe mode.

    A damaged file is renamed, never deleted, and a new one begun, if this process may. Raise StoreUnusable otherwise,
    and when the folder, the disk or the mode do not allow safe writing.
    """
    if not path.parent.is_dir():
        raise StoreUnusable(f"{path.parent} does not exist: make it, writable by the kiosk's group")
    if require_durable and not is_durable(path.parent):
        raise StoreUnusable(f"{path.parent} lies in RAM: put the state directory on a real disk")
    try:
        with one_at_a_time(path):
            return _opened(path, may_set_aside=may_set_aside)
    except sqlite3.Error as error:
        raise StoreUnusable(f"{path} cannot be opened ({name_of(error)})") from error
    except OSError as error:
        raise StoreUnusable(f"{path} cannot be opened ({error.strerror})") from error


@contextmanager
def begin(db: sqlite3.Connection) -> Iterator[None]:
    """A transaction. Its lock first: one that began by reading could not wait for the other process's lock."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def name_of(error: sqlite3.Error) -> str:
    """SQLite's own name of an error, such as SQLITE_FULL; never the statement or its values."""
    return getattr(error, "sqlite_errorname", None) or type(error).__name__


def is_damage(error: sqlite3.Error) -> bool:
    return name_of(error).startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))


def _opened(path: Path, *, may_set_aside: bool) -> Opened:
    aside = _orphaned_wal(path)
    kept_wal = _keep_wal(path)
    try:
        db = _checked(path)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        if not may_set_aside:
            raise StoreUnusable(f"{path} is damaged: kiosk.service will set it aside") from error
        aside = _set_aside(path, kept_wal)
        log.error("the database was damaged; it is kept as %s and a new one has begun", aside)
        db = _checked(path)
    kept_wal.unlink(missing_ok=True)
    return Opened(db, path.stat().st_ino, aside)


def _checked(path: Path) -> Database:
    make_shared(path)
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S)
    try:
        db = Database(connection, execute_plugins=False)
        _use_safe_mode(connection, path)
        answer = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if answer != "ok":
            raise _Damaged("quick_check found damage")
        migrations.apply(db)
    except BaseException:
        connection.close()
        raise
    return db


class _Damaged(sqlite3.DatabaseError):
    sqlite_errorname = "SQLITE_CORRUPT"


def _use_safe_mode(connection: sqlite3.Connection, path: Path) -> None:
    # the row must be fetched: the change can fail without an exception and leave DELETE mode
    mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    if mode != "wal":
        raise StoreUnusable(f"{path} is in {mode} mode: its file system does not take WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA secure_delete=ON")
    if connection.execute("PRAGMA synchronous").fetchone()[0] != _FULL:
        raise StoreUnusable(f"{path} does not take synchronous=FULL")


def _keep_wal(path: Path) -> Path:
    """A second name for the WAL: SQLite removes a WAL that it cannot make sense of, and rows may lie in it."""
    kept = Path(f"{path}-wal.kept")
    kept.unlink(missing_ok=True)
    with suppress(OSError):  # there is none, or this file system has no second names
        kept.hardlink_to(f"{path}-wal")
    return kept


def _set_aside(path: Path, kept_wal: Path) -> Path:
    """The database first: a WAL left behind by a crash in between is found by `_orphaned_wal`, while a database left
    behind without its WAL could not be told from a good one."""
    aside = _free_name(path)
    path.rename(aside)
    with suppress(FileNotFoundError):
        kept_wal.rename(f"{aside}-wal")
    for suffix in ("-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    _sync_folder(path.parent)
    return aside


def _orphaned_wal(path: Path) -> Path | None:
    """A new database must never be given the WAL of an old one."""
    left = [Path(f"{path}{end}") for end in ("-wal.kept", "-wal", "-shm")]
    wals = [wal for wal in left[:2] if wal.exists()]
    if path.exists() or not wals:
        return None
    aside = _free_name(path)
    wals[0].rename(f"{aside}-wal")
    for file in left:
        file.unlink(missing_ok=True)
    return aside


def _free_name(path: Path) -> Path:
    name = f"{path.name}.set-aside-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}"
    names = (path.with_name(name if n == 1 else f"{name}-{n}") for n in range(1, 1_000))
    return next(p for p in names if not p.exists() and not Path(f"{p}-wal").exists())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
