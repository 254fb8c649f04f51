"""What the counts of days cost as they are kept, and what they save: a day's dashboard, and why venues are silent.

    python -m bench.rollups [--quick] [--check] [--json FILE]

Upkeep: the same events over 2,000 venues in batches of 100 and 1,000 into two SQLite ledgers, with and without the
counts and the index of a day's visits; CPU of the thread that commits, in turns. The dashboard: a day's totals from the
counts, against the same totals by a scan of all events. The diagnosis: a made-up month whose causes are known.
"""

import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path

from bench.report import Figure, Report, parser_of
from collector.days import at_ms, date_of, day_begin_ms, day_number
from collector.demo import province, trial
from collector.demo.kiosk import MadeKiosk
from collector.ledger.port import Batch, Taken
from collector.ledger.sqlite_ledger import SqliteLedger
from collector.ledger.sqlite_reader import SqliteReader
from collector.statistics.day_counts import COUNTED, DayCounts
from collector.statistics.diagnosis import Cause
from collector.statistics.ledger_figures import LedgerFigures

VENUES = 2_000
DAYS = 30
FIRST = day_number(date(2026, 10, 26))
_NO_INDEX = "DROP INDEX visit_of_day"
_SCAN = """
    SELECT count(*), sum(direction = 'out'), sum(follows IS NOT NULL), sum(verdict = 'accepted'),
           sum(verdict = 'missing'), sum(verdict = 'refer'), count(DISTINCT kiosk)
    FROM event WHERE verdict IS NOT NULL AND placed_ms >= ? AND placed_ms < ?
"""


def main(argv: list[str] | None = None) -> int:
    arguments = parser_of("bench.rollups", __doc__ or "").parse_args(argv)
    report = Report("rollups", arguments)
    with tempfile.TemporaryDirectory() as folder:
        _upkeep(Path(folder), 10_000 if arguments.quick else 40_000, report)
        _dashboard(Path(folder), 150_000 if arguments.quick else 1_000_000, report)
        _diagnosis(Path(folder), arguments.quick, report)
    return report.finish()


def _events(count: int, seed: int) -> list[Taken]:
    """Spread over 2,000 kiosks at random, in the order of time, within a day."""
    dice = random.Random(seed)
    kiosks = [MadeKiosk(f"noi-{number}", seed) for number in range(VENUES)]
    begin_ms = day_begin_ms(FIRST) + 6 * 3_600_000
    made = []
    for number in range(count):
        verdict, reason = dice.choice(
            [("accepted", "portal"), ("accepted", "pass"), ("missing", "none")]
        )
        data = {"verdict": verdict, "reason": reason, "direction": "in", "code": "cccd"}
        who = dice.randbytes(16)
        at = begin_ms + number * 40_000_000 // count
        made.append(dice.choice(kiosks).visit(at, who, data))
    return made


def _upkeep(folder: Path, count: int, report: Report) -> None:
    for size in (100, 1_000):
        spent = {True: 0.0, False: 0.0}
        ledgers = {kept: _ledger(folder / f"{size}-{kept}.db", kept) for kept in spent}
        for turn, start in enumerate(range(0, count, 10_000)):
            report.progress(f"upkeep at {size}: {start:,} of {count:,}")
            events = _events(min(10_000, count - start), seed=turn + 1)
            # in turns, so that a busy moment meets both
            for begin in range(0, len(events), size):
                part = Batch(events=events[begin : begin + size])
                for kept in (True, False) if begin // size % 2 else (False, True):
                    began = time.thread_time()
                    ledgers[kept].commit(part, at_ms(day_begin_ms(FIRST + 1)))
                    spent[kept] += time.thread_time() - began
        for ledger in ledgers.values():
            ledger.close()
        us = {kept: 1e6 * took / count for kept, took in spent.items()}
        report.add(
            Figure(
                f"upkeep at batches of {size:,}, % of the ledger's CPU",
                100 * (us[True] / us[False] - 1),
                goal=12.0 if size == 100 else 20.0,
                peer="us an event without",
                peer_value=us[False],
            )
        )


