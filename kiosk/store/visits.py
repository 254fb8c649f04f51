"""The visits of the day: what staff see of them, and what checks compare with the ledger.

A visit lies in the outbox until its event is archived, then in the table `visits`. Each function is a part of a
caller's transaction.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from kiosk.store.instant import ms_of


@dataclass(frozen=True, slots=True)
class Day:
    """The visits of one day."""

    outcomes: Mapping[str, int] = field(default_factory=dict)
    entries: int = 0  # accepted, as exits
    exits: int = 0
    inside: int = 0  # entries less exits
    # from midnight on, as far as there were any; whoever amends a visit is the same person
    by_hour: tuple[int, ...] = ()


_BY_HOUR = """
    SELECT (at_ms - ?1) / 3600000, COUNT(*) FROM (
        SELECT at_ms FROM outbox WHERE outcome IS NOT NULL AND at_ms >= ?1
            AND json_extract(CAST(payload AS TEXT), '$.data.follows') IS NULL
        UNION ALL SELECT at_ms FROM visits WHERE at_ms >= ?1
    ) GROUP BY 1
"""


def since(db: sqlite3.Connection, begin: datetime) -> Day:
    sql = """
        SELECT outcome, direction, COUNT(*) FROM (
            SELECT outcome, direction FROM outbox WHERE outcome IS NOT NULL AND at_ms >= ?1
            UNION ALL SELECT outcome, direction FROM visits WHERE at_ms >= ?1
        ) GROUP BY 1, 2
    """
    found = db.execute(sql, (ms_of(begin),)).fetchall()

    def total(outcome: str, direction: str = "") -> int:
        return sum(n for o, d, n in found if outcome == o and direction in ("", d))

    hours = dict(db.execute(_BY_HOUR, (ms_of(begin),)).fetchall())
    entries, exits = total("accepted", "in"), total("accepted", "out")

    return Day(
        outcomes={outcome: total(outcome) for outcome, _, _ in found},
        entries=entries,
        exits=exits,
        inside=entries - exits,
        by_hour=tuple(hours.get(hour, 0) for hour in range(max(hours, default=-1) + 1)),
    )


def all_ids(db: sqlite3.Connection) -> list[str]:
    sql = """
        SELECT position, id FROM visits
        UNION ALL SELECT position, id FROM outbox WHERE outcome IS NOT NULL ORDER BY 1
    """
    return [row[1] for row in db.execute(sql)]


def remember(db: sqlite3.Connection, positions: list[int]) -> None:
    """Those of the rows at `positions` that are visits: the rows are about to leave the outbox."""
    marks = ", ".join("?" * len(positions))
    sql = f"""
        INSERT INTO visits SELECT position, id, at_ms, outcome, direction FROM outbox
        WHERE position IN ({marks}) AND outcome IS NOT NULL
    """  # noqa: S608 - only marks
    db.execute(sql, positions)


def remove_before(db: sqlite3.Connection, before: datetime, limit: int) -> int:
    sql = """
        DELETE FROM visits
        WHERE position IN (SELECT position FROM visits WHERE at_ms < ? LIMIT ?)
    """
    return db.execute(sql, (ms_of(before), limit)).rowcount
