"""Who has been here since the memory began: pseudonym -> last committed visit. RAM only, and gone with the power."""

from collections import OrderedDict
from datetime import date, datetime
from zoneinfo import ZoneInfo

from kiosk.domain.visit import LastVisit, Visit

# a busy market sees 3,000 people a day; beyond this the oldest are forgotten first
KEPT_PEOPLE = 20_000


class Attendance:
    """`began_empty` is False when visits of today lie on disk already: then people may be inside whom this memory does
    not know, until the day turns."""

    def __init__(self, zone: ZoneInfo, started_at: datetime, *, began_empty: bool) -> None:
        self._zone = zone
        self._day = self._day_of(started_at)
        self._complete = began_empty
        self._people: OrderedDict[bytes, LastVisit] = OrderedDict()

    def turn_day(self, at: datetime) -> None:
        """At local midnight everybody has gone home: the memory begins again, and is complete."""
        day = self._day_of(at)
        if day != self._day:
            self._day = day
            self._complete = True
            self._people.clear()

    @property
    def complete(self) -> bool:
        return self._complete

    def last(self, person: bytes) -> LastVisit | None:
        return self._people.get(person)

    def remember(self, person: bytes, visit: Visit, now_s: float) -> None:
        self._people[person] = LastVisit(visit, now_s)
        self._people.move_to_end(person)
        while len(self._people) > KEPT_PEOPLE:
            self._people.popitem(last=False)

    def _day_of(self, at: datetime) -> date:
        return at.astimezone(self._zone).date()
