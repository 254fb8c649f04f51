"""What a light barrier has told of a visit, looked up when a trace is looked at, in either store."""

from datetime import timedelta

import pytest

from collector.days import date_of, day_of, ms_of
from collector.ledger.connection import reading
from collector.ledger.port import Link, PassedOfDay, Taken
from collector.statistics.day_counts import DayCounts
from collector.statistics.ledger_figures import LedgerFigures
from collector.tracing import passed, trace
from collector.tracing.exports import first_lines
from collector.tracing.traces import Traces
from kiosk.domain.passage import Passed
from kiosk.wire.events import decode

CASE, FRIEND = 7, 8


@pytest.fixture
def door(province):
    """A ledger that counts days as well."""
    province.ledger.close()
    province.ledger = province.store.ledger(province.keeper, DayCounts())
    province.ledger.open()
    return province


def tells(door, scan, reason, kiosk="cho-1", visit=None):
    """The next event of this kiosk: what its barrier says of that scan."""
    seq = door.numbers[kiosk] = door.numbers.get(kiosk, 0) + 1
    data = {"notice": "passed", "reason": reason, "count": 1, "visit": visit or scan.event.id}
    at = (scan.event.at + timedelta(seconds=10)).isoformat().replace("+00:00", "Z")
    more = {"kind": "notice", "boottime": str(seq * 10**9)}
    payload = door.make_event(seq, kiosk=kiosk, at=at, data=data, **more)
    return Taken(decode(payload, kiosk), payload, Link.NONE)


def found(door):
    """Of each person with a stay, what is known."""
    with Traces(door.reader) as traces:
        own = {who: traces.own([who], 0, 2**40) for who in (CASE, FRIEND)}
    seen = [(who, stay) for who, stays in own.items() for stay in stays]
    with reading(door.reader) as asking:
        known = passed.went_in(asking, seen)
        # as contacts have them: by their place, without the event
        placed = [(who, stay._replace(event=0)) for who, stay in seen]
        assert list(passed.went_in(asking, placed).values()) == list(known.values())
    return {who: answer for (who, _), answer in known.items()}


def test_one_went_in_one_turned_back_and_of_others_nothing_is_known(door):
    case = door.scan(CASE, door.clock("8:00"))
    friend = door.scan(FRIEND, door.clock("8:01"))
    door.take(case, friend)
    assert found(door) == {}

    door.take(tells(door, case, "yes"), tells(door, friend, "no"))

    assert found(door) == {CASE: Passed.YES, FRIEND: Passed.NO}


def test_whoever_came_back_and_went_in_has_gone_in(door):
    case = door.scan(CASE, door.clock("8:00"))
    door.take(case, tells(door, case, "no"))
    door.take(tells(door, case, "late"))

    assert found(door) == {CASE: Passed.YES}


def test_what_came_before_its_visit_is_found_too(door):
    case = door.scan(CASE, door.clock("8:00"))
    told = tells(door, case, "no")
    door.take(told)
    door.take(case)

    assert found(door) == {CASE: Passed.NO}


def test_whoever_declared_at_the_kiosk_is_known_by_the_visit_that_let_them_in(door):
    at = door.clock("8:00")
    case = door.scan(CASE, at)
    declared = door.scan(CASE, at + timedelta(minutes=2), follows=case.event.id)
    door.take(case, declared, tells(door, declared, "no"))

    assert found(door) == {CASE: Passed.NO}


def test_what_another_kiosk_says_of_a_visit_is_not_believed(door):
    case = door.scan(CASE, door.clock("8:00"))
    other = door.scan(FRIEND, door.clock("8:00"), kiosk="cho-2")
    door.take(case, other, tells(door, other, "no", kiosk="cho-2", visit=case.event.id))

    assert CASE not in found(door)


def test_the_list_of_contacts_marks_who_turned_back_and_drops_nobody(door):
    case = door.scan(CASE, door.clock("8:00"))
    friend = door.scan(FRIEND, door.clock("8:01"))
    door.take(case, friend, tells(door, case, "yes"), tells(door, friend, "no"))
    with Traces(door.reader) as traces:
        traced = trace.trace(traces, trace.question([CASE], 14, date_of(day_of(ms_of(door.now)))))

    def went_in(seen):
        with reading(door.reader) as asking:
            return passed.went_in(asking, seen)

    heading, line = first_lines(traced.first, traced.venues, went_in)
    assert heading.rstrip().endswith("Ca đã vào / The case went in,F1 đã vào / F1 went in")
    assert line.rstrip().endswith("có / yes,không thấy qua cửa / not seen to go in")


def test_a_day_tells_how_many_turned_back(door):
    scans = [door.scan(CASE + n, door.clock(f"8:0{n}")) for n in range(4)]
    told = [tells(door, scan, how) for scan, how in zip(scans, ("yes", "no", "no"), strict=False)]
    door.take(*scans, *told, tells(door, scans[1], "late"))
    day = day_of(ms_of(scans[0].event.at))

    assert door.store.answers.passed("cho-1", day) == PassedOfDay(went_in=2, turned_back=1)
    assert door.store.answers.passed("cho-2", day) is None
    facts = LedgerFigures(door.reader).kiosk_facts(day)["cho-1"]
    assert (facts.went_in, facts.turned_back) == (2, 1)
