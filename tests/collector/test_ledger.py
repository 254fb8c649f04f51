from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from collector.days import day_of, ms_of
from collector.errors import LedgerError
from collector.inbox.sorting import sort
from collector.ledger.connection import reading
from collector.ledger.port import Due

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
TODAY = day_of(ms_of(NOW))
STREAM = "00112233445566778899aabbccddeeff"
OTHER_STREAM = "ff112233445566778899aabbccddeeff"

MakeEvent = Callable[..., bytes]


class Book:
    """A ledger in either store, fed with payloads as they come from topics."""

    def __init__(self, store) -> None:
        self.store = store
        self.ledger = store.ledger()
        self.answers = store.answers

    def take(self, *payloads: bytes, kiosk: str = "cho-1", channel: str = "event") -> list[Due]:
        messages = [(f"entrance/v1/{kiosk}/{channel}", payload) for payload in payloads]
        return list(self.ledger.commit(sort(messages), NOW))

    def seqs(self, kiosk: str = "cho-1") -> list[int]:
        return [event["seq"] for event in self.answers.events(kiosk)]

    def state(self, kiosk: str = "cho-1"):
        return next(state for state in self.answers.kiosks(TODAY) if state.kiosk == kiosk)


@pytest.fixture
def book(store) -> Iterator[Book]:
    book = Book(store)
    book.ledger.open()
    yield book
    book.ledger.close()


def receipts(due: list[Due]) -> list[tuple[str, str, int, tuple[int, ...]]]:
    return [(d.kiosk, d.receipt.stream, d.receipt.upto, d.receipt.also) for d in due]


# ---- events and their receipts


def test_an_event_is_in_the_ledger_and_its_receipt_is_due(book: Book, make_event) -> None:
    event_id = "019abc00-0000-7000-8000-001100000001"

    due = book.take(make_event(1, event_id=event_id, verdict="missing"))

    assert receipts(due) == [("cho-1", STREAM, 1, ())]
    assert list(book.answers.events("cho-1")) == [
        {
            "id": event_id,
            "type": "vn.entrance.visit.v1",
            "stream": STREAM,
            "seq": 1,
            "at": "2026-11-24T01:00:00.000000Z",
            "received_at": "2026-11-24T01:00:00.000000Z",
            "placed_at": "2026-11-24T01:00:00.000000Z",
            "placed_quality": "ntp",
            "placed_width_s": 0.0,
            "verdict": "missing",
            "reason": "pass",
            "direction": "in",
            "code": "cccd",
            "follows": None,
        }
    ]


def test_a_repeat_is_counted_and_receipted_but_not_stored_again(book: Book, make_event) -> None:
    book.take(make_event(1))

    due = book.take(make_event(1))

    assert receipts(due) == [("cho-1", STREAM, 1, ())]
    assert book.seqs() == [1]
    assert (book.state().repeats, book.state().visits) == (1, 1)


def test_a_repeat_within_one_batch_is_a_repeat(book: Book, make_event) -> None:
    book.take(make_event(1), make_event(1), make_event(2), make_event(1))

    assert book.seqs() == [1, 2]
    assert (book.state().repeats, book.state().visits) == (2, 2)


def test_a_gap_is_named_and_closes_when_the_late_event_comes(book: Book, make_event) -> None:
    due = book.take(make_event(1), make_event(4))
    assert receipts(due) == [("cho-1", STREAM, 1, (4,))]
    assert book.state().missing == 2

    book.take(make_event(3))
    due = book.take(make_event(2))

    assert receipts(due) == [("cho-1", STREAM, 4, ())]
    assert book.state().missing == 0
    assert book.seqs() == [1, 2, 3, 4]


def test_a_kiosk_that_was_set_up_anew_counts_from_one_in_a_new_stream(
    book: Book, make_event
) -> None:
    book.take(make_event(1), make_event(2))

    due = book.take(make_event(1, stream=OTHER_STREAM))

    assert receipts(due) == [("cho-1", OTHER_STREAM, 1, ())]
    assert book.seqs() == [1, 2, 1]


