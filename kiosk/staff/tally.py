"""The day's numbers at this door, by the hour: kept in RAM, begun from what lies on the disk."""

import json
import logging
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from kiosk.domain.occupancy import Occupancy, after
from kiosk.domain.passage import Passed
from kiosk.domain.staff_act import Act, ActKind
from kiosk.domain.visit import Direction, Visit
from kiosk.durable_file import write_whole

log = logging.getLogger(__name__)

HOURS = 24
DAYS_REMEMBERED = 14


@dataclass(frozen=True, slots=True)
class Begun:
    """What of today lies on the disk already. Entries and exits are those of people who were accepted."""

    outcomes: Mapping[str, int] = field(default_factory=dict)
    entries: int = 0
    exits: int = 0
    inside: int = 0
    by_hour: tuple[int, ...] = ()


class Tally:
    """For the loop's thread. `file` keeps what the visits do not tell: the acts of staff that count people, who was let
    in and turned back, and the scans by hour of the last days."""

    def __init__(self, file: Path, today: date, begun: Begun) -> None:
        self._file = file
        self._day = today
        self.outcomes: Counter[str] = Counter(begun.outcomes)
        self.entries, self.exits = begun.entries, begun.exits
        self.paper = self.turned_back = 0
        self.by_hour = [*begun.by_hour, *[0] * HOURS][:HOURS]
        self.occupancy = Occupancy(begun.inside)
        self._earlier: deque[tuple[str, list[int]]] = deque(maxlen=DAYS_REMEMBERED)
        self._read()

    def visited(self, visit: Visit, here: datetime) -> None:
        """`here` is the moment by the clock on the wall."""
        self.turn(here.date())
        outcome = visit.verdict.outcome
        self.outcomes[outcome] += 1
        if visit.follows is None:  # whoever declares after a scan is the same person
            if not self.by_hour[here.hour]:  # once an hour, for the days to come
                self._write()
            self.by_hour[here.hour] += 1
        if outcome == "accepted":
            moved = {Direction.IN: 1, Direction.OUT: -1}.get(visit.direction, 0)
            self.entries += moved > 0
            self.exits += moved < 0
            self.occupancy = Occupancy(self.occupancy.scanned + moved, self.occupancy.by_staff)

    def acted(self, act: Act, here: datetime) -> None:
        self.turn(here.date())
        before = self.occupancy
        self.occupancy = after(before, act)
        if act.kind is ActKind.PAPER:
            self.paper += act.number
        if self.occupancy != before:
            self._write()

    def passed(self, passed: Passed, here: datetime) -> None:
        self.turn(here.date())
        back = {Passed.NO: 1, Passed.LATE: -1}.get(passed, 0)
        if back:
            self.turned_back = max(0, self.turned_back + back)
            self._write()

    def turn(self, day: date) -> None:
        """At midnight everybody has gone home."""
        if day == self._day:
            return
        self._earlier.append((self._day.isoformat(), self.by_hour))
        self._day = day
        self.outcomes = Counter()
        self.entries = self.exits = self.paper = self.turned_back = 0
        self.by_hour = [0] * HOURS
        self.occupancy = Occupancy()
        self._write()

    def usual(self, hour: int) -> list[int]:
        """The scans of this hour on earlier days, without those on which the door was not used at all."""
        return [hours[hour] for _, hours in self._earlier if any(hours)]

    def _read(self) -> None:
        try:
            told = json.loads(self._file.read_text())
            self._earlier.extend((str(day), [int(n) for n in hours]) for day, hours in told["days"])
            if told["day"] == self._day.isoformat():
                self.occupancy = Occupancy(self.occupancy.scanned, int(told["by_staff"]))
                self.paper = int(told["paper"])
                self.turned_back = int(told.get("turned_back", 0))
            elif any(told["by_hour"]):
                self._earlier.append((told["day"], [int(n) for n in told["by_hour"]]))
        except FileNotFoundError:
            pass
        except (OSError, ValueError, TypeError, KeyError) as error:
            log.warning("%s is not used: %s", self._file, type(error).__name__)

    def _write(self) -> None:
        told = {
            "day": self._day.isoformat(),
            "by_staff": self.occupancy.by_staff,
            "paper": self.paper,
            "turned_back": self.turned_back,
            "by_hour": self.by_hour,
            "days": list(self._earlier),
        }
        try:
            write_whole(self._file, json.dumps(told).encode(), 0o640)
        except OSError as error:
            log.error("%s cannot be written: %s", self._file, error.strerror)
