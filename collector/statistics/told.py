"""What was told of each day, and when: by this a later report says what late data have changed."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from collector.errors import CollectorError
from kiosk.durable_file import write_whole

FILE = "told.json"
# beyond what any report looks back on
KEPT = 60


@dataclass(frozen=True, slots=True)
class Told:
    day: date
    made_at: datetime
    visits: int


def read(folder: Path) -> list[Told]:
    """Empty when nothing was told yet. Raise CollectorError for a file that is none of ours."""
    path = folder / FILE
    if not path.exists():
        return []
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return [
            Told(
                date.fromisoformat(one["day"]),
                datetime.fromisoformat(one["made_at"]),
                int(one["visits"]),
            )
            for one in found
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CollectorError(
            f"{path} cannot be read: move it away, then reports say nothing of late data"
        ) from error


def add(folder: Path, new: Sequence[Told]) -> None:
    """The newest word of each day, on the disk when this returns."""
    by_day = {one.day: one for one in read(folder)}
    by_day |= {one.day: one for one in new}
    kept = [by_day[day] for day in sorted(by_day)[-KEPT:]]
    rows = [
        {"day": one.day.isoformat(), "made_at": one.made_at.isoformat(), "visits": one.visits}
        for one in kept
    ]
    write_whole(folder / FILE, json.dumps(rows, indent=1).encode(), 0o640)
