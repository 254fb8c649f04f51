"""What is asked of the ledger for a day: counts by kiosk, how each kiosk was, and the visits of one day one by one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from collector.registry.shapes import RegisteredKiosk, Venue


class Tally(NamedTuple):
    """Counts of scans. A scan that amends an earlier one (somebody declared at the kiosk) is no visit of its own."""

    scans: int = 0
    leaving: int = 0
    amending: int = 0
    accepted_scans: int = 0
    missing_scans: int = 0
    refer: int = 0
    by_form: int = 0
    by_phone: int = 0
    by_paper: int = 0
    by_pass: int = 0

    @property
    def visits(self) -> int:
        return self.scans - self.amending

    @property
    def missing(self) -> int:
        """Who was still without a declaration in the end: what amends follows, but for rare cases, a missing one."""
        return max(0, self.missing_scans - self.amending)

    @property
    def accepted(self) -> int:
        return max(0, self.visits - self.missing - self.refer)


def total(tallies: Iterable[Tally]) -> Tally:
    columns = list(zip(*tallies, strict=True))
    return Tally(*(sum(column) for column in columns)) if columns else Tally()


class Counted(NamedTuple):
    """Of one kiosk on one day; `told` is the venue that its events name themselves, "" for none."""

    day: int
    kiosk: str
    told: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class KioskDay:
    """How a kiosk was on a day. `hours`: bit n is set when it was heard between n and n + 1 o'clock; `waiting`: events
    it still had to send by its last word; `up_since_ms`: when the boot began that was heard first on that day."""

    day: int
    hours: int
    last_ms: int
    up_since_ms: int | None
    waiting: int | None
    storage: str
    goodbye: bool


@dataclass(frozen=True, slots=True)
class KioskFacts:
    """`today` is None when it was not heard; `before` and `after` are the nearest days on which it was. `blind` counts
    the hours in which it said that its camera sees nothing. `went_in` and `turned_back` are those whom it let in, as
    far as a light barrier has told."""

    kiosk: str
    today: KioskDay | None = None
    before: KioskDay | None = None
    after: KioskDay | None = None
    blind: int = 0
    went_in: int = 0
    turned_back: int = 0
    to_come: int = 0  # events that it has sworn to and that have not come
    missing: int = 0  # numbers below the highest that have not come
    is_online: bool = False


class Scan(NamedTuple):
    """One visit of a day. `person` is a number of the ledger (collector.people), or None when nobody knows."""

    kiosk: str
    told: str
    at_ms: int
    person: int | None


class Figures(Protocol):
    """Each call raises LedgerError when the ledger cannot be read."""

    def counts(self, first_day: int, last_day: int) -> list[Counted]:
        """Both days included."""

    def last_day(self, until: int) -> int | None:
        """The last day, up to this one, on which anybody was scanned."""

    def scans(self, day: int) -> list[Scan]:
        """In the order of time."""

    def kiosk_facts(self, day: int) -> Mapping[str, KioskFacts]:
        """Of all kiosks that were ever heard on a day."""


@dataclass
class Places:
    """Which venue a scan belongs to, by the registry as it is now."""

    venues: Sequence[Venue]
    kiosks: Sequence[RegisteredKiosk]
    by_id: dict[str, Venue] = field(default_factory=dict)
    of_kiosk: dict[str, str] = field(default_factory=dict)
    at_venue: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.by_id = {one.id: one for one in self.venues}
        for kiosk in self.kiosks:
            self.of_kiosk[kiosk.id] = kiosk.venue
            self.at_venue.setdefault(kiosk.venue, []).append(kiosk.id)

    def venue_of(self, kiosk: str, told: str) -> str:
        """ "" for a kiosk that stands at no registered venue."""
        return told if told in self.by_id else self.of_kiosk.get(kiosk, "")
