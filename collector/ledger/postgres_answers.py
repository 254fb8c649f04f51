"""Questions to the ledger in PostgreSQL, each on a connection of its own, in one snapshot that can only read."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
from psycopg import IsolationLevel

from collector.errors import LedgerError
from collector.ledger import questions
from collector.ledger.check import check
from collector.ledger.port import (
    Arrival,
    CommandAnswer,
    KioskState,
    LedgerCheck,
    PassedOfDay,
    Totals,
)
from collector.ledger.postgres_connection import Reading, connect, name_of

# an event that has gone, and should not have, has no hash either
LINKS = "stored_link"


class PostgresAnswers:
    """Implements collector.ledger.port.Answers. Opens nothing until it is asked."""

    def __init__(self, where: str) -> None:
        """`where` is a connection string of libpq, of the server that is written or of one that follows it."""
        self._where = where

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

    def passed(self, kiosk: str, day: int) -> PassedOfDay | None:
        with self._reading() as db:
            return questions.passed(db, kiosk, day)

    def totals(self) -> Totals:
        with self._reading() as db:
            sized = db.execute("SELECT pg_database_size(current_database())").fetchone()
            return questions.totals(db, sized[0])

    def check(self) -> LedgerCheck:
        with self._reading() as db:
            return check(db, (), LINKS, "visits_gone")

    @contextmanager
    def _reading(self) -> Iterator[Reading]:
        with closing(connect(self._where)) as connection:
            try:
                connection.isolation_level = IsolationLevel.REPEATABLE_READ
                connection.read_only = True
                with connection.transaction(), closing(Reading(connection)) as reading:
                    yield reading
            except psycopg.errors.UndefinedTable as error:
                raise LedgerError(
                    "there is no ledger in this database: `collector serve` makes it"
                ) from error
            except psycopg.Error as error:
                raise LedgerError(f"the ledger cannot be read ({name_of(error)})") from error
