"""Questions to the ledger's file, each on a connection of its own that can only read: WAL lets them run while the inbox
writes, from any thread or process."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from collector.days import at_ms
from collector.errors import LedgerError
from collector.ledger.check import check
from collector.ledger.port import Arrival, CommandAnswer, KioskState, LedgerCheck
from collector.ledger.sqlite_ledger import name_of
from kiosk.wire.data import NOTICE
from kiosk.wire.rfc3339 import time_text

_BUSY_TIMEOUT_S = 5.0


class SqliteAnswers:
    """Implements collector.ledger.port.Answers. Opens nothing until it is asked."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def kiosks(self, day: int) -> list[KioskState]:
        with self._reading() as db:
            facts: dict[str, dict[str, Any]] = {}
            for query in _KIOSK_FACTS:
                for row in db.query(query):
                    facts.setdefault(row.pop("kiosk"), {}).update(row)
            for row in db.query("SELECT * FROM visits_of_a_day WHERE day = ?", [day]):
                today = facts.setdefault(row["kiosk"], {}).setdefault("today", {})
                today[row["verdict"]] = row["visits"]
        return [_kiosk_state(kiosk, facts[kiosk]) for kiosk in sorted(facts) if kiosk]

    def latest(self, count: int) -> list[Arrival]:
        sql = """
            SELECT id, kiosk, at_ms, received_ms, verdict, reason, direction, code FROM event
            WHERE verdict IS NOT NULL ORDER BY key DESC LIMIT ?
        """
        with self._reading() as db:
            return [_arrival(row) for row in db.query(sql, [count])]

    def events(self, kiosk: str) -> Iterator[dict[str, Any]]:
        sql = """
            SELECT id, type, stream, seq, at_ms, received_ms, placed_ms, placed_quality, placed_width_ms,
                   verdict, reason, direction, code, follows
            FROM event JOIN stream USING (kiosk, stream)
            WHERE kiosk = ? ORDER BY began_ms, stream, seq
        """
        with self._reading() as db:
            for row in db.query(sql, [kiosk]):
                row["at"] = time_text(at_ms(row.pop("at_ms")))
                row["received_at"] = time_text(at_ms(row.pop("received_ms")))
                row["placed_at"] = time_text(at_ms(row.pop("placed_ms")))
                width_ms = row.pop("placed_width_ms")
                row["placed_width_s"] = None if width_ms is None else width_ms / 1000
                yield row

    def newest(self) -> int:
        with self._reading() as db:
            return int(db.conn.execute("SELECT ifnull(max(key), 0) FROM event").fetchone()[0])

    def answer_to(self, kiosk: str, command_id: str, after: int) -> CommandAnswer | None:
        sql = """
            SELECT message ->> '$.data.notice', message ->> '$.data.reason', message ->> '$.data.diagnostics'
            FROM event WHERE key > ? AND kiosk = ? AND type = ? AND message ->> '$.data.command' = ?
        """
        with self._reading() as db:
            found = db.conn.execute(sql, [after, kiosk, NOTICE, command_id]).fetchone()
        return CommandAnswer(*(text or "" for text in found)) if found else None

    def check(self) -> LedgerCheck:
        with self._reading() as db:
            return check(db)

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Database]:
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
                yield Database(connection, execute_plugins=False)
        except sqlite3.Error as error:
            raise LedgerError(
                f"the ledger {self._path} cannot be read ({name_of(error)})"
            ) from error


_KIOSK_FACTS = (
    "SELECT kiosk, visits, last_visit_ms, last_event_ms FROM kiosk",
    "SELECT kiosk, sum(repeats) AS repeats FROM stream GROUP BY kiosk",
    "SELECT kiosk, sum(last - first + 1) AS missing FROM gap GROUP BY kiosk",
    """
    SELECT kiosk, count(*) AS breaks FROM
        (SELECT kiosk, stream, seq FROM chain_break UNION SELECT kiosk, stream, seq FROM head_break)
    GROUP BY kiosk
    """,
    "SELECT kiosk, count(*) AS quarantined FROM quarantine GROUP BY kiosk",
    "SELECT kiosk, online, at_ms AS status_ms FROM status",
    "SELECT kiosk, waiting, storage FROM health",
)


def _kiosk_state(kiosk: str, facts: dict[str, Any]) -> KioskState:
    for name in ("status", "last_visit", "last_event"):
        ms = facts.pop(f"{name}_ms", None)
        facts[f"{name}_at"] = None if ms is None else at_ms(ms)
    if "online" in facts:
        facts["online"] = bool(facts["online"])
    return KioskState(kiosk=kiosk, **facts)


def _arrival(row: dict[str, Any]) -> Arrival:
    return Arrival(at=at_ms(row.pop("at_ms")), received_at=at_ms(row.pop("received_ms")), **row)
