"""A second place for the ledger: a copy of it taken while it is written, and the way back.

What a finished copy holds without a gap is *archived*: the next receipts say so, and kiosks may let go of those rows.
A ledger that comes back from a copy is another one, with another id: kiosks then send again what it does not name.
"""

import os
import secrets
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from collector.errors import LedgerError
from collector.ledger.lock import LedgerLock
from collector.ledger.sqlite_ledger import name_of

_PAGES_A_STEP = 250
_BYTES_A_STEP = 4 * 1024 * 1024
_UPTO = """
    SELECT ifnull(min(first) - 1, highest), kiosk, stream
    FROM stream LEFT JOIN gap USING (kiosk, stream) GROUP BY kiosk, stream
"""
_ARCHIVED = """
    UPDATE stream SET archived_upto = max(archived_upto, ?) WHERE kiosk = ? AND stream = ?
"""


def backup(ledger: Path, to: Path, progress: Callable[[int, int], None]) -> int:
    """Copy the ledger to the new file `to`, then mark what it holds as archived; how many events. `progress` is told
    the pages that are done, and all of them.

    Raise LedgerError, then there is no file, or nothing is marked.
    """
    if to.exists():
        raise LedgerError(f"{to} is there already: name another file")
    if not ledger.exists():
        raise LedgerError(f"there is no ledger {ledger}")
    beside = to.with_name(to.name + ".part")
    beside.unlink(missing_ok=True)
    try:
        os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        _copy(ledger, beside, progress)
        events, archived = _looked_through(beside)
        _sync(beside)
        beside.replace(to)
        _sync(to.absolute().parent)
        with closing(sqlite3.connect(ledger, timeout=10.0)) as connection, connection:
            connection.executemany(_ARCHIVED, archived)
    except sqlite3.Error as error:
        raise LedgerError(f"no backup was made ({name_of(error)})") from error
    finally:
        beside.unlink(missing_ok=True)
    return events


def restore(
    ledger: Path, copy: Path, progress: Callable[[int, int], None] = lambda _1, _2: None
) -> Path | None:
    """Put a copy in the ledger's place; where the ledger that was there has gone. `progress` is told the bytes that
    are copied, and all of them; interrupted, nothing has changed.

    Raise LedgerError when it is in use, or when the copy is no ledger or damaged: then nothing has changed.
    """
    lock = LedgerLock(ledger)
    lock.take(exclusive=True)
    beside = ledger.with_name(ledger.name + ".part")
    try:
        _fetch(copy, beside, progress)
        _looked_through(beside)
        with closing(sqlite3.connect(beside)) as connection, connection:
            connection.execute("UPDATE ledger SET id = ?", [secrets.token_hex(16)])
        beside.chmod(0o660)
        _sync(beside)
        aside = _moved_aside(ledger)
        beside.replace(ledger)
        _sync(ledger.absolute().parent)
        return aside
    except sqlite3.Error as error:
        raise LedgerError(f"{copy} is no ledger, or damaged ({name_of(error)})") from error
    finally:
        beside.unlink(missing_ok=True)
        lock.release()


def _copy(ledger: Path, to: Path, progress: Callable[[int, int], None]) -> None:
    def step(_status: int, left: int, total: int) -> None:
        progress(total - left, total)

    with closing(sqlite3.connect(f"{ledger.absolute().as_uri()}?mode=ro", uri=True)) as source:
        # one snapshot: otherwise each commit of the inbox would make it begin anew
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM stream").fetchone()
        with closing(sqlite3.connect(to)) as target:
            source.backup(target, pages=_PAGES_A_STEP, progress=step)
            # one file that can be carried: no WAL beside it
            target.execute("PRAGMA journal_mode=DELETE").fetchone()


def _fetch(copy: Path, beside: Path, progress: Callable[[int, int], None]) -> None:
    size = copy.stat().st_size
    with copy.open("rb") as source, beside.open("wb") as target:
        while piece := source.read(_BYTES_A_STEP):
            target.write(piece)
            progress(target.tell(), size)


def _looked_through(copy: Path) -> tuple[int, list[tuple[int, str, str]]]:
    """The number of its events, and how far each stream goes without a gap."""
    with closing(sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise LedgerError(f"{copy} is damaged")
        events = connection.execute("SELECT count(*) FROM event").fetchone()[0]
        connection.execute("SELECT id FROM ledger").fetchone()
        return events, connection.execute(_UPTO).fetchall()


def _moved_aside(ledger: Path) -> Path | None:
    if not ledger.exists():
        return None
    aside = ledger.with_name(f"{ledger.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    for suffix in ("-wal", "-shm", ""):
        file = ledger.with_name(ledger.name + suffix)
        if file.exists():
            file.rename(aside.with_name(aside.name + suffix))
    return aside


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
