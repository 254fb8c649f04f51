"""The clock of the province: it begins when told, and goes so many times faster than this machine's."""

import os
import threading
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

from kiosk.simulation.fleet.province import WEEKDAY

HAND_EVERY_S = 0.02
ZONE = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")


@dataclass(frozen=True, slots=True)
class Clock:
    """It showed `begin` when this machine's was at `began_s` (Unix time)."""

    begin: datetime
    began_s: float
    speed: float

    def now(self) -> datetime:
        return self.at(time.time())

    def at(self, unix_s: float) -> datetime:
        return self.begin + timedelta(seconds=(unix_s - self.began_s) * self.speed)

    def left_s(self, until: datetime) -> float:
        """Seconds of this machine until it shows that."""
        return (until - self.now()).total_seconds() / self.speed


class Hand:
    """Keeps a file's time where the clock is, for whoever lives by it (libfaketime). Between `with` and its end."""

    def __init__(self, file: Path, clock: Clock) -> None:
        self._file = file
        self.clock = clock  # may be another at any moment
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="clock-hand", daemon=True)

    def __enter__(self) -> "Hand":
        self._file.touch()
        self._set()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(HAND_EVERY_S):
            self._set()

    def _set(self) -> None:
        at_s = self.clock.now().timestamp()
        os.utime(self._file, (at_s, at_s))


def begun(begin: datetime, speed: float) -> Clock:
    return Clock(begin.astimezone(UTC), time.time(), speed)


def next_day(today: date) -> date:
    """The next Tuesday but for tomorrow: the evening before it has not been yet either, and certificates made today
    are valid."""
    ahead = (WEEKDAY - today.weekday()) % 7
    return today + timedelta(days=ahead if ahead > 1 else ahead + 7)


def moment(day: date, second: float) -> datetime:
    """Of this day in Vietnam, UTC."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZONE)
    return (midnight + timedelta(seconds=second)).astimezone(UTC)
