"""The table `visits`: what staff see of the day, and what checks compare with the ledger. Each function is a part of a
caller's transaction."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from kiosk.domain.visit import Visit
from kiosk.store.instant import ms_of


@dataclass(frozen=True, slots=True)
class Day:
    """The visits of one day."""

    accepted: int = 0
    missing: int = 0
    refer: int = 0
    entries: int = 0
    exits: int = 0


def insert(db: sqlite3.Connection, visit: Visit, seq: int) -> None:
    verdict = visit.verdict
    db.execute(
        "INSERT INTO visits VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            *(visit.id, seq, ms_of(visit.at), verdict.outcome, verdict.reason),
            *(visit.direction, visit.code_kind, visit.follows),
        ],
    )


def since(db: sqlite3.Connection, begin: datetime) -> Day:
    rows = db.execute(
        "SELECT outcome, direction, COUNT(*) FROM visits WHERE at_ms >= ? GROUP BY 1, 2",
        [ms_of(begin)],
    ).fetchall()

    def total(outcome: str = "", direction: str = "") -> int:
        return sum(n for o, d, n in rows if outcome in ("", o) and direction in ("", d))

    return Day(
        accepted=total("accepted"),
        missing=total("missing"),
        refer=total("refer"),
        entries=total(direction="in"),
        exits=total(direction="out"),
    )


def all_ids(db: sqlite3.Connection) -> list[str]:
    return [row[0] for row in db.execute("SELECT id FROM visits ORDER BY seq")]


def seq_of(db: sqlite3.Connection, visit_id: str) -> int | None:
    row = db.execute("SELECT seq FROM visits WHERE id = ?", [visit_id]).fetchone()
    return None if row is None else int(row[0])


def remove_before(db: sqlite3.Connection, before: datetime, limit: int) -> int:
    """Only visits whose event has been received: what waits is still needed."""
    sql = """
        DELETE FROM visits WHERE id IN (
            SELECT id FROM visits WHERE at_ms < ? AND id NOT IN (SELECT id FROM outbox) LIMIT ?
        )
    """
    return db.execute(sql, [ms_of(before), limit]).rowcount