def test_two_kiosks_may_use_the_same_numbers_and_ids(book: Book, make_event) -> None:
    book.take(make_event(1), kiosk="cho-1")
    book.take(make_event(1, kiosk="cho-2"), kiosk="cho-2")

    assert (book.seqs("cho-1"), book.seqs("cho-2")) == ([1], [1])


def test_an_event_of_a_type_that_is_not_known_yet_is_kept(book: Book, make_event) -> None:
    due = book.take(make_event(1, kind="temperature"))

    assert receipts(due) == [("cho-1", STREAM, 1, ())]
    assert [event["type"] for event in book.answers.events("cho-1")] == [
        "vn.entrance.temperature.v1"
    ]
    assert book.state().visits == 0


# ---- poison


def test_poison_is_set_aside_with_its_reason_and_receipted(book: Book, make_event) -> None:
    due = book.take(make_event(1, time="yesterday"))

    assert receipts(due) == [("cho-1", STREAM, 1, ())]
    assert book.seqs() == []
    (checked,) = book.answers.check().kiosks
    assert checked.quarantined == {"bad_time": 1}


def test_poison_that_comes_again_is_kept_once_and_receipted_again(book: Book, make_event) -> None:
    book.take(make_event(1, time="yesterday"))

    due = book.take(make_event(1, time="yesterday"))

    assert receipts(due) == [("cho-1", STREAM, 1, ())]
    assert book.state().quarantined == 1


def test_poison_does_not_hide_the_good_event_of_that_number(book: Book, make_event) -> None:
    book.take(make_event(1, time="yesterday"))

    book.take(make_event(1))

    assert book.seqs() == [1]
    assert book.answers.check().faults == []


def test_another_event_with_a_number_that_is_taken_is_set_aside(book: Book, make_event) -> None:
    book.take(make_event(1))

    book.take(make_event(1, event_id="019abc00-0000-7000-8000-00000000ffff"))

    assert book.seqs() == [1]
    (checked,) = book.answers.check().kiosks
    assert checked.quarantined == {"seq_used_before": 1}


def test_another_event_with_an_id_that_is_taken_is_set_aside_and_the_rest_is_stored(
    book: Book, make_event
) -> None:
    same = "019abc00-0000-7000-8000-00000000ffff"

    due = book.take(make_event(1, event_id=same), make_event(2, event_id=same), make_event(3))

    assert book.seqs() == [1, 3]
    assert receipts(due) == [("cho-1", STREAM, 3, ())]
    (checked,) = book.answers.check().kiosks
    assert checked.quarantined == {"id_used_before": 1}


def test_bytes_that_are_no_message_are_kept_as_they_came(book: Book) -> None:
    assert book.take(b"\x00\xff") == []

    kept = book.store.sql("SELECT payload, reason FROM quarantine")
    assert kept == [(b"\x00\xff", "not_utf8")]


# ---- counts


def test_visits_are_counted_by_the_day_they_happened(book: Book, make_event) -> None:
    book.take(
        make_event(1, verdict="accepted", at="2026-11-24T00:00:00Z"),
        make_event(2, verdict="accepted", at="2026-11-23T17:00:00Z"),  # midnight in Viet Nam
        make_event(3, verdict="refer", at="2026-11-23T16:59:59Z"),  # a second before it
        make_event(4, kind="notice"),
    )

    assert book.state().today == {"accepted": 2}
    assert book.state().visits == 3
    assert book.state().last_visit_at == datetime(2026, 11, 24, 0, 0, tzinfo=UTC)


def test_an_event_from_the_end_of_time_is_taken_like_any_other(book: Book, make_event) -> None:
    book.take(make_event(1, at="9999-12-31T23:59:59Z"), make_event(2, at="0001-01-01T00:00:00Z"))

    assert book.seqs() == [1, 2]
    assert book.answers.check().faults == []


