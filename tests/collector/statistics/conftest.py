from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from collector.days import day_number
from collector.demo import fill, province
from collector.demo.days import Day, MadeDays
from collector.ledger.sqlite_ledger import SqliteLedger
from collector.ledger.sqlite_reader import SqliteReader
from collector.people.keeper import PeopleKeeper
from collector.registry.sqlite_registry import SqliteRegistry
from collector.statistics.day_counts import DayCounts
from collector.statistics.desk import ReportDesk
from collector.statistics.ledger_figures import LedgerFigures

LAST = date(2026, 11, 24)
DAYS = 5


@dataclass
class Reported:
    """Twelve venues and five days; the last day is not yet taken in."""

    folder: Path
    last: Day
    made: province.MadeProvince
    day = LAST
    evening = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)

    def __post_init__(self) -> None:
        self.registry = SqliteRegistry(self.folder / "registry.db")
        self.desk = ReportDesk(
            LedgerFigures(SqliteReader(self.folder / "ledger.db")),
            self.registry,
            self.folder / "reports",
        )

    def take(self, day: Day) -> None:
        ledger = SqliteLedger(self.folder / "ledger.db", [PeopleKeeper(), DayCounts()])
        ledger.open()
        fill.take(ledger, day)
        ledger.close()


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Reported:
    folder = tmp_path_factory.mktemp("province")
    made = province.make(12, DAYS, seed=3)
    first = day_number(LAST - timedelta(days=DAYS - 1))
    *days, last = MadeDays(made, first, DAYS, bytes(32), 0.2).days()
    reported = Reported(folder, last, made)
    reported.registry.put(made.organisations, [one.venue for one in made.venues], made.kiosks)
    for day in days:
        reported.take(day)
    return reported


@pytest.fixture
def reported(filled: Reported, tmp_path: Path) -> Reported:
    """A copy of its own."""
    for name in ("registry.db", "ledger.db"):
        (tmp_path / name).write_bytes((filled.folder / name).read_bytes())
    return Reported(tmp_path, filled.last, filled.made)
