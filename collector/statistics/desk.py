"""Makes the report of a day and keeps what was told of it: asked for by command or page, or every evening by itself."""

import logging
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from collector.days import ZONE, date_of, day_number
from collector.errors import CollectorError
from collector.registry.port import Registry
from collector.statistics import lists, mail, paper, report, told
from collector.statistics.figures import Figures
from collector.statistics.shapes import DayReport
from collector.statistics.told import Told
from kiosk.durable_file import write_whole

log = logging.getLogger(__name__)

FORMATS: dict[str, Callable[[DayReport], bytes]] = {
    "pdf": paper.pdf_of,
    "csv": lists.csv_of,
    "html": mail.html_of,
}
TYPES = {"pdf": "application/pdf", "csv": "text/csv", "html": "text/html"}
# after a longer outage the reports of these days are made up for
CAUGHT_UP_DAYS = 7
_AT = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class ReportDesk:
    figures: Figures
    registry: Registry
    folder: Path
    formats: Collection[str] = tuple(FORMATS)  # of what makes itself

    def draw_up(self, day: date, now: datetime) -> DayReport:
        """Raise CollectorError when ledger or registry cannot be read."""
        return report.draw_up(self.figures, self.registry, day, now, told.read(self.folder))

    def write(
        self, day: date, now: datetime, folder: Path, formats: Collection[str] = ()
    ) -> list[Path]:
        """The files of the report of this day, each whole or not at all; what was told is kept last, in our folder."""
        drawn = self.draw_up(day, now)
        written = []
        for name in formats or self.formats:
            path = folder / f"bao-cao-{day.isoformat()}.{name}"
            # the persons who answer for silent places stand in it
            write_whole(path, FORMATS[name](drawn), 0o640)
            written.append(path)
        days = [Told(one.day, now, one.tally.visits) for one in drawn.trend]
        told.add(self.folder, days)
        return written

    def latest(self, today: date) -> date:
        """Today, or before anybody was scanned the last day on which somebody was."""
        found = self.figures.last_day(day_number(today))
        return today if found is None else date_of(found)

    def is_written(self, day: date) -> bool:
        files = (f"bao-cao-{day.isoformat()}.{name}" for name in self.formats)
        return all((self.folder / file).exists() for file in files)


def time_of(text: str) -> timedelta:
    """`18:00`, as the settings say it. Raise CollectorError for anything else."""
    found = _AT.fullmatch(text)
    if found is None:
        raise CollectorError(f'[report] at = "{text}" is no time of day: write it as "18:00"')
    return timedelta(hours=int(found[1]), minutes=int(found[2]))


def due_days(desk: ReportDesk, at: timedelta, now: datetime) -> list[date]:
    """Days whose evening is over and whose report is not there, oldest first; of a folder that has never had one, only
    the last."""
    local = now.astimezone(ZONE)
    since_midnight = timedelta(hours=local.hour, minutes=local.minute)
    last = local.date() if since_midnight >= at else local.date() - timedelta(days=1)
    days = [last - timedelta(days=back) for back in range(CAUGHT_UP_DAYS)]
    if not any(desk.is_written(day) for day in days):
        return [last]
    missing = []
    for day in days:
        if desk.is_written(day):
            break
        missing.append(day)
    return missing[::-1]