def test_the_latest_visits_are_those_that_came_in_last(book: Book, make_event) -> None:
    book.take(make_event(1, at="2026-11-24T01:00:00Z"), make_event(2, at="2026-11-24T02:00:00Z"))
    book.take(make_event(3, at="2026-11-20T01:00:00Z"), make_event(4, kind="notice"))

    assert [visit.at.day for visit in book.answers.latest(2)] == [20, 24]


# ---- status and health


def status(state: str, birth: int, stream: str = STREAM) -> bytes:
    return (
        f'{{"state":"{state}","stream":"{stream}","boot":1,"birth":{birth},'
        f'"at":"2026-11-24T01:00:00Z"}}'
    ).encode()


@pytest.mark.parametrize(
    ("messages", "online"),
    [
        ([status("online", 1)], True),
        ([status("online", 1), status("offline", 1)], False),
        ([status("online", 2), status("offline", 1)], True),  # an old will
        ([status("online", 2), status("offline", 2), status("online", 3)], True),
        ([status("online", 9), status("offline", 1, OTHER_STREAM)], False),  # set up anew
    ],
)
def test_an_old_will_does_not_mask_a_newer_birth(
    book: Book, messages: list[bytes], online: bool
) -> None:
    for message in messages:
        book.take(message, channel="status")

    assert book.state().online is online


def test_what_a_kiosk_still_has_to_send_is_known_from_its_health(book: Book) -> None:
    health = (
        f'{{"stream":"{STREAM}","boot":1,"birth":1,"at":"2026-11-24T01:00:00Z","uptime_s":1,'
        '"waiting":17,"sent":0,"parked":0,"oldest_s":0,"receipt_age_s":-1,"refused":0,'
        '"reconnects":0,"free_mib":100,"storage":"ok","load_1m":0.1}'
    ).encode()

    assert book.take(health, channel="health") == []

    assert (book.state().waiting, book.state().storage) == (17, "ok")


# ---- what it does to itself


def test_a_batch_is_stored_whole_or_not_at_all(book: Book, make_event) -> None:
    book.take(make_event(1))
    book.store.refuse("stream")

    with pytest.raises(LedgerError, match="nothing of this batch is stored"):
        book.take(make_event(2), make_event(3))

    assert book.seqs() == [1]
    assert book.state().visits == 1


def test_after_a_failure_the_same_batch_can_be_committed(book: Book, make_event) -> None:
    book.store.refuse("event")
    with pytest.raises(LedgerError):
        book.take(make_event(1, kind="notice"), b"poison")
    book.store.accept("event")

    due = book.take(make_event(1, kind="notice"))

    assert receipts(due) == [("cho-1", STREAM, 1, ())]


def test_a_reopened_ledger_goes_on_where_it_was(book: Book, make_event) -> None:
    book.take(make_event(1), make_event(3))
    book.ledger.close()
    book.ledger.close()

    book.ledger.open()

    assert receipts(book.take(make_event(2))) == [("cho-1", STREAM, 3, ())]


def test_who_only_asks_cannot_write(book: Book) -> None:
    with pytest.raises(LedgerError), reading(book.store.reader) as db:
        db.execute("DELETE FROM event").fetchall()


def test_the_check_finds_counts_that_were_tampered_with(book: Book, make_event) -> None:
    book.take(make_event(1), make_event(2))
    assert book.answers.check().is_whole

    book.store.sql("DELETE FROM event WHERE seq = 2")

    assert book.answers.check().faults == [
        "the counts of a day differ from the events",
        "the progress of a stream differs from its events",
    ]


def test_the_check_names_what_is_missing(book: Book, make_event) -> None:
    book.take(make_event(1), make_event(5))

    checked = book.answers.check()

    assert not checked.is_whole
    (kiosk,) = checked.kiosks
    assert [(gap.stream, gap.first, gap.last) for gap in kiosk.missing] == [(STREAM, 2, 4)]
