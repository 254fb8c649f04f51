"""How many people a day had: those whom declarations tie together are one, whatever came first."""

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from collector.days import day_number
from collector.ledger.connection import reading
from collector.ledger.port import Batch, Link, Taken
from collector.people import ties
from collector.people.keeper import PeopleKeeper
from collector.statistics.day_counts import DayCounts, recount
from collector.statistics.ledger_figures import LedgerFigures
from kiosk.wire.events import decode

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
DAYS = 3
PAPERS = 12


def event(make_event: Any, seq: int, people: Iterable[int], *, day: int, declares: bool) -> Taken:
    at = (NOW - timedelta(days=day)).isoformat().replace("+00:00", "Z")
    declared = {"declaration": f"019abc00-0000-7000-8000-{seq:012x}", "made": at, "risk": "none"}
    data = {"verdict": "accepted", "reason": "pass", "direction": "in", "code": "cccd"}
    if declares:
        data = {**declared, "source": "kiosk_form", "questions": 1}  # type: ignore[dict-item]
    kind = "declaration" if declares else "visit"
    payload = make_event(seq, at=at, boottime=str(seq * 10**9), kind=kind, data=data)
    who = [bytes([number]) * 16 for number in people]
    return Taken(decode(payload, "cho-1"), payload, Link.OPENED, who, payload)


def by_force(visits: Iterable[int], tied: Iterable[Iterable[int]]) -> int:
    """How many there are among these papers when each of `tied` is one person's."""
    persons = [{paper} for paper in range(PAPERS)]
    for papers in tied:
        joined = [one for one in persons if one & set(papers)]
        persons = [one for one in persons if one not in joined] + [set().union(*joined)]
    return sum(bool(one & set(visits)) for one in persons)


def people(store: Any, day: int) -> int:
    number = day_number((NOW - timedelta(days=day)).date())
    return len({scan.person for scan in LedgerFigures(store.reader).scans(number)})


@pytest.mark.parametrize("seed", range(4))
def test_people_tied_in_any_order_are_counted_once_and_untied_apart(
    store, make_event, seed
) -> None:
    dice = random.Random(seed)
    visits: list[tuple[int, int]] = []
    tied: list[list[int]] = []
    events = []
    for seq in range(1, 40):
        day = dice.randrange(DAYS)
        papers = dice.sample(range(PAPERS), 2 if (declares := seq % 6 == 0) else 1)
        events.append(event(make_event, seq, papers, day=day, declares=declares))
        tied += [papers] if declares else []
        visits += [] if declares else [(day, papers[0])]
    repeated = [*events, *dice.sample(events, 8)]
    dice.shuffle(repeated)
    ledger = store.ledger(PeopleKeeper((), store.people), DayCounts())
    ledger.open()

    for at in range(0, len(repeated), 12):
        ledger.commit(Batch(events=repeated[at : at + 12]), NOW)
    ledger.close()

    def counted(tied: list[list[int]]) -> None:
        for day in range(DAYS):
            there = [paper for on, paper in visits if on == day]
            assert people(store, day) == by_force(there, tied)
        with reading(store.reader) as connection:
            assert recount(connection)[0] == set(store.sql("SELECT * FROM day_visits"))

    counted(tied)
    with store.people.changing() as connection:
        find = "SELECT key FROM event WHERE seq = 6"
        ties.untie(store.people, connection, [connection.execute(find).fetchone()[0]], [], NOW)
    counted(tied[1:])
