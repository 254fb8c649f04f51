"""Questions to the ledger's file, each on a connection of its own that can only read: WAL lets them run while the inbox
writes, from any thread or process."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from collector.ledger import questions
from collector.ledger.check import check
from collector.ledger.connection import reading
from collector.ledger.port import (
    Arrival,
    CommandAnswer,
    KioskState,
    LedgerCheck,
    PassedOfDay,
    Totals,
)
from collector.ledger.sqlite_events import SqliteEvents
from collector.ledger.sqlite_reader import SqliteReader


class SqliteAnswers:
    """Implements collector.ledger.port.Answers. Opens nothing until it is asked."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reader = SqliteReader(path)

    def kiosks(self, day: int) -> list[KioskState]:
        with reading(self._reader) as db:
            return questions.kiosks(db, day)

    def latest(self, count: int) -> list[Arrival]:
        with reading(self._reader) as db:
            return questions.latest(db, count)

    def events(self, kiosk: str) -> Iterator[dict[str, Any]]:
        with reading(self._reader) as db:
            yield from questions.events(db, kiosk)

    def newest(self) -> int:
        with reading(self._reader) as db:
            return questions.newest(db)

    def answer_to(self, kiosk: str, command_id: str, after: int) -> CommandAnswer | None:
        with reading(self._reader) as db:
            return questions.answer_to(db, kiosk, command_id, after)

    def passed(self, kiosk: str, day: int) -> PassedOfDay | None:
        with reading(self._reader) as db:
            return questions.passed(db, kiosk, day)

    def totals(self) -> Totals:
        files = (self._path.with_name(self._path.name + each) for each in ("", "-wal"))
        with reading(self._reader) as db:
            return questions.totals(db, sum(each.stat().st_size for each in files if each.exists()))

    def check(self) -> LedgerCheck:
        with reading(self._reader) as db:
            is_sound = db.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
            damage = [] if is_sound else ["the file is damaged: restore it from a backup"]
            return check(db, damage, SqliteEvents.links, "visits_gone")
