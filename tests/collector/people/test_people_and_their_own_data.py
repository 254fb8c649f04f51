"""Somebody asks what is on record of them, has it put right, or has it erased; each act is in the audit first."""

import dataclasses
from datetime import UTC, date, datetime, timedelta

import pytest

from collector.audit.sqlite_audit import AuditLog
from collector.errors import CollectorError
from collector.people.desk import PeopleDesk, erase_again
from collector.people.port import PeopleError, Wish
from collector.people.sqlite_requests import SqliteRequests
from collector.people.working_days import due
from tests.collector.people.conftest import NOW, who


def named(number: int) -> list[bytes]:
    return [who(number)]


@pytest.fixture
def withdrawn() -> list[bytes]:
    """Whose tags have been taken back."""
    return []


@pytest.fixture
def desk(town, withdrawn) -> PeopleDesk:
    return PeopleDesk(
        town.people,
        lambda identifiers: [],
        withdrawn.extend,
        SqliteRequests(town.folder / "people.db"),
        AuditLog(town.folder / "audit.db").note,
        town.others,
        {"cho-1": "Chợ Mẫu"}.__getitem__,
        lambda: NOW,
    )


def acts(town) -> list[str]:
    return [each.act for each in AuditLog(town.folder / "audit.db").entries()][::-1]


def test_all_that_is_on_record_is_shown_under_any_of_their_numbers(town, desk) -> None:
    town.take(town.event(1), town.event(2), town.event(3))
    town.take(town.event(1, 2, declares=True))
    found = desk.show("can-bo", named(2))
    assert [(each.verdict, each.ties) for each in found] == [
        ("", 1),
        ("accepted", 0),
        ("accepted", 0),
    ]
    assert acts(town) == ["person_shown"]


def test_a_remark_stands_beside_the_event_it_is_about(town, desk) -> None:
    town.take(town.event(1))
    (one,) = desk.show("can-bo", named(1))
    desk.correct("can-bo", named(1), one.id, "không ở chợ hôm đó", part=False)
    assert desk.show("can-bo", named(1))[0].remark == "không ở chợ hôm đó"
    with pytest.raises(PeopleError, match="no such event"):
        desk.correct("can-bo", named(2), one.id, "của người khác", part=False)


def test_a_declaration_that_tied_two_people_is_undone(town, desk) -> None:
    town.take(town.event(1), town.event(2))
    town.take(town.event(1, 2, declares=True))
    declaration = desk.show("can-bo", named(1))[0]
    desk.correct("can-bo", named(1), declaration.id, "", part=True)
    assert len(town.rows("SELECT DISTINCT person FROM person")) == 2
    assert len(town.rows("SELECT DISTINCT person FROM stay")) == 2
    visits = [each for each in desk.show("can-bo", named(1)) if each.verdict]
    assert len(visits) == 1


def test_who_is_erased_leaves_links_and_numbers(town, desk) -> None:
    town.take(town.event(1), town.event(2), town.event(1))
    assert desk.erase("can-bo", named(1)) == 2
    assert desk.show("can-bo", named(1)) == []
    assert town.rows("SELECT seq FROM event") == [(2,)]
    assert town.rows("SELECT event.seq FROM stay_change JOIN event ON key = stay_change.event") == [
        (2,)
    ]
    assert town.rows("SELECT scans FROM day_visits") == [(3,)]
    town.take(town.event(3))  # the chain goes on
    found = town.answers.check()
    assert found.is_whole, found


def test_nothing_is_erased_that_the_audit_has_not_taken(town, desk) -> None:
    town.take(town.event(1))

    def refuse(*_) -> None:
        raise CollectorError("the audit is full")

    with pytest.raises(CollectorError, match="full"):
        dataclasses.replace(desk, note=refuse).erase("can-bo", named(1))
    assert town.rows("SELECT count(*) FROM event") == [(1,)]


def test_who_was_erased_is_erased_again_after_a_restore_and_when_a_kiosk_sends_again(
    town, desk
) -> None:
    first, second = town.event(1), town.event(1)
    town.take(first)
    town.copy()
    town.take(second)
    assert desk.erase("can-bo", named(1)) == 2
    town.restore()
    assert len(desk.show("can-bo", named(1))) == 1  # the copy has the first
    assert erase_again(town.people, desk.requests.erased(), town.others, NOW) == 1
    town.ledger.open()
    town.take(second)  # the kiosk sends again what the copy has not
    assert desk.show("can-bo", named(1)) == []
    assert town.rows("SELECT count(*) FROM event") == [(0,)]
    assert town.answers.check().is_whole


def test_who_is_erased_is_known_at_no_door_any_more_under_any_of_their_numbers(
    town, desk, withdrawn
) -> None:
    town.take(town.event(1, 2, declares=True), town.event(3))
    desk.erase("can-bo", named(2))
    assert withdrawn == [who(1), who(2)]


def test_nothing_is_erased_whose_tags_cannot_be_taken_back(town, desk) -> None:
    town.take(town.event(1))

    def refuse(_) -> None:
        raise PeopleError("the inbox does not answer")

    with pytest.raises(PeopleError, match="does not answer"):
        dataclasses.replace(desk, withdraw=refuse).erase("can-bo", named(1))
    assert town.rows("SELECT count(*) FROM event") == [(1,)]


@pytest.mark.parametrize(
    ("asked", "until"),
    [
        ("2026-11-24", "2026-11-26"),  # Tuesday: Thursday
        ("2026-11-26", "2026-11-30"),  # Thursday: over the weekend, Monday
        ("2026-11-27", "2026-12-01"),
        ("2026-11-28", "2026-12-01"),  # Saturday
    ],
)
def test_two_working_days_are_two_of_monday_to_friday(asked, until) -> None:
    assert due(datetime.fromisoformat(f"{asked}T10:00+07:00")) == date.fromisoformat(until)


def test_the_day_on_which_somebody_asks_is_that_of_the_province() -> None:
    assert due(datetime(2026, 11, 23, 18, 0, tzinfo=UTC)) == date(2026, 11, 26)  # Tuesday there


def test_a_request_waits_with_its_day_until_it_is_answered(town, desk) -> None:
    early = NOW - timedelta(days=10)
    request = desk.ask("can-bo", Wish.ERASE, named(1), early)
    desk.ask("can-bo", Wish.SHOW, named(2), NOW)
    assert [each.number for each in desk.overdue()] == [request.number]
    assert named(1)[0] not in (town.folder / "people.db").read_bytes()
    desk.done("can-bo", request.number)
    assert desk.overdue() == []
    assert [each.wish for each in desk.requests.requests()] == [Wish.SHOW]
    with pytest.raises(PeopleError, match="waits"):
        desk.done("can-bo", request.number)
