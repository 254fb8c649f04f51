"""Questions of the report to the ledger's SQLite file, on connections that can only read."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from collector.days import day_begin_ms
from collector.errors import LedgerError
from collector.statistics.day_counts import COUNTED
from collector.statistics.figures import Counted, KioskDay, KioskFacts, Scan, Tally

_BUSY_TIMEOUT_S = 5.0
_COUNTS = (
    f"SELECT day, kiosk, venue, {', '.join(COUNTED)} FROM day_visits WHERE day BETWEEN ? AND ?"  # noqa: S608 - our own words
)
_TOTALS = (
    f"SELECT day, {', '.join(f'sum({name})' for name in COUNTED)}, count(*)"  # noqa: S608 - our own words
    " FROM day_visits WHERE day BETWEEN ? AND ? GROUP BY day"
)
_SCANS = """
    SELECT kiosk, coalesce(message ->> '$.data.venue', ''), placed_ms,
           (SELECT min(person) FROM person_key JOIN person USING (pseudonym) WHERE event = event.key)
    FROM event WHERE verdict IS NOT NULL AND follows IS NULL AND placed_ms >= ? AND placed_ms < ? ORDER BY placed_ms
"""
_DAY = "day, hours, last_ms, up_since_ms, waiting, storage, goodbye"
_NEAREST = f"""
    SELECT kiosk, {_DAY} FROM kiosk_day
    JOIN (SELECT kiosk AS k, %s(day) AS d FROM kiosk_day WHERE day %s ? GROUP BY kiosk) ON kiosk = k AND day = d
"""  # noqa: S608 - our own words
_NUMBERS = {
    "blind": "SELECT kiosk, sum(times) FROM day_notices WHERE day = ?1 AND notice = 'camera_fault' GROUP BY kiosk",
    "to_come": "SELECT kiosk, sum(max(0, upto - coalesce(highest, 0)))"
    " FROM sworn LEFT JOIN stream USING (kiosk, stream)"
    " WHERE ?1 GROUP BY kiosk",
    "missing": "SELECT kiosk, sum(last - first + 1) FROM gap WHERE ?1 GROUP BY kiosk",
    "is_online": "SELECT kiosk, online FROM status WHERE ?1",
}


class SqliteFigures:
    """Implements collector.statistics.figures.Figures. Opens nothing until it is asked."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def counts(self, first_day: int, last_day: int) -> list[Counted]:
        with self._reading() as connection:
            rows = connection.execute(_COUNTS, [first_day, last_day])
            return [Counted(day, kiosk, told, Tally(*rest)) for day, kiosk, told, *rest in rows]

    def totals(self, first_day: int, last_day: int) -> dict[int, tuple[Tally, int]]:
        """Of each day, with the number of places that were used: kiosks, and venues that phones named."""
        with self._reading() as connection:
            rows = connection.execute(_TOTALS, [first_day, last_day])
            return {day: (Tally(*rest[:-1]), rest[-1]) for day, *rest in rows}

    def last_day(self, until: int) -> int | None:
        with self._reading() as connection:
            sql = "SELECT max(day) FROM day_visits WHERE day <= ?"
            found: int | None = connection.execute(sql, [until]).fetchone()[0]
            return found

    def scans(self, day: int) -> list[Scan]:
        with self._reading() as connection:
            span = [day_begin_ms(day), day_begin_ms(day + 1)]
            return [Scan._make(row) for row in connection.execute(_SCANS, span)]

    def kiosk_facts(self, day: int) -> Mapping[str, KioskFacts]:
        with self._reading() as connection:
            found: dict[str, dict[str, object]] = {}
            today = f"SELECT kiosk, {_DAY} FROM kiosk_day WHERE day = ?"  # noqa: S608 - our own words
            for name, sql in (
                ("today", today),
                ("before", _NEAREST % ("max", "<")),
                ("after", _NEAREST % ("min", ">")),
            ):
                for kiosk, *row in connection.execute(sql, [day]):
                    found.setdefault(kiosk, {})[name] = _kiosk_day(row)
            for name, sql in _NUMBERS.items():
                for kiosk, number in connection.execute(sql, [day]):
                    found.setdefault(kiosk, {})[name] = number
        return {kiosk: KioskFacts(kiosk, **facts) for kiosk, facts in found.items()}  # type: ignore[arg-type]

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        if not self._path.exists():
            raise LedgerError(f"there is no ledger {self._path}: `collector serve` makes it")
        try:
            with closing(
                sqlite3.connect(
                    f"{self._path.absolute().as_uri()}?mode=ro", uri=True, timeout=_BUSY_TIMEOUT_S
                )
            ) as connection:
                connection.execute("BEGIN")
                yield connection
        except sqlite3.Error as error:
            name = getattr(error, "sqlite_errorname", type(error).__name__)
            raise LedgerError(f"the ledger {self._path} cannot be read ({name})") from error


def _kiosk_day(row: Sequence[Any]) -> KioskDay:
    day, hours, last_ms, up_since_ms, waiting, storage, goodbye = row
    return KioskDay(day, hours, last_ms, up_since_ms, waiting, storage, bool(goodbye))
