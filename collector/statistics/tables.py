"""The report's tables, once for all its forms: headings and cells as text."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from collector.both import Both
from collector.days import local_text
from collector.statistics import words
from collector.statistics.diagnosis import Cause
from collector.statistics.shapes import Change, DayReport, Group
from collector.statistics.words import number_text

Cell = str | Both


@dataclass(frozen=True, slots=True)
class Table:
    """`name` is for files. Columns of `numbers` stand to the right. `shares` are the widths of columns, for paper."""

    name: str
    title: Both
    columns: Sequence[Both]
    rows: Sequence[Sequence[Cell]]
    numbers: frozenset[int]
    shares: Sequence[float]
    empty: Both = words.NOTHING_LATE


def all_tables(report: DayReport) -> list[Table]:
    """In the order of the report."""
    return [
        silent_venues(report),
        causes(report),
        _groups("districts", words.DISTRICT, report.districts),
        _groups("kinds", words.KIND, report.kinds),
        _groups("organisations", words.ORGANISATION, report.organisations),
        _changes("improved", words.IMPROVED, report.improved),
        _changes("worsened", words.WORSENED, report.worsened),
        trend(report),
        restated(report),
    ]


def silent_venues(report: DayReport) -> Table:
    columns = [words.VENUE, words.DISTRICT, words.ORGANISATION, words.RESPONSIBLE]
    columns += [words.DIAGNOSIS, words.LAST_VISIT]
    rows: list[Sequence[Cell]] = [
        (
            one.venue.name,
            one.venue.district or "–",
            one.organisation,
            one.venue.responsible or "–",
            words.CAUSES[one.cause],
            words.day_text(one.last_day) if one.last_day else "–",
        )
        for one in report.silent
    ]
    shares = [3.1, 2.3, 2.5, 2.2, 3.4, 1.6]
    return Table(
        *("silent", words.SILENT_VENUES, columns, rows),
        *(frozenset(), shares, words.NO_SILENT),
    )


def causes(report: DayReport) -> Table:
    count = Counter(one.cause for one in report.silent)
    rows: list[Sequence[Cell]] = [
        (words.CAUSES[cause], number_text(count[cause]), words.REMEDIES[cause])
        for cause in Cause
        if count[cause]
    ]
    columns = [words.DIAGNOSIS, words.SILENT, words.REMEDY]
    return Table(
        *("causes", words.DIAGNOSIS, columns, rows, frozenset([1]), [3, 1, 5]), words.NO_SILENT
    )


def trend(report: DayReport) -> Table:
    columns = [words.DAY, words.VISITS, words.MISSING, words.REFER, words.ACTIVE]
    rows = [
        (
            words.day_text(one.day),
            *map(number_text, (one.tally.visits, one.tally.missing, one.tally.refer, one.active)),
        )
        for one in reversed(report.trend)
    ]
    return Table("trend", words.TREND, columns, rows, frozenset(range(1, 5)), [2, 1, 1, 1, 1])


def restated(report: DayReport) -> Table:
    columns = [words.DAY, words.TOLD, words.AS_OF, words.NOW, words.CHANGE]
    rows = [
        (
            words.day_text(one.day),
            number_text(one.told_visits),
            local_text(one.told_at),
            number_text(one.visits),
            signed(one.visits - one.told_visits),
        )
        for one in report.restated
    ]
    return Table("late", words.LATE, columns, rows, frozenset([1, 3, 4]), [2, 1, 2, 1, 1])


def signed(number: int) -> str:
    return f"{'+' if number > 0 else '−' if number < 0 else ''}{number_text(abs(number))}"


def _groups(name: str, what: Both, groups: Iterable[Group]) -> Table:
    columns = [what, words.REGISTERED, words.WITH_KIOSK, words.ACTIVE, words.SILENT]
    columns += [words.VISITS, words.ACCEPTED, words.MISSING, words.REFER]
    rows: list[Sequence[Cell]] = []
    for one in groups:
        venues, tally = one.venues, one.tally
        numbers = (venues.registered, venues.with_kiosk, venues.active, venues.silent)
        visits = (tally.visits, tally.accepted, tally.missing, tally.refer)
        rows.append((one.name, *map(number_text, (*numbers, *visits))))
    shares = [3, *[1.15] * 8]
    return Table(name, what, columns, rows, frozenset(range(1, 9)), shares)


def _changes(name: str, title: Both, changes: Iterable[Change]) -> Table:
    columns = [words.VENUE, words.DISTRICT, words.BEFORE_7, words.LAST_7, words.CHANGE]
    rows = [
        (
            one.venue.name,
            one.venue.district or "–",
            number_text(one.before),
            number_text(one.now),
            signed(one.difference),
        )
        for one in changes
    ]
    return Table(name, title, columns, rows, frozenset([2, 3, 4]), [3, 2, 1.2, 1, 1])


def headline(report: DayReport) -> list[tuple[Both, str]]:
    """The figures that come first."""
    people = "–" if report.people is None else number_text(report.people)
    tally = report.tally
    return [
        (words.VISITS, number_text(tally.visits)),
        (words.PEOPLE, people),
        (words.ACCEPTED, number_text(tally.accepted)),
        (words.MISSING, number_text(tally.missing)),
        (words.REFER, number_text(tally.refer)),
    ]


def venue_headline(report: DayReport) -> list[tuple[Both, str]]:
    venues = report.venues
    return [
        (words.REGISTERED, number_text(venues.registered)),
        (words.WITH_KIOSK, number_text(venues.with_kiosk)),
        (words.ACTIVE, number_text(venues.active)),
        (words.SILENT, number_text(venues.silent)),
    ]


def how_declared(report: DayReport) -> list[tuple[Both, str]]:
    tally = report.tally
    return [
        (words.BY_FORM, number_text(tally.by_form)),
        (words.BY_PHONE, number_text(tally.by_phone)),
        (words.BY_PAPER, number_text(tally.by_paper)),
        (words.BY_PASS, number_text(tally.by_pass)),
    ]


def what_is_not_here(report: DayReport) -> list[tuple[Both, str]]:
    """By how much all of it may be too low; and where a light barrier counts, how many of those let in turned back."""
    waiting = f" ({number_text(report.waiting)})" if report.waiting else ""
    seen = report.went_in + report.turned_back
    back = (words.TURNED_BACK, f"{number_text(report.turned_back)} / {number_text(seen)}")
    return [
        (words.BEHIND, f"{number_text(report.behind)}{waiting}"),
        (words.MISSING_EVENTS, number_text(report.missing_events)),
        (words.UNKNOWN_PEOPLE, number_text(report.unknown_people)),
        (words.UNREGISTERED, number_text(report.unregistered)),
        *([back] if seen else []),
    ]
