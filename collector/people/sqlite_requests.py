"""What people have asked about their own data, until when, and which events were erased: a file apart from the ledger
and its backups, so that a ledger which comes back from an older copy loses again what was erased."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from collector.days import at_ms, ms_of
from collector.people.port import Erased, PeopleError, Request, Wish
from collector.people.working_days import due

_BUSY_TIMEOUT_S = 10.0
_TABLES = (
    """
    CREATE TABLE IF NOT EXISTS request (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        wish TEXT NOT NULL,
        about TEXT NOT NULL,
        asked_ms INTEGER NOT NULL,
        due TEXT NOT NULL,
        by TEXT NOT NULL,
        done_ms INTEGER
    ) STRICT
    """,
    """
    CREATE TABLE IF NOT EXISTS erased (
        kiosk TEXT NOT NULL,
        id TEXT NOT NULL,
        at_ms INTEGER NOT NULL,
        PRIMARY KEY (kiosk, id)
    ) STRICT, WITHOUT ROWID
    """,
)


class SqliteRequests:
    """Opens nothing until it is asked, and then for that call alone. All raise PeopleError."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def ask(self, wish: Wish, about: str, asked_at: datetime, by: str) -> Request:
        until = due(asked_at)
        add = "INSERT INTO request (wish, about, asked_ms, due, by) VALUES (?, ?, ?, ?, ?) RETURNING number"
        with self._open() as db:
            row = (wish, about, ms_of(asked_at), until.isoformat(), by)
            (number,) = db.execute(add, row).fetchall()[0]
        return Request(number, wish, about, asked_at, until, by)

    def done(self, number: int, now: datetime) -> None:
        with self._open() as db:
            finish = "UPDATE request SET done_ms = ? WHERE number = ? AND done_ms IS NULL"
            if not db.execute(finish, [ms_of(now), number]).rowcount:
                raise PeopleError(f"there is no request {number} that waits for an answer")

    def requests(self, *, all_of_them: bool = False) -> Sequence[Request]:
        """Those that wait, the most urgent first; or all."""
        which = "1" if all_of_them else "done_ms IS NULL"
        with self._open() as db:
            found = db.execute(f"SELECT * FROM request WHERE {which} ORDER BY due, number")  # noqa: S608 - fixed
            return [_request(row) for row in found]

    def erased(self) -> Sequence[Erased]:
        with self._open() as db:
            return [Erased(*row) for row in db.execute("SELECT kiosk, id FROM erased")]

    def erase(self, events: Sequence[Erased], now: datetime) -> None:
        """On the disk when this returns: before they leave the ledger."""
        rows = [(each.kiosk, each.id, ms_of(now)) for each in events]
        with self._open() as db:
            db.executemany("INSERT INTO erased VALUES (?, ?, ?) ON CONFLICT DO NOTHING", rows)

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o770)
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o660))
            with contextlib.closing(
                sqlite3.connect(self._path, timeout=_BUSY_TIMEOUT_S)
            ) as connection:
                connection.execute("PRAGMA synchronous=FULL")
                for statement in _TABLES:
                    connection.execute(statement)
                with connection:
                    yield connection
        except (sqlite3.Error, OSError) as error:
            name = getattr(error, "sqlite_errorname", None) or type(error).__name__
            raise PeopleError(
                f"{self._path} cannot be used ({name}): see to its disk and owner"
            ) from error


def _request(row: Any) -> Request:
    number, wish, about, asked_ms, until, by, done_ms = row
    done_at = None if done_ms is None else at_ms(done_ms)
    day = date.fromisoformat(until)
    return Request(number, Wish(wish), about, at_ms(asked_ms), day, by, done_at)
