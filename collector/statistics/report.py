"""Draws up the report of a day from registry and ledger. Pure but for the two that are asked."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime

from collector.both import Both
from collector.days import date_of, day_number
from collector.registry.port import Registry
from collector.registry.shapes import Venue, VenueState, VenueType
from collector.registry.words import TYPES
from collector.statistics.diagnosis import (
    Cause,
    VenueFacts,
    diagnose,
    is_usually_quiet,
    opening_hours,
)
from collector.statistics.figures import Figures, KioskFacts, Places, Scan, Tally, total
from collector.statistics.shapes import (
    Change,
    DayReport,
    DayTotal,
    Group,
    Restated,
    SilentVenue,
    VenueCounts,
)
from collector.statistics.told import Told
from kiosk.questions.places import fold

TREND_DAYS = 14
LOOKED_AT_DAYS = 35
# figures of this many days are held against what was told of them
RESTATED_DAYS = 14
MOST_CHANGED = 5
NO_DISTRICT = Both("Chưa rõ huyện", "No district")

ByDay = Mapping[str, Mapping[int, Tally]]


def draw_up(
    figures: Figures,
    registry: Registry,
    day: date,
    made_at: datetime,
    told: Sequence[Told] = (),
) -> DayReport:
    """Raise CollectorError when ledger or registry cannot be read."""
    number = day_number(day)
    open_venues = [one for one in registry.venues() if one.state is VenueState.OPEN]
    places = Places(open_venues, registry.kiosks())
    by_venue, all_days = by_venue_and_day(figures, places, number)
    scans = figures.scans(number)
    kiosk_facts = figures.kiosk_facts(number)
    names = {one.id: one.name for one in registry.organisations()}
    causes = causes_of_day(places, by_venue, scans, kiosk_facts, day)
    registered = [(venue, by_venue[venue.id].get(number, Tally())) for venue in open_venues]
    people = {scan.person for scan in scans if scan.person is not None}
    tally = all_days.get(number, Tally())

    def grouped(key: Callable[[Venue], Both]) -> list[Group]:
        return _groups(registered, key, causes, places)

    return DayReport(
        day=day,
        made_at=made_at,
        tally=tally,
        people=len(people) if people else None,
        unknown_people=sum(scan.person is None for scan in scans),
        venues=_counts((venue for venue, _ in registered), causes, places),
        districts=grouped(
            lambda one: Both(one.district, one.district) if one.district else NO_DISTRICT
        ),
        kinds=grouped(lambda one: TYPES[one.type]),
        organisations=grouped(
            lambda one: Both(*[names.get(one.organisation, one.organisation)] * 2)
        ),
        trend=_trend(by_venue, all_days, number),
        **_changes(open_venues, by_venue, number),
        silent=_silent(open_venues, causes, by_venue, names, number),
        missing_events=sum(one.missing for one in kiosk_facts.values()),
        behind=sum(is_behind(one) for one in kiosk_facts.values()),
        waiting=sum(_waiting(one) for one in kiosk_facts.values()),
        restated=_restated(told, all_days, number),
        unregistered=by_venue[""].get(number, Tally()).visits,
        went_in=sum(one.went_in for one in kiosk_facts.values()),
        turned_back=sum(one.turned_back for one in kiosk_facts.values()),
    )


def causes_of_day(
    places: Places,
    by_venue: ByDay,
    scans: Iterable[Scan],
    kiosk_facts: Mapping[str, KioskFacts],
    day: date,
) -> dict[str, Cause]:
    """Of each venue that is silent on this day."""
    of_venue: dict[str, list[Scan]] = defaultdict(list)
    for scan in scans:
        of_venue[places.venue_of(scan.kiosk, scan.told)].append(scan)
    found = {}
    for venue in places.venues:
        used = sorted(day for day, tally in by_venue.get(venue.id, {}).items() if tally.visits)
        spans = [(span.day, span.from_min, span.until_min) for span in venue.hours.spans]
        kiosks = places.at_venue.get(venue.id, [])
        cause = diagnose(
            VenueFacts(
                kiosks=[kiosk_facts.get(kiosk, KioskFacts(kiosk)) for kiosk in kiosks],
                scans=of_venue.get(venue.id, []),
                opening=opening_hours(spans, day),
                is_usually_quiet=is_usually_quiet(used, day_number(day)),
                is_mobile=venue.type is VenueType.CHECKPOINT,
            )
        )
        if cause is not None:
            found[venue.id] = cause
    return found


def is_behind(kiosk: KioskFacts) -> bool:
    """Whether it has events, by its own word, that are not here."""
    return bool(_waiting(kiosk) or kiosk.missing)


def _waiting(kiosk: KioskFacts) -> int:
    last = kiosk.after or kiosk.today or kiosk.before
    told = 0 if last is None or last.waiting is None else last.waiting
    # while it is connected a few are always on their way
    return max(kiosk.to_come, 0 if kiosk.is_online and told <= 5 else told)


def by_venue_and_day(
    figures: Figures, places: Places, number: int
) -> tuple[dict[str, dict[int, Tally]], dict[int, Tally]]:
    """By venue and day, and by day; what belongs to no registered venue stands under ""."""
    gathered: dict[tuple[str, int], list[Tally]] = defaultdict(list)
    days: dict[int, list[Tally]] = defaultdict(list)
    for day, kiosk, told, tally in figures.counts(number - LOOKED_AT_DAYS, number):
        gathered[places.venue_of(kiosk, told), day].append(tally)
        days[day].append(tally)
    by_venue: dict[str, dict[int, Tally]] = defaultdict(dict)
    for (venue, day), tallies in gathered.items():
        by_venue[venue][day] = total(tallies)
    return by_venue, {day: total(tallies) for day, tallies in days.items()}


def _counts(venues: Iterable[Venue], causes: Mapping[str, Cause], places: Places) -> VenueCounts:
    these = [venue.id for venue in venues]
    return VenueCounts(
        registered=len(these),
        with_kiosk=sum(venue in places.at_venue for venue in these),
        active=sum(venue not in causes for venue in these),
    )


def _groups(
    registered: Sequence[tuple[Venue, Tally]],
    key: Callable[[Venue], Both],
    causes: Mapping[str, Cause],
    places: Places,
) -> list[Group]:
    found: dict[Both, list[tuple[Venue, Tally]]] = defaultdict(list)
    for venue, tally in registered:
        found[key(venue)].append((venue, tally))
    groups = [
        Group(
            name, _counts((venue for venue, _ in rows), causes, places), total(t for _, t in rows)
        )
        for name, rows in found.items()
    ]
    return sorted(groups, key=lambda one: (-one.venues.silent, fold(one.name.vi)))


def _trend(by_venue: ByDay, days: Mapping[int, Tally], number: int) -> list[DayTotal]:
    return [
        DayTotal(
            date_of(day),
            days.get(day, Tally()),
            sum(venue != "" and day in of_venue for venue, of_venue in by_venue.items()),
        )
        for day in range(number - TREND_DAYS + 1, number + 1)
    ]


def _changes(venues: Sequence[Venue], by_venue: ByDay, number: int) -> dict[str, list[Change]]:
    def visits(venue: Venue, first: int, last: int) -> int:
        days = by_venue.get(venue.id, {})
        return sum(days[day].visits for day in range(first, last + 1) if day in days)

    changes = [
        Change(one, visits(one, number - 13, number - 7), visits(one, number - 6, number))
        for one in venues
    ]
    by_difference = sorted(changes, key=lambda one: (one.difference, one.venue.id))
    return {
        "improved": [one for one in reversed(by_difference[-MOST_CHANGED:]) if one.difference > 0],
        "worsened": [one for one in by_difference[:MOST_CHANGED] if one.difference < 0],
    }


def _silent(
    venues: Sequence[Venue],
    causes: Mapping[str, Cause],
    by_venue: ByDay,
    names: Mapping[str, str],
    number: int,
) -> list[SilentVenue]:
    """By district; within it those that can be mended today before those that are merely closed."""
    found = []
    for venue in venues:
        if venue.id not in causes:
            continue
        days = by_venue.get(venue.id, {})
        used = [day for day, tally in days.items() if tally.visits and day < number]
        found.append(
            SilentVenue(
                venue,
                names.get(venue.organisation, venue.organisation),
                causes[venue.id],
                date_of(max(used)) if used else None,
                days.get(number, Tally()).scans,
            )
        )
    order = [*(cause for cause in Cause if cause is not Cause.CLOSED), Cause.CLOSED]
    return sorted(
        found, key=lambda one: (fold(one.venue.district), order.index(one.cause), one.venue.name)
    )


def _restated(told: Sequence[Told], days: Mapping[int, Tally], number: int) -> list[Restated]:
    """Against the newest word on each day before this one."""
    newest: dict[int, Told] = {}
    for each in sorted(told, key=lambda one: one.made_at):
        newest[day_number(each.day)] = each
    return [
        Restated(each.day, each.visits, each.made_at, days.get(day, Tally()).visits)
        for day, each in sorted(newest.items())
        if number - RESTATED_DAYS <= day < number and days.get(day, Tally()).visits != each.visits
    ]