def _ledger(path: Path, kept: bool) -> SqliteLedger:
    ledger = SqliteLedger(path, [DayCounts()] if kept else [])
    ledger.open()
    if not kept:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(_NO_INDEX)
            connection.commit()
    return ledger


def _dashboard(folder: Path, count: int, report: Report) -> None:
    """30 days, 2,000 venues: rows are put in by hand, as only the reading is measured."""
    path = folder / "dashboard.db"
    _ledger(path, True).close()
    dice = random.Random(1)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        rows = _rows(dice, count, report)
        marks = ", ".join("?" * 22)
        connection.executemany(f"INSERT INTO event VALUES ({marks})", rows)  # noqa: S608 - fixed
        columns = ", ".join(COUNTED[:6])
        connection.execute(
            f"INSERT INTO day_visits (day, kiosk, venue, {columns}, by_form, by_phone, by_paper, by_pass)"  # noqa: S608 - our own words
            " SELECT (placed_ms + 25200000) / 86400000, kiosk, '', count(*), sum(direction = 'out'), 0,"
            " sum(verdict = 'accepted'), sum(verdict = 'missing'), 0, 0, 0, 0, 0 FROM event GROUP BY 1, 2"
        )
        connection.commit()
        connection.execute("ANALYZE")
        figures = LedgerFigures(SqliteReader(path))
        day = FIRST + DAYS // 2
        span = [day_begin_ms(day), day_begin_ms(day + 1)]
        own = _quickest_ms(lambda: figures.totals(day, day), 60)
        scanned = _quickest_ms(lambda: connection.execute(_SCAN, span).fetchone(), 10)
        connection.execute("DROP INDEX visit_of_day")
        whole = _quickest_ms(lambda: connection.execute(_SCAN, span).fetchone(), 3)
    (tally, used) = figures.totals(day, day)[day]
    assert used > VENUES // 2, date_of(day)
    assert tally.scans > 0
    report.add(Figure("a day's dashboard, ms", own, goal=2.0))
    report.add(
        Figure(
            "the scan of all events costs so many times as much",
            whole / own,
            goal=50.0,
            higher_is_better=True,
            peer="ms",
            peer_value=whole,
        )
    )
    report.add(Figure("the scan of that day by its index, so many times", scanned / own))


def _rows(dice: random.Random, count: int, report: Report) -> list[Sequence[object]]:
    rows: list[Sequence[object]] = []
    for key in range(1, count + 1):
        if key % 50_000 == 0:
            report.progress(f"events: {key:,} of {count:,}")
        kiosk = f"noi-{dice.randrange(VENUES)}"
        at = day_begin_ms(FIRST) + dice.randrange(DAYS * 86_400_000)
        verdict = "accepted" if dice.random() < 0.8 else "missing"
        what = (verdict, "pass", "out" if dice.random() < 0.2 else "in", "cccd", None)
        fixed = ("{}" + " " * 478, b"", None, None, 0, at, "ntp", 0, 1)
        rows.append(
            (key, kiosk, "0" * 32, key, str(key), "vn.entrance.visit.v1", at, at, *what, *fixed)
        )
    return rows


def _quickest_ms(ask: Callable[[], object], times: int) -> float:
    found = []
    for _ in range(times):
        began = time.perf_counter()
        ask()
        found.append(time.perf_counter() - began)
    return min(found) * 1000


def _diagnosis(folder: Path, is_quick: bool, report: Report) -> None:
    venues, days = (40, 14) if is_quick else (200, 30)
    made = province.make(venues, days)
    found = trial.run(
        folder / "month.db",
        made,
        FIRST,
        days,
        0.2,
        lambda done, whole: report.progress(f"month: day {done} of {whole}"),
    )
    print(found.table())
    for cause in [*Cause, None]:
        name = f"diagnosis {cause or trial.IN_USE}: right, of {venues} venues in {days} days"
        report.add(Figure(name, found.right(cause), goal=0.9, higher_is_better=True))


if __name__ == "__main__":
    raise SystemExit(main())
