"""The report of one day, as pages, PDF and lists show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from collector.both import Both
from collector.registry.shapes import Venue
from collector.statistics.diagnosis import Cause
from collector.statistics.figures import Tally


@dataclass(frozen=True, slots=True)
class VenueCounts:
    """`silent` are all that are registered and not `active`: nobody scanned there, or hardly a visitor."""

    registered: int = 0
    with_kiosk: int = 0
    active: int = 0

    @property
    def silent(self) -> int:
        return self.registered - self.active


@dataclass(frozen=True, slots=True)
class Group:
    """A district, a kind of place or an organisation."""

    name: Both
    venues: VenueCounts
    tally: Tally


@dataclass(frozen=True, slots=True)
class SilentVenue:
    """`last_day` is the day of its last visit within the days that are looked at, None for longer."""

    venue: Venue
    organisation: str
    cause: Cause
    last_day: date | None
    scans: int


@dataclass(frozen=True, slots=True)
class DayTotal:
    day: date
    tally: Tally
    active: int


@dataclass(frozen=True, slots=True)
class Change:
    """Visits of a venue in the last seven days, and in the seven before."""

    venue: Venue
    before: int
    now: int

    @property
    def difference(self) -> int:
        return self.now - self.before


@dataclass(frozen=True, slots=True)
class Restated:
    """A day whose visits are others now than when they were last told."""

    day: date
    told_visits: int
    told_at: datetime
    visits: int


@dataclass(frozen=True, slots=True)
class DayReport:
    """All as known at `made_at`. `people` is None when nobody can be told apart; `unknown_people` counts visits of
    whom nothing is known. `behind` counts kiosks that have events which are not here."""

    day: date
    made_at: datetime
    tally: Tally
    people: int | None
    unknown_people: int
    venues: VenueCounts
    districts: Sequence[Group]
    kinds: Sequence[Group]
    organisations: Sequence[Group]
    trend: Sequence[DayTotal]
    improved: Sequence[Change]
    worsened: Sequence[Change]
    silent: Sequence[SilentVenue]
    missing_events: int
    behind: int
    waiting: int
    restated: Sequence[Restated]
    unregistered: int  # visits at kiosks that stand at no registered venue
    went_in: int = 0  # of those who were let in, as far as light barriers have told
    turned_back: int = 0
