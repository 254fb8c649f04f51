"""Who is where and when on the day, as it truly is. Pure. All times are whole seconds since midnight in Vietnam.

A venue's visitors come at its own hours, from those who like the place and from anybody; nobody is in two places at
once, and there are some minutes of road between two.
"""

import random
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from kiosk.simulation.fleet.province import Fate, Province

HOUR_S = 3600
BEGIN_S = 4 * HOUR_S  # before the first market opens
ROAD_S = 300
FAVOURITES = 3
LIKES_IT = 0.6
SHORTEST_S, LONGEST_S = 60, 4 * HOUR_S
# an infection needs this much time together, takes place that often, and is passed on after this long
CLOSE_S, CAUGHT, RIPE_S = 900, 0.12, 2 * HOUR_S
INDEX_CASES = 4


class Stay(NamedTuple):
    """[tin, tout) of a person at a venue (its place in the province)."""

    venue: int
    tin: int
    tout: int
    person: int


class Infection(NamedTuple):
    at: int
    venue: int
    by: int
    of: int


@dataclass(frozen=True, slots=True)
class Span:
    """[begin, end) in which a door is not to be had."""

    begin: int
    end: int


def stays(
    province: Province, end_s: int, shut: Mapping[str, Sequence[Span]]
) -> dict[str, list[Stay]]:
    """By kiosk, in the order of coming: of venues where visitors are scanned. All have left by `end_s`. Whoever would
    come or go while their door has no power (`shut`) does not come."""
    dice = random.Random(f"stays {province.seed}")  # noqa: S311 - no secret
    liked = _liked(dice, province)
    diaries: dict[int, list[tuple[int, int]]] = defaultdict(list)
    found: dict[str, list[Stay]] = {}
    for at, venue in enumerate(province.venues):
        if venue.fate not in (Fate.IN_USE, Fate.BACKLOG):
            continue
        of_venue = _of_venue(dice, province, at, liked[at], end_s, diaries)
        for one in of_venue:
            kiosk = dice.choice(venue.kiosks)
            if not any(
                span.begin <= t < span.end for span in shut.get(kiosk, ()) for t in one[1:3]
            ):
                found.setdefault(kiosk, []).append(one)
    return found


def _liked(dice: random.Random, province: Province) -> list[list[int]]:
    """Who likes each venue."""
    found: list[list[int]] = [[] for _ in province.venues]
    weights = [venue.visits for venue in province.venues]
    for person in range(province.people):
        for at in dice.choices(range(len(found)), weights, k=FAVOURITES):
            found[at].append(person)
    return found


def _of_venue(
    dice: random.Random,
    province: Province,
    at: int,
    liked: Sequence[int],
    end_s: int,
    diaries: dict[int, list[tuple[int, int]]],
) -> list[Stay]:
    venue = province.venues[at]
    kind = venue.kind
    hours = range(kind.open_h, kind.close_h)
    count = max(1, round(dice.gauss(venue.visits, venue.visits**0.5)))
    coming = dice.choices(hours, [kind.rush.get(hour, 1) for hour in hours], k=count)
    found = []
    for tin in sorted(hour * HOUR_S + dice.randrange(HOUR_S) for hour in coming):
        length_s = dice.lognormvariate(0, kind.spread) * kind.stay_min * 60
        tout = tin + int(min(max(length_s, SHORTEST_S), LONGEST_S - 1))
        if tin < BEGIN_S or tout >= min(end_s, kind.close_h * HOUR_S):
            continue
        for _ in range(4):  # whoever is elsewhere does not come; another does
            known = liked and dice.random() < LIKES_IT
            person = dice.choice(liked) if known else dice.randrange(province.people)
            if _take(diaries[person], tin, tout):
                found.append(Stay(at, tin, tout, person))
                break
    return found


def _take(diary: list[tuple[int, int]], tin: int, tout: int) -> bool:
    """Whether this person has the time; then it is taken."""
    at = bisect_left(diary, (tin, tout))
    if at and diary[at - 1][1] + ROAD_S > tin:
        return False
    if at < len(diary) and tout + ROAD_S > diary[at][0]:
        return False
    diary.insert(at, (tin, tout))
    return True


def met(all_stays: Sequence[Stay]) -> dict[int, set[tuple[int, int]]]:
    """Of each person, whom they were together with for a second at least, and at which venue."""
    found: dict[int, set[tuple[int, int]]] = defaultdict(set)
    for one, other in together(all_stays):
        found[one.person].add((other.person, one.venue))
        found[other.person].add((one.person, one.venue))
    return found


def together(all_stays: Sequence[Stay]) -> list[tuple[Stay, Stay]]:
    """Pairs of different people who were at a venue at the same time, each pair of stays once."""
    pairs = []
    there: list[Stay] = []
    for stay in sorted(all_stays):
        there = [each for each in there if each.venue == stay.venue and each.tout > stay.tin]
        pairs += [(each, stay) for each in there if each.person != stay.person]
        there.append(stay)
    return pairs


def outbreak(all_stays: Sequence[Stay], seed: int) -> list[Infection]:
    """Who infects whom, and where, in the order of time. Hurried as no disease is: one day has to hold a chain."""
    dice = random.Random(f"outbreak {seed}")  # noqa: S311 - no secret
    people = sorted({stay.person for stay in all_stays})
    ripe = dict.fromkeys(dice.sample(people, min(INDEX_CASES, len(people))), 0)
    meetings = sorted(
        (max(one.tin, other.tin), min(one.tout, other.tout), one.venue, one.person, other.person)
        for one, other in together(all_stays)
    )
    found = []
    for begin, end, venue, *pair in meetings:
        if end - begin < CLOSE_S:
            continue
        for by, of in (pair, pair[::-1]):
            if ripe.get(by, end) <= begin and of not in ripe and dice.random() < CAUGHT:
                ripe[of] = begin + RIPE_S
                found.append(Infection(begin, venue, by, of))
    return found
