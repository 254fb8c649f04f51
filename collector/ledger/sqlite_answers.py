"""Questions to the ledger's file, each on a connection of its own that can only read: WAL lets them run while the inbox
writes, from any thread or process."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from collector.errors import LedgerError
from collector.ledger import questions
from collector.ledger.check import check
from collector.ledger.port import Arrival, CommandAnswer, KioskState, LedgerCheck, Totals
from collector.ledger.sqlite_events import SqliteEvents
from collector.ledger.sqlite_ledger import name_of

_BUSY_TIMEOUT_S = 5.0


class SqliteAnswers:
    """Implements collector.ledger.port.Answers. Opens nothing until it is asked."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def kiosks(self, day: int) -> list[KioskState]:
        with self._reading() as db:
            return questions.kiosks(db, day)

    def latest(self, count: int) -> list[Arrival]:
        with self._reading() as db:
            return questions.latest(db, count)

    def events(self, kiosk: str) -> Iterator[dict[str, Any]]:
        with self._reading() as db:
            yield from questions.events(db, kiosk)

    def newest(self) -> int:
        with self._reading() as db:
            return questions.newest(db)

    def answer_to(self, kiosk: str, command_id: str, after: int) -> CommandAnswer | None:
        with self._reading() as db:
            return questions.answer_to(db, kiosk, command_id, after)

    def totals(self) -> Totals:
        files = (self._path.with_name(self._path.name + each) for each in ("", "-wal"))
        with self._reading() as db:
            return questions.totals(db, sum(each.stat().st_size for each in files if each.exists()))

    def check(self) -> LedgerCheck:
        with self._reading() as db:
            is_sound = db.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
            damage = [] if is_sound else ["the file is damaged: restore it from a backup"]
            return check(db, damage, SqliteEvents.links, "visits_gone")

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """One snapshot of the ledger for the whole block."""
        if not self._path.exists():
            raise LedgerError(f"there is no ledger {self._path}: `collector serve` makes it")
        try:
            with contextlib.closing(
                sqlite3.connect(
                    f"{self._path.absolute().as_uri()}?mode=ro", uri=True, timeout=_BUSY_TIMEOUT_S
                )
            ) as connection:
                connection.execute("BEGIN")
                yield connection
        except sqlite3.Error as error:
            raise LedgerError(
                f"the ledger {self._path} cannot be read ({name_of(error)})"
            ) from error
