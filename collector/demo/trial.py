"""How often the diagnosis of silent venues is right, on a made-up month whose causes are known."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from collector.days import date_of
from collector.demo import fill
from collector.demo.days import MadeDays
from collector.demo.province import MadeProvince
from collector.ledger.sqlite_ledger import SqliteLedger
from collector.ledger.sqlite_reader import SqliteReader
from collector.people.keeper import PeopleKeeper
from collector.statistics.day_counts import DayCounts
from collector.statistics.diagnosis import Cause
from collector.statistics.figures import Places
from collector.statistics.ledger_figures import LedgerFigures
from collector.statistics.report import by_venue_and_day, causes_of_day

KEY = bytes(32)
IN_USE = "in_use"


@dataclass
class Confusion:
    """Venue-days by what was true and what was said; None is "in use"."""

    seen: Counter[tuple[Cause | None, Cause | None]] = field(default_factory=Counter)

    def right(self, cause: Cause | None) -> float:
        """Which share of the venues with this cause was told so."""
        whole = sum(n for (true, _), n in self.seen.items() if true is cause)
        return self.seen[cause, cause] / whole if whole else 1.0

    def believed(self, cause: Cause | None) -> float:
        """Which share of those told so had this cause."""
        whole = sum(n for (_, said), n in self.seen.items() if said is cause)
        return self.seen[cause, cause] / whole if whole else 1.0

    def table(self) -> str:
        """Rows are true, columns are said."""
        causes = [*Cause, None]
        names = [str(cause or IN_USE) for cause in causes]
        width = max(map(len, names))
        lines = [" " * width + "".join(f" {name[:9]:>9}" for name in names) + "     right"]
        for true, name in zip(causes, names, strict=True):
            cells = "".join(f" {self.seen[true, said]:>9,}" for said in causes)
            lines.append(f"{name:<{width}}{cells} {self.right(true):>9.3f}")
        return "\n".join(lines)


def run(
    path: Path,
    province: MadeProvince,
    first_day: int,
    days: int,
    busy: float,
    progress: Callable[[int, int], None] = lambda done, whole: None,
) -> Confusion:
    """Fills a new ledger at `path` and asks, each evening, why each venue is silent: nothing of the next day is known
    then."""
    found = Confusion()
    places = Places([one.venue for one in province.venues], province.kiosks)
    ledger = SqliteLedger(path, [PeopleKeeper(), DayCounts()])
    ledger.open()
    figures = LedgerFigures(SqliteReader(path))
    try:
        for done, day in enumerate(MadeDays(province, first_day, days, KEY, busy).days(), 1):
            fill.take(ledger, day)
            by_venue, _ = by_venue_and_day(figures, places, day.day)
            causes = causes_of_day(
                places,
                by_venue,
                figures.scans(day.day),
                figures.kiosk_facts(day.day),
                date_of(day.day),
            )
            for venue, true in day.truth.items():
                found.seen[true, causes.get(venue)] += 1
            progress(done, days)
    finally:
        ledger.close()
    return found
