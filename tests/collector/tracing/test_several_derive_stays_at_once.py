"""Workers that meet the same people at the same moment: the stays are those of all scans, and no change is missed."""

import random
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from collector.ledger.port import Batch, Link, Taken
from collector.people.keeper import PeopleKeeper
from collector.people.postgres_people import people_of
from collector.statistics.day_counts import DayCounts, recount
from collector.tracing.keeper import StayKeeper
from collector.tracing.rebuild import rebuild
from collector.tracing.stays import Rule
from collector.tracing.traces import Change, Traces
from collector.tracing.venues import Place
from kiosk.wire.events import decode

NOW = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
DAY = datetime(2026, 11, 24, tzinfo=UTC)
PEOPLE, WORKERS, EVENTS = 5, 3, 27
STAYS = "SELECT person, venue, tin, tout, rule, seen_in, event, width_s FROM stay"


def scans_of(make_event: Any, dice: random.Random, kiosk: str) -> Iterator[Taken]:
    """Some of its boots do not know the time until an anchor tells; some events tie two people."""
    for seq in range(1, EVENTS + 1):
        minute = dice.randrange(14 * 60)
        at = DAY + timedelta(minutes=minute)
        boot = {"bootid": f"{seq // 8:08x}-2222-3333-4444-555555555555"}
        quality = "ntp" if seq % 8 == 7 else dice.choice(["ntp", "unknown"])
        way = dice.choice(["in", "in", "out"])
        data = {"verdict": "accepted", "reason": "pass", "direction": way, "code": "cccd"}
        people = [dice.randrange(1, PEOPLE + 1)]
        kind = "visit"
        if seq % 13 == 0:
            kind, people = "declaration", dice.sample(range(1, PEOPLE + 1), 2)
            made = at.isoformat().replace("+00:00", "Z")
            data = {"made": made, "source": "kiosk_form", "risk": "none"}
            data |= {"declaration": f"019abc00-0000-7000-8000-{seq:012x}", "questions": 1}  # type: ignore[dict-item]
        payload = make_event(
            seq,
            kiosk=kiosk,
            kind=kind,
            at=at.isoformat().replace("+00:00", "Z"),
            timequality=quality,
            boottime=str(minute * 60 * 10**9),
            data=data,
            **boot,
        )
        who = [each.to_bytes(16, "big") for each in people]
        yield Taken(decode(payload, kiosk), payload, Link.OPENED, who, payload)


@pytest.fixture
def keeper(postgres_store) -> StayKeeper:
    return StayKeeper(people_of, lambda kiosk, _: Place(kiosk[:3], 3600), postgres_store.stays)


def derive_anew(store: Any, keeper: StayKeeper) -> None:
    rebuild(store.people, keeper, lambda: NOW, lambda *_: None)


def all_at_once(*work: Callable[[], None], meanwhile: Callable[[], None]) -> list[BaseException]:
    """What has failed."""
    failed: list[BaseException] = []

    def done(each: Callable[[], None]) -> None:
        try:
            each()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=done, args=[each]) for each in work]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        meanwhile()
    for thread in threads:
        thread.join()
    return failed


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.long)])
def test_the_stays_are_those_of_all_scans_and_every_change_is_read_in_order(
    postgres_store, make_event, keeper, seed
) -> None:
    dice = random.Random(seed)
    events = {n: list(scans_of(make_event, dice, f"cho-{n}")) for n in range(WORKERS)}

    def write(number: int) -> None:
        chance = random.Random(number)
        people = PeopleKeeper((keeper,), postgres_store.people)
        ledger = postgres_store.ledger(people, keeper, DayCounts())
        ledger.open()
        try:
            mine = list(events[number])
            chance.shuffle(mine)
            while mine:
                size = chance.randint(1, 6)
                ledger.commit(Batch(events=mine[:size]), NOW)
                mine = mine[size:]
                if chance.random() < 0.3:
                    ledger.tidy()
            while ledger.tidy():
                pass
        finally:
            ledger.close()

    ledger = postgres_store.ledger()
    ledger.open()
    ledger.close()
    read: list[Change] = []
    with Traces(postgres_store.reader) as traces:

        def follow() -> None:
            read.extend(traces.changes(read[-1].number if read else 0, 1_000))

        failed = all_at_once(
            *(lambda n=n: write(n) for n in range(WORKERS)),  # type: ignore[misc]
            lambda: derive_anew(postgres_store, keeper),
            meanwhile=follow,
        )
        follow()

    assert failed == []
    assert [each.number for each in read] == list(range(1, len(read) + 1))
    found = postgres_store.sql(STAYS)
    assert len(found) > EVENTS
    with postgres_store.people.reading() as connection:
        visits, notices = recount(connection)
    assert set(postgres_store.sql("SELECT * FROM day_visits")) == visits
    assert set(postgres_store.sql("SELECT * FROM day_notices")) == notices
    postgres_store.sql("DELETE FROM trace_visit")
    postgres_store.sql("DELETE FROM stay")
    derive_anew(postgres_store, keeper)
    assert set(postgres_store.sql(STAYS)) == set(found)


class Slow:
    """A follower that takes its time: what its worker has written is not committed until then."""

    def __init__(self) -> None:
        self.came, self.may_go = threading.Event(), threading.Event()

    def stored(self, connection: Any, events: Any, now: datetime) -> None:
        self.came.set()
        assert self.may_go.wait(20)

    def moved(self, connection: Any, events: Any, now: datetime) -> None: ...

    def people_changed(self, connection: Any, events: Any, now: datetime) -> None: ...


def test_who_meets_a_person_whose_scan_is_not_committed_yet_waits_for_it(
    postgres_store, make_event, keeper
) -> None:
    def write(kiosk: str, at: str, *more: Any) -> None:
        payload = make_event(1, kiosk=kiosk, at=f"2026-11-24T{at}:00.000000Z")
        taken = Taken(decode(payload, kiosk), payload, Link.OPENED, [bytes(16)], payload)
        people = PeopleKeeper((keeper,), postgres_store.people)
        ledger = postgres_store.ledger(people, keeper, *more)
        ledger.open()
        try:
            ledger.commit(Batch(events=[taken]), NOW)
        finally:
            ledger.close()

    write("cho-1", "01:00")  # who is known already
    slow = Slow()
    one = threading.Thread(target=write, args=("cho-2", "03:00", slow))
    other = threading.Thread(target=write, args=("cho-3", "03:20"))
    one.start()
    assert slow.came.wait(20)
    other.start()
    other.join(0.3)
    assert other.is_alive()
    slow.may_go.set()
    one.join()
    other.join()

    lengths = postgres_store.sql("SELECT (tout - tin) / 60, rule FROM stay ORDER BY tin")
    assert lengths == [(60, Rule.USUAL), (20, Rule.NEXT), (60, Rule.USUAL)]
