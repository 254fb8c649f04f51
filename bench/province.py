"""A made-up province: who was where and when, as arrays, and the files that hold it.

As in the shared facts, collector section 10: activity is lognormal, 60 % of visits are at one's three favourites,
venues are Zipf-Mandelbrot, days have a noon and an evening, weekends are busier; 15 % scan out (median 40 min), for the
others the usual stay of the venue is taken, and the next entry ends it. 30 days, 10 visits a person.
"""

import sqlite3
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from collector.days import ZONE
from collector.ledger.sqlite_ledger import SqliteLedger
from collector.tracing.stays import MAX_STAY_S, Rule

Ints: TypeAlias = NDArray[np.int64]
DAY_S = 24 * 3600
DAYS = 30
START_S = int(datetime(2026, 10, 1, tzinfo=ZONE).timestamp())
VENUES_AT_10M = 2_000
_USUAL_S = np.array([20, 45, 60, 60, 75, 90]) * 60
_FAVOURITES = 3


@dataclass(frozen=True)
class Visits:
    """Stays, by venue and beginning. Venues and people count from 1."""

    venue: Ints
    tin: Ints
    person: Ints
    tout: Ints
    rule: Ints

    def __len__(self) -> int:
        return len(self.tin)


def make(visits: int, seed: int = 7) -> Visits:
    random = np.random.default_rng(seed)
    people, venues = visits // 10, max(20, visits // 10_000_000 * VENUES_AT_10M or visits // 5_000)
    person = _people(random, visits, people)
    venue = _venues(random, person, people, venues)
    tin = _times(random, visits)
    usual = _USUAL_S[random.integers(0, len(_USUAL_S), venues)][venue]
    scanned = random.random(visits) < 0.15
    length = np.clip(random.lognormal(np.log(2400), 0.7, visits), 60, MAX_STAY_S).astype(np.int64)
    tout = tin + np.where(scanned, length, usual)
    rule = np.where(scanned, Rule.EXIT, Rule.USUAL)
    midnight = (tin - START_S) // DAY_S * DAY_S + DAY_S + START_S
    rule = np.where(~scanned & (midnight < tout), Rule.MIDNIGHT, rule)
    tout = np.where(scanned, tout, np.minimum(tout, midnight))
    order = np.lexsort((tin, person))
    after = np.empty(visits, np.int64)
    after[order[:-1]] = np.where(np.diff(person[order]) == 0, tin[order[1:]], 2**40)
    after[order[-1]] = 2**40
    rule = np.where(after < tout, Rule.NEXT, rule)
    tout = np.minimum(tout, after)
    keep = np.flatnonzero(tout > tin)
    keep = keep[np.lexsort((person[keep], tin[keep], venue[keep]))]
    return Visits(venue[keep] + 1, tin[keep], person[keep] + 1, tout[keep], rule[keep])


def _people(random: np.random.Generator, visits: int, people: int) -> Ints:
    weights = np.cumsum(random.lognormal(0, 1, people))
    return _drawn(random, weights, visits)


def _venues(random: np.random.Generator, person: Ints, people: int, venues: int) -> Ints:
    weights = np.cumsum(1 / (np.arange(venues) + 10.0) ** 0.9)
    favourites = _drawn(random, weights, people * _FAVOURITES)
    own = favourites[person * _FAVOURITES + random.integers(0, _FAVOURITES, len(person))]
    return np.where(random.random(len(person)) < 0.6, own, _drawn(random, weights, len(person)))


def _drawn(random: np.random.Generator, sums: NDArray[np.float64], count: int) -> Ints:
    """Which of them, by the sums of their weights."""
    found: Ints = np.searchsorted(sums, random.random(count) * sums[-1]).clip(max=len(sums) - 1)
    return found


def _times(random: np.random.Generator, visits: int) -> Ints:
    days = np.cumsum([1.4 if (day + 3) % 7 >= 5 else 1.0 for day in range(DAYS)])
    day = _drawn(random, days, visits)
    hour = np.where(
        random.random(visits) < 0.5, random.normal(11, 2.2, visits), random.normal(17.5, 2, visits)
    )
    at_s: Ints = START_S + day * DAY_S + (hour.clip(5, 22.5) * 3600).astype(np.int64)
    return at_s


def day_of_province(number: int) -> date:
    return datetime.fromtimestamp(START_S + number * DAY_S, ZONE).date()


def store(visits: Visits, path: Path) -> None:
    """A ledger that holds these stays, and nothing of the events they would come from."""
    ledger = SqliteLedger(path)
    ledger.open()
    ledger.close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("DROP INDEX stay_of_person")
    insert = "INSERT INTO stay VALUES (?, ?, ?, ?, ?, 1, ?, 0)"
    for part in np.array_split(np.arange(len(visits)), max(1, len(visits) // 500_000)):
        columns = (visits.venue, visits.tin, visits.person, visits.tout, visits.rule)
        with connection:
            rows = (each[part].tolist() for each in (*columns, np.arange(len(visits))))
            connection.executemany(insert, zip(*rows, strict=True))
    names = [(int(number), f"noi-{number}") for number in np.unique(visits.venue)]
    with connection:
        connection.executemany("INSERT INTO trace_venue VALUES (?, ?)", names)
        connection.execute("CREATE INDEX stay_of_person ON stay (person, tin, venue, tout)")
    connection.execute("ANALYZE")
    connection.commit()
    connection.close()


def cases(visits: Visits, count: int, days: int = 14, seed: int = 3) -> list[int]:
    """People who made 4 to 8 visits in the last `days`."""
    recent = visits.person[visits.tin >= START_S + (DAYS - days) * DAY_S]
    times = np.bincount(recent)
    usual = np.flatnonzero((times >= 4) & (times <= 8))
    return sorted(np.random.default_rng(seed).choice(usual, count, replace=False).tolist())
