import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from kiosk.domain.declaration import Declaration, Risk
from kiosk.domain.verdict import Outcome, Verdict
from kiosk.domain.visit import Direction, Visit
from kiosk.errors import StoreError
from kiosk.store.outbox import Outbox
from kiosk.store.stamp import Stamp
from kiosk.wire import data, events
from kiosk.wire.receipts import Receipt

NewVisit = Callable[..., Visit]
NewStamp = Callable[..., Stamp]


def sent(outbox: Outbox) -> list[events.Event]:
    return [events.decode(row.payload, "cho-1") for row in outbox.waiting(0, 100)]


def test_a_visit_waits_as_the_event_that_will_be_sent(
    outbox: Outbox, new_visit: NewVisit, stamp: NewStamp
) -> None:
    visit = new_visit(Outcome.MISSING, Direction.UNKNOWN, follows=new_visit().id)

    seq = outbox.append_visit(visit, stamp(5.0, synchronised=False))

    (event,) = sent(outbox)
    assert (seq, event.seq, event.id, event.type) == (1, 1, visit.id, "vn.entrance.visit.v1")
    assert event.data == data.VisitData("missing", "portal", "unknown", "cccd", visit.follows)
    assert (event.at, event.time_quality) == (stamp(5.0).at, "unknown")
    assert (event.boot_id, event.boottime_ns) == (stamp().boot_id, 3_605_000_000_000)


def test_what_is_stored_is_there_for_the_next_process_and_numbers_go_on(
    path: Path, new_visit: NewVisit, stamp: NewStamp
) -> None:
    first, second = new_visit(), new_visit()

    with Outbox(path, "cho-1", owner=True) as before:
        before.append_visit(first, stamp())
        stream = before.waiting(0, 1)[0].stream
    with Outbox(path, "cho-1", owner=True) as after:
        seq = after.append_visit(second, stamp())

        assert seq == 2
        assert [(row.seq, row.stream) for row in after.waiting(0, 9)] == [(1, stream), (2, stream)]
        assert after.visit_ids() == [first.id, second.id]


def test_a_declaration_and_its_visit_are_stored_together(
    outbox: Outbox,
    new_visit: NewVisit,
    new_declaration: Callable[..., Declaration],
    stamp: NewStamp,
) -> None:
    declaration, visit = new_declaration(risk=Risk.DECLARED), new_visit(Outcome.REFER)

    seq = outbox.append_pair(declaration, visit, stamp())

    made, entered = sent(outbox)
    assert (made.seq, entered.seq, seq) == (1, 2, 2)
    assert made.data == data.DeclarationData(
        declaration.id, declaration.made_at, "kiosk_form", "declared", 1
    )
    assert entered.id == visit.id


def test_of_a_pair_that_cannot_be_stored_nothing_is(
    outbox: Outbox,
    new_visit: NewVisit,
    new_declaration: Callable[..., Declaration],
    stamp: NewStamp,
) -> None:
    unspeakable = Visit("not an id", stamp().at, Direction.IN, Verdict(Outcome.REFER, "x"), "cccd")

    with pytest.raises(StoreError):
        outbox.append_pair(new_declaration(), unspeakable, stamp())

    assert outbox.waiting(0, 9) == []
    assert outbox.append_visit(new_visit(), stamp()) == 1  # and no number was used up


def test_the_same_visit_again_changes_nothing(
    outbox: Outbox, new_visit: NewVisit, stamp: NewStamp
) -> None:
    visit = new_visit()
    outbox.append_visit(visit, stamp())
    outbox.append_visit(new_visit(), stamp())

    again = outbox.append_visit(visit, stamp())

    assert again == 1
    assert [row.seq for row in outbox.waiting(0, 9)] == [1, 2]


def test_notices_of_codes_and_of_the_device_are_events_but_no_visits(
    outbox: Outbox, stamp: NewStamp
) -> None:
    outbox.append_notice(Verdict(Outcome.NOT_PERSONAL, "payment"), stamp())
    outbox.append_device_notice("store_set_aside", "damaged", stamp())

    kinds = [event.data for event in sent(outbox)]
    assert kinds == [
        data.NoticeData("not_personal", "payment"),
        data.NoticeData("store_set_aside", "damaged"),
    ]
    assert outbox.visit_ids() == []


def test_the_day_is_counted_from_midnight_where_the_door_is(
    outbox: Outbox, new_visit: NewVisit, stamp: NewStamp
) -> None:
    now = stamp().at.astimezone(ZoneInfo("Asia/Ho_Chi_Minh"))  # noon; midnight was 12 hours ago
    yesterday, today = stamp(-12 * 3_600 - 60), stamp()
    for outcome, direction, at in [
        (Outcome.ACCEPTED, Direction.IN, yesterday),
        (Outcome.ACCEPTED, Direction.IN, today),
        (Outcome.ACCEPTED, Direction.OUT, today),
        (Outcome.MISSING, Direction.IN, today),
        (Outcome.REFER, Direction.UNKNOWN, today),
    ]:
        outbox.append_visit(new_visit(outcome, direction, at.at), at)

    day = outbox.visits_today(now)

    assert day.outcomes == {"accepted": 2, "missing": 1, "refer": 1}
    assert (day.entries, day.exits, day.inside) == (1, 1, 0)  # whoever was not accepted is not in


def test_whoever_declares_after_a_scan_is_one_scan_of_the_hour(
    outbox: Outbox, new_visit: NewVisit, stamp: NewStamp
) -> None:
    now = stamp()
    scanned = new_visit(Outcome.MISSING, Direction.IN, now.at)
    outbox.append_visit(scanned, now)
    amended = replace(new_visit(Outcome.ACCEPTED, Direction.IN, now.at), follows=scanned.id)
    outbox.append_visit(amended, now)

    day = outbox.visits_today(now.at.astimezone(ZoneInfo("Asia/Ho_Chi_Minh")))

    assert sum(day.by_hour) == 1
    assert day.entries == 1


def test_old_visits_are_forgotten_only_once_their_event_has_left(
    outbox: Outbox, new_visit: NewVisit, stamp: NewStamp, receipt: Callable[..., Receipt]
) -> None:
    old = [new_visit() for _ in range(120)]
    recent = new_visit()
    for visit in old:
        outbox.append_visit(visit, stamp(-8 * 86_400))
    outbox.append_visit(recent, stamp())
    outbox.received(receipt(outbox, 119, archived=119))

    purged = outbox.purge(stamp().at, keep=timedelta(days=7))

    assert purged == 119
    assert outbox.visit_ids() == [old[119].id, recent.id]
    assert [row.seq for row in outbox.waiting(0, 9)] == [120, 121]


def test_nothing_personal_can_be_in_the_file_because_nothing_personal_goes_in(
    outbox: Outbox, path: Path, new_visit: NewVisit, stamp: NewStamp
) -> None:
    outbox.append_visit(new_visit(), stamp())

    with sqlite3.connect(path) as db:
        columns = {
            table: [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
            for table in ("outbox", "visits", "stream")
        }
    db.close()
    assert columns == {
        "outbox": [
            *("position", "stream", "seq", "id", "at_ms", "boot_id", "boottime_ns"),
            *("outcome", "direction", "received_at_ms", "parked", "hash", "payload"),
        ],
        "visits": ["position", "id", "at_ms", "outcome", "direction"],
        "stream": [
            *("id", "last_seq", "last_position", "boot_id", "boots", "births"),
            *("last_hash", "kept", "waiting_from"),
        ],
    }
