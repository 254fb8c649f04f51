"""Questions of the report to the ledger, in SQL that both stores understand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from collector.days import day_begin_ms
from collector.ledger.connection import Reader, reading
from collector.statistics.day_counts import COUNTED
from collector.statistics.figures import Counted, KioskDay, KioskFacts, Scan, Tally

_COUNTS = (
    f"SELECT day, kiosk, venue, {', '.join(COUNTED)} FROM day_visits WHERE day BETWEEN ? AND ?"  # noqa: S608 - our own words
)
_TOTALS = (
    f"SELECT day, {', '.join(f'CAST(sum({name}) AS BIGINT)' for name in COUNTED)}, count(*)"  # noqa: S608 - our own words
    " FROM day_visits WHERE day BETWEEN ? AND ? GROUP BY day"
)
_SCANS = """
    SELECT kiosk, coalesce(json_extract(message, '$.data.venue'), ''), placed_ms,
           (SELECT min(person) FROM person_key AS known JOIN person USING (pseudonym) WHERE known.event = event.key)
    FROM event WHERE verdict IS NOT NULL AND follows IS NULL AND placed_ms >= ? AND placed_ms < ? ORDER BY placed_ms
"""
_DAY = "day, hours, last_ms, up_since_ms, waiting, storage, goodbye"
_NEAREST = f"""
    SELECT kiosk, {_DAY} FROM kiosk_day
    JOIN (SELECT kiosk AS k, {{}}(day) AS d FROM kiosk_day WHERE day {{}} ? GROUP BY kiosk) AS nearest
    ON kiosk = k AND day = d
"""  # noqa: S608 - our own words
_BLIND = """
    SELECT kiosk, CAST(sum(times) AS BIGINT) FROM day_notices WHERE day = ? AND notice = 'camera_fault' GROUP BY kiosk
"""
# who went in after all was said to have turned back before
_PASSED = """
    SELECT kiosk, CAST(sum(CASE WHEN reason = 'no' THEN 0 ELSE times END) AS BIGINT),
           CAST(sum(CASE reason WHEN 'no' THEN times WHEN 'late' THEN -times ELSE 0 END) AS BIGINT)
    FROM day_notices WHERE day = ? AND notice = 'passed' GROUP BY kiosk
"""
# of any day: as it is now
_NUMBERS = {
    "to_come": "SELECT kiosk, CAST(sum(upto - coalesce(highest, 0)) AS BIGINT)"
    " FROM sworn LEFT JOIN stream USING (kiosk, stream) WHERE upto > coalesce(highest, 0) GROUP BY kiosk",
    "missing": "SELECT kiosk, CAST(sum(last - first + 1) AS BIGINT) FROM gap GROUP BY kiosk",
    "is_online": "SELECT kiosk, online FROM status",
}


@dataclass(frozen=True, slots=True)
class LedgerFigures:
    """Implements collector.statistics.figures.Figures. Opens nothing until it is asked."""

    reader: Reader

    def counts(self, first_day: int, last_day: int) -> list[Counted]:
        with reading(self.reader) as connection:
            rows = connection.execute(_COUNTS, [first_day, last_day])
            return [Counted(day, kiosk, told, Tally(*rest)) for day, kiosk, told, *rest in rows]

    def totals(self, first_day: int, last_day: int) -> dict[int, tuple[Tally, int]]:
        """Of each day, with the number of places that were used: kiosks, and venues that phones named."""
        with reading(self.reader) as connection:
            rows = connection.execute(_TOTALS, [first_day, last_day])
            return {day: (Tally(*rest[:-1]), rest[-1]) for day, *rest in rows}

    def last_day(self, until: int) -> int | None:
        with reading(self.reader) as connection:
            sql = "SELECT max(day) FROM day_visits WHERE day <= ?"
            found: int | None = connection.execute(sql, [until]).fetchone()[0]
            return found

    def scans(self, day: int) -> list[Scan]:
        with reading(self.reader) as connection:
            span = [day_begin_ms(day), day_begin_ms(day + 1)]
            return [Scan._make(row) for row in connection.execute(_SCANS, span)]

    def kiosk_facts(self, day: int) -> Mapping[str, KioskFacts]:
        with reading(self.reader) as connection:
            found: dict[str, dict[str, object]] = {}
            today = f"SELECT kiosk, {_DAY} FROM kiosk_day WHERE day = ?"  # noqa: S608 - our own words
            for name, sql in (
                ("today", today),
                ("before", _NEAREST.format("max", "<")),
                ("after", _NEAREST.format("min", ">")),
            ):
                for kiosk, *row in connection.execute(sql, [day]):
                    found.setdefault(kiosk, {})[name] = _kiosk_day(row)
            for kiosk, hours in connection.execute(_BLIND, [day]):
                found.setdefault(kiosk, {})["blind"] = hours
            for kiosk, went_in, back in connection.execute(_PASSED, [day]):
                found.setdefault(kiosk, {}).update(went_in=went_in, turned_back=max(0, back))
            for name, sql in _NUMBERS.items():
                for kiosk, number in connection.execute(sql):
                    found.setdefault(kiosk, {})[name] = number
        return {kiosk: KioskFacts(kiosk, **facts) for kiosk, facts in found.items()}  # type: ignore[arg-type]


def _kiosk_day(row: Sequence[Any]) -> KioskDay:
    day, hours, last_ms, up_since_ms, waiting, storage, goodbye = row
    return KioskDay(day, hours, last_ms, up_since_ms, waiting, storage, bool(goodbye))
