"""A case in, its contacts out: who is asked for, where they were, who was there at the same time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from collector.days import ZONE
from collector.tracing.first import First, Found
from collector.tracing.stays import Stay
from collector.tracing.traces import Traces

PERIODS_DAYS = (14, 21)


@dataclass(frozen=True, slots=True)
class Question:
    """The people of a case, by their numbers in the ledger, and the days that count, both included."""

    people: tuple[int, ...]
    first_day: date
    last_day: date

    @property
    def begin_s(self) -> int:
        return _midnight_s(self.first_day)

    @property
    def end_s(self) -> int:
        return _midnight_s(self.last_day + timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Traced:
    """`own` are the stays of the case, in order; `first` is F1; `venues` names its places by number; `as_of` is the
    number of the last change of stays that this knows of."""

    question: Question
    own: Sequence[Stay]
    first: First
    venues: Mapping[int, str]
    as_of: int

    @property
    def is_known(self) -> bool:
        """Whether the case was seen anywhere in its period."""
        return bool(self.own)


def question(people: Sequence[int], days: int, last_day: date) -> Question:
    """The `days` that end with `last_day`."""
    return Question(tuple(sorted(people)), last_day - timedelta(days=days - 1), last_day)


def trace(traces: Traces, asked: Question) -> Traced:
    """Raise LedgerError when the ledger cannot be read."""
    with traces.snapshot():
        own = traces.own(asked.people, asked.begin_s, asked.end_s)
        found: list[Found] = list(zip(own, traces.others(own), strict=True))
        as_of = traces.changes_span()[1]
        venues = traces.venue_names(stay.venue for stay in own)
    return Traced(asked, own, First(found, asked.people), venues, as_of)


def _midnight_s(day: date) -> int:
    return int(datetime.combine(day, time(), ZONE).timestamp())
