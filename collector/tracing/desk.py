"""What the office's pages and the command both do: from identifiers to people, from people to contacts, each act noted
before it is done.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from collector.cases.port import Case, Cases, Period
from collector.days import ZONE, day_of, ms_of
from collector.errors import CollectorError
from collector.ledger.connection import Reader, reading
from collector.ledger.port import Answers
from collector.registry.port import Registry
from collector.tracing.case_changes import Changes, since
from collector.tracing.caveats import Coverage, coverage
from collector.tracing.index import Snapshot
from collector.tracing.passed import Seen, went_in
from collector.tracing.second import Second, Terms, second, seconds_of
from collector.tracing.trace import PERIODS_DAYS, Question, Traced, question, trace
from collector.tracing.traces import Traces
from kiosk.domain.identity import Identifier
from kiosk.domain.passage import Passed

PeopleNamed = Callable[[Sequence[Identifier]], Sequence[int]]
"""The people of the ledger whom these identifiers name, those not known left out. Raises CollectorError when the inbox
cannot be asked."""

Note = Callable[[str, str, Mapping[str, str]], None]
"""Into the audit: who, what, about what; no personal data. Raises CollectorError when it cannot be written."""


class NotReady(CollectorError):
    """The index in memory has not been read yet."""


@dataclass(frozen=True, slots=True)
class TraceDesk:
    """`snapshot` is None while the index is being read."""

    ledger: Reader
    answers: Answers
    registry: Registry
    people_named: PeopleNamed
    note: Note
    snapshot: Callable[[], Snapshot | None]
    now: Callable[[], datetime]
    cases: Cases

    def today(self) -> date:
        return self.now().astimezone(ZONE).date()

    def question(
        self, who: str, people: Sequence[Sequence[Identifier]], days: int, last_day: date
    ) -> Question | None:
        """None when nobody of these was ever seen. Each of `people` is one person's identifiers."""
        if days not in PERIODS_DAYS:
            raise CollectorError(f"a period has {PERIODS_DAYS[0]} or {PERIODS_DAYS[1]} days")
        about = {"people": str(len(people)), "days": str(days), "until": last_day.isoformat()}
        self.note(who, "trace_asked", about)
        known = self.people_named([each for person in people for each in person])
        return question(sorted(set(known)), days, last_day) if known else None

    def trace(self, asked: Question) -> Traced:
        with Traces(self.ledger) as traces:
            return trace(traces, asked)

    def coverage(self, traced: Traced) -> list[Coverage]:
        kiosks: dict[str, list[str]] = {}
        for kiosk in self.registry.kiosks():
            kiosks.setdefault(kiosk.venue, []).append(kiosk.id)
        states = {each.kiosk: each for each in self.answers.kiosks(day_of(ms_of(self.now())))}
        with Traces(self.ledger) as traces:
            return coverage(traces, traced.own, traced.venues, kiosks, states)

    def went_in(self, seen: Iterable[Seen]) -> Mapping[Seen, Passed]:
        """Of these stays, those of which a light barrier has told whether somebody went in."""
        with reading(self.ledger) as asking:
            return went_in(asking, seen)

    def changes(self, traced: Traced, seen: int) -> Changes:
        with Traces(self.ledger) as traces:
            return since(traces, traced, seen)

    def venue_names(self) -> Mapping[str, str]:
        """What people call them, by their ids."""
        return {each.id: each.name for each in self.registry.venues()}

    # ---- a case that is kept

    def question_of(self, case: Case) -> Question:
        return Question(case.people, case.period.first, case.period.last)

    def keep(self, who: str, asked: Question, title: str, reason: str, as_of: int) -> Case:
        """`as_of` is that of the answer which was looked at."""
        period = Period(asked.first_day, asked.last_day)
        days = {"first": period.first.isoformat(), "last": period.last.isoformat()}
        self.note(who, "case_opened", {"title": title, "reason": reason, **days})
        case = self.cases.open(title, reason, period, who, self.now())
        self.cases.add_people(case.id, asked.people)
        self.cases.see(case.id, as_of)
        return case

    def amend(self, who: str, case: str, people: Sequence[Sequence[Identifier]]) -> int:
        """How many of these people were ever seen: they are of the case from now on."""
        self.note(who, "case_amended", {"case": case, "people": str(len(people))})
        known = set(self.people_named([each for person in people for each in person]))
        self.cases.add_people(case, sorted(known))
        return len(known)

    def close(self, who: str, case: str) -> None:
        self.note(who, "case_closed", {"case": case})
        self.cases.close(case, self.now())

    def second(self, who: str, traced: Traced, least_min: int, cap: int) -> Second:
        """Its size, to be looked at before anything else is asked."""
        snapshot = self._ready()
        terms = Terms(traced.question.end_s, least_min * 60, cap)
        people = frozenset(traced.question.people)
        found = second(snapshot, traced.first.exposed(), people, terms)
        about = {"least_min": str(least_min), "cap": str(cap), "size": str(found.size)}
        self.note(who, "second_sized", about)
        return found

    def second_list(self, who: str, found: Second, reason: str) -> Sequence[int]:
        """Seconds of each, for whoever has said why a list is needed."""
        self.note(who, "second_exported", {"size": str(found.size), "reason": reason})
        return list(map(int, seconds_of(self._ready(), found)))

    def _ready(self) -> Snapshot:
        snapshot = self.snapshot()
        if snapshot is None:
            raise NotReady("the stays are still being read into memory: ask again in a minute")
        return snapshot
