"""A declaration on paper, typed in later, with the real loop: its events have the paper's time and say so."""

from datetime import UTC, datetime, timedelta

import pytest

from bench.watched_door import WatchedDoor
from kiosk.domain.declaration import Consent, Risk
from kiosk.domain.identity import CodeKind, Identifier, Identity, Scheme
from kiosk.store.outbox import Outbox
from kiosk.web.ports import TypedPaper
from kiosk.wire import events

CONSENT = Consent("made-up", "vi")
NUMBER = "084190000001"  # of the first card that the door is shown


@pytest.fixture
def door(tmp_path):
    door = WatchedDoor(tmp_path)
    door.open()
    yield door
    door.close()


def paper(age, *, risk=Risk.NONE, number=NUMBER):
    who = Identity(CodeKind.FORM, (Identifier(Scheme.CCCD, number),), name="Thạch Thị Mẫu")
    at = datetime.now(UTC) - age
    return TypedPaper("bao-ve-1", at, who, risk, 1, CONSENT, {"symptoms": ()})


def sent_by(door):
    with Outbox(door.folder / "state.db", "gate-1", owner=False) as outbox:
        return [events.decode(row.payload, "gate-1") for row in outbox.waiting(0, 100)]


def shown(door):
    before = door.screen.shown_now()
    door.shows()
    with door.screen.subscribe() as page:
        while (state := page.next(5.0)) and state["seq"] <= before:
            pass
    return state["screen"]


def test_declaration_and_visit_have_the_time_of_the_paper_and_say_so(door):
    typed = paper(timedelta(hours=30))

    assert door.entrance.paper(typed).stored

    act, declaration, visit = sent_by(door)[-3:]
    assert (act.data.notice, act.data.extra["by"]) == ("staff_typed", "bao-ve-1")
    assert act.data.extra["visit"] == visit.id
    assert act.time_quality == "ntp"
    for event in (declaration, visit):
        assert (event.at, event.time_quality) == (typed.at, "paper")
        assert event.data.link is not None
    assert (declaration.data.source, declaration.data.made_at) == ("paper", typed.at)
    told = visit.data
    assert (told.verdict, told.reason, told.code) == ("accepted", "paper", "paper")
    assert told.direction == "in"


def test_nobody_is_counted_twice_for_it(door):
    before = door.desk.state()
    door.entrance.paper(paper(timedelta(hours=1)))

    with Outbox(door.folder / "state.db", "gate-1", owner=False) as outbox:
        day = outbox.visits_today(datetime.now(UTC))
    assert (day.outcomes, day.entries) == ({}, 0)
    assert door.desk.state()["inside"] == before["inside"]


def test_whoever_declared_on_paper_today_is_known_at_the_door(door):
    door.entrance.paper(paper(timedelta(hours=1)))

    assert shown(door) == "accepted"


def test_a_paper_that_no_longer_counts_lets_nobody_in(door):
    door.entrance.paper(paper(timedelta(hours=25)))

    assert shown(door) == "missing"


def test_an_older_paper_undoes_no_declaration_made_since(door):
    door.declares("Thạch Thị Mẫu", Risk.DECLARED)
    door.serial = 0

    door.entrance.paper(paper(timedelta(hours=1)))

    assert shown(door) == "refer"


def test_a_declared_risk_is_told_to_whoever_types(door):
    assert door.entrance.paper(paper(timedelta(hours=1), risk=Risk.DECLARED)).outcome == "refer"


@pytest.mark.parametrize("age", [timedelta(minutes=-2), timedelta(days=7, minutes=1)])
def test_a_time_to_come_or_long_gone_is_not_stored(door, age):
    before = len(sent_by(door))

    assert not door.entrance.paper(paper(age)).stored
    assert len(sent_by(door)) == before
