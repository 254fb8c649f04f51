"""The log in a SQLite file of its own. Any number of processes may write to it: each takes the lock, reads the newest
line, and adds its own. The file itself refuses to change or delete a line; who removes that breaks the chain.
"""

import contextlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from collector.audit.entry import (
    NOTHING_BEFORE,
    Checked,
    Entry,
    Head,
    check,
    hash_of,
    vetted,
)
from collector.days import at_ms, day_begin_ms, day_number, ms_of
from collector.errors import CollectorError

BUSY_TIMEOUT_S = 10.0
_TABLE = """
CREATE TABLE IF NOT EXISTS entry (
    number INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    actor TEXT NOT NULL,
    act TEXT NOT NULL,
    about TEXT NOT NULL,
    previous BLOB NOT NULL,
    hash BLOB NOT NULL
) STRICT
"""
_TRIGGERS = tuple(
    f"""
    CREATE TRIGGER IF NOT EXISTS no_{act.lower()} BEFORE {act} ON entry
    BEGIN SELECT raise(ABORT, 'the audit is only added to'); END
    """
    for act in ("UPDATE", "DELETE")
)


class AuditLog:
    """Opens nothing until it is asked, and then for that call alone, so that any thread may ask."""

    def __init__(self, path: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._path = path
        self._now = now

    def note(self, actor: str, act: str, about: Mapping[str, str]) -> None:
        """On the disk when this returns. Raise CollectorError when it cannot be: then the act may not happen."""
        vetted(actor, act, about)
        with self._open(writes=True) as db:
            db.execute("BEGIN IMMEDIATE")
            for statement in (_TABLE, *_TRIGGERS):
                db.execute(statement)
            head = _head(db)
            draft = (head.number + 1, ms_of(self._now()), actor, act)
            entry = Entry(draft[0], at_ms(draft[1]), actor, act, dict(about), head.hash, b"")
            text = json.dumps(dict(about), ensure_ascii=False, sort_keys=True)
            row = (*draft, text, head.hash, hash_of(entry))
            db.execute("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            db.execute("COMMIT")

    def entries(
        self,
        act: str = "",
        actor: str = "",
        day: date | None = None,
        before: int | None = None,
        limit: int = 100,
        kiosk: str = "",
    ) -> Sequence[Entry]:
        """Newest first, those below the number `before`; `day` is one of Asia/Ho_Chi_Minh, `kiosk` what it is about."""
        begins_ms = None if day is None else day_begin_ms(day_number(day))
        ends_ms = None if day is None else day_begin_ms(day_number(day) + 1)
        terms = {
            "act": act or None,
            "actor": actor or None,
            "begins": begins_ms,
            "ends": ends_ms,
            "before": before,
            "limit": limit,
            "kiosk": kiosk or None,
        }
        with self._open() as db:
            found = db.execute(
                """
                SELECT * FROM entry
                WHERE (:act IS NULL OR act = :act) AND (:actor IS NULL OR actor = :actor)
                  AND (:begins IS NULL OR (at_ms >= :begins AND at_ms < :ends))
                  AND (:before IS NULL OR number < :before)
                  AND (:kiosk IS NULL OR about ->> 'kiosk' = :kiosk)
                ORDER BY number DESC LIMIT :limit
                """,
                terms,
            )
            return [_entry(row) for row in found]

    def all(self) -> Iterator[Entry]:
        """Oldest first."""
        with self._open() as db:
            yield from (_entry(row) for row in db.execute("SELECT * FROM entry ORDER BY number"))

    def acts(self) -> Sequence[str]:
        with self._open() as db:
            return [row[0] for row in db.execute("SELECT DISTINCT act FROM entry ORDER BY 1")]

    def head(self) -> Head:
        with self._open() as db:
            return _head(db)

    def check(self, written_down: Head | None = None) -> Checked:
        try:
            return check(self.all(), written_down)
        except (
            ValueError,
            TypeError,
            OverflowError,
        ) as error:  # a line that was never written here
            raise CollectorError(f"{self._path} holds what is no line of an audit") from error

    @contextlib.contextmanager
    def _open(self, *, writes: bool = False) -> Iterator[sqlite3.Connection]:
        try:
            if writes:
                _made(self._path)
            elif not self._path.exists():
                yield _empty()
                return
            # also who only reads may have to undo what a killed writer has left half done
            address = f"{self._path.absolute().as_uri()}?mode=rw"
            with contextlib.closing(
                sqlite3.connect(address, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)
            ) as db:
                db.execute("PRAGMA synchronous=FULL" if writes else "PRAGMA query_only=ON")
                if not writes:
                    found = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'entry'")
                    if found.fetchone() is None:  # made, and nothing written yet
                        yield _empty()
                        return
                yield db
        except (sqlite3.Error, OSError) as error:
            name = getattr(error, "sqlite_errorname", type(error).__name__)
            did = "written" if writes else "read"
            raise CollectorError(
                f"the audit {self._path} cannot be {did} ({name}): see to its disk and its owner"
            ) from error


def _made(path: Path) -> None:
    """For its owner and the group of the collector's processes, who all add to it."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o770)
        with contextlib.suppress(FileExistsError):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o660)
            os.fchmod(handle, 0o660)
            os.close(handle)


def _empty() -> sqlite3.Connection:
    db = sqlite3.connect(":memory:")
    db.execute(_TABLE)
    return db


def _head(db: sqlite3.Connection) -> Head:
    found = db.execute("SELECT number, hash FROM entry ORDER BY number DESC LIMIT 1").fetchone()
    return Head(*found) if found else Head(0, NOTHING_BEFORE)


def _entry(row: Any) -> Entry:
    number, ms, actor, act, about, previous, digest = row
    return Entry(number, at_ms(ms), actor, act, json.loads(about), previous, digest)
