"""What the ledger finds out by itself: broken chains, streams that ended in damage, when things happened."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from collector.inbox.sorting import sort
from collector.ledger.port import ChainBreak, Due, MissingRange
from kiosk.wire.events import chain_hash, first_hash

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
OLD = "00112233445566778899aabbccddeeff"
NEW = "ff112233445566778899aabbccddeeff"


class Book:
    def __init__(self, store, make_event: Callable[..., bytes]) -> None:
        self.store = store
        self.make_event = make_event
        self.ledger = store.ledger()
        self.answers = store.answers

    def take(self, *payloads: bytes, channel: str = "event") -> list[Due]:
        return list(
            self.ledger.commit(sort((f"entrance/v1/cho-1/{channel}", p) for p in payloads), NOW)
        )

    def chained(self, count: int, stream: str = OLD) -> list[bytes]:
        """Events 1 to `count` of a stream, each with the hash of the one before it."""
        events: list[bytes] = []
        prev = first_hash(stream)
        for seq in range(1, count + 1):
            events.append(self.make_event(seq, stream=stream, prevhash=prev))
            prev = chain_hash(events[-1])
        return events

    @property
    def checked(self) -> Any:
        (kiosk,) = self.answers.check().kiosks
        return kiosk

    def placed(self) -> dict[int, tuple[str, str, float | None]]:
        while self.ledger.tidy():
            pass
        return {
            it["seq"]: (it["placed_at"][11:19], it["placed_quality"], it["placed_width_s"])
            for it in self.answers.events("cho-1")
        }


@pytest.fixture
def book(store, make_event: Callable[..., bytes]) -> Iterator[Book]:
    book = Book(store, make_event)
    book.ledger.open()
    yield book
    book.ledger.close()


# ---- the chain


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2)])
def test_a_whole_chain_has_no_break_in_whatever_order_it_comes(book: Book, order) -> None:
    events = book.chained(4)

    for place in order:
        book.take(events[place])

    assert book.answers.check().is_whole


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
@pytest.mark.parametrize("at_once", [True, False])
def test_an_altered_event_is_named_by_the_one_that_follows_it(book: Book, order, at_once) -> None:
    events = book.chained(4)
    events[1] = events[1].replace(b"accepted", b"missing")
    events = [events[place] for place in order]

    for part in [events] if at_once else [[event] for event in events]:
        book.take(*part)

    assert book.checked.breaks == [ChainBreak(OLD, 3)]
    checked = book.answers.check()
    assert (checked.is_whole, checked.faults) == (False, [])
    (state,) = book.answers.kiosks(0)
    assert state.breaks == 1


def test_a_stream_that_does_not_begin_as_it_must_is_broken_at_its_first_event(book: Book) -> None:
    book.take(book.make_event(1, prevhash=first_hash(NEW)))

    assert book.checked.breaks == [ChainBreak(OLD, 1)]


def test_events_from_before_the_chain_are_not_held_against_a_kiosk(book: Book, make_event) -> None:
    book.take(make_event(1), make_event(2))

    assert book.answers.check().is_whole


def test_poison_has_its_place_in_the_chain(book: Book, make_event) -> None:
    poison = make_event(1, time="never", prevhash=first_hash(OLD))
    book.take(poison, make_event(2, prevhash=chain_hash(poison)))
    assert book.checked.breaks == []

    book.take(make_event(4, time="never"), make_event(5, prevhash=first_hash(OLD)))

    assert book.checked.breaks == [ChainBreak(OLD, 5)]


def test_the_receipt_carries_the_hash_of_the_last_event_without_a_gap(book: Book) -> None:
    events = book.chained(4)

    (due,) = book.take(events[0], events[1], events[3])

    assert (due.receipt.upto, due.receipt.chain) == (2, chain_hash(events[1]))
    (due,) = book.take(events[2])
    assert (due.receipt.upto, due.receipt.chain) == (4, chain_hash(events[3]))


def test_the_receipt_of_poison_carries_the_hash_of_what_was_sent(book: Book, make_event) -> None:
    poison = make_event(1, time="never")

    (due,) = book.take(poison)

    assert (due.receipt.upto, due.receipt.chain) == (1, chain_hash(poison))


def test_an_event_that_is_altered_in_the_ledger_is_found_by_the_check(book: Book) -> None:
    book.take(*book.chained(3))

    book.store.sql("UPDATE event SET message = replace(message, 'cccd', 'vneid')")

    assert book.answers.check().faults == ["an event was altered after it was stored"]


# ---- births and ledgers


@pytest.mark.parametrize("state", ["online", "offline"])
def test_a_birth_is_answered_with_the_receipt_of_its_stream_and_a_will_is_not(
    book: Book, state: str
) -> None:
    book.take(*book.chained(2))
    status = (
        f'{{"state":"{state}","stream":"{OLD}","boot":1,"birth":2,"at":"2026-11-24T01:00:00Z"}}'
    )

    due = book.take(status.encode(), channel="status")

    assert [it.receipt.upto for it in due] == ([2] if state == "online" else [])


def test_a_birth_of_a_stream_nobody_has_heard_of_is_told_that_nothing_is_here(book: Book) -> None:
    status = f'{{"state":"online","stream":"{NEW}","boot":1,"birth":1,"at":"2026-11-24T01:00:00Z"}}'

    (due,) = book.take(status.encode(), channel="status")

    assert (due.receipt.upto, due.receipt.also, due.receipt.chain) == (0, (), "")
    assert len(due.receipt.ledger) == 32


# ---- a stream that ended in damage


def began(make_event: Callable[..., bytes], last: object) -> bytes:
    data = {"notice": "stream_began", "reason": "after_damage", "count": 1}
    return make_event(1, stream=NEW, kind="notice", data={**data, "before": OLD, "last": last})


def test_what_a_damaged_kiosk_is_known_to_have_had_is_lost_until_it_comes(
    book: Book, make_event
) -> None:
    events = book.chained(6)
    book.take(events[0], events[1], events[3])

    book.take(began(make_event, 6))

    lost = [MissingRange(OLD, 3, 3, lost=True), MissingRange(OLD, 5, 6, lost=True)]
    assert book.checked.missing == lost
    assert book.answers.check().faults == []

    book.take(events[4])  # salvaged after all
    assert book.checked.missing == [lost[0], MissingRange(OLD, 6, 6, lost=True)]
    (due,) = book.take(events[2], events[5])
    assert (due.receipt.upto, book.checked.missing) == (6, [])


def test_a_stream_of_which_nothing_ever_came_is_lost_as_a_whole(book: Book, make_event) -> None:
    book.take(began(make_event, 40))

    assert book.checked.missing == [MissingRange(OLD, 1, 40, lost=True)]
    assert book.answers.check().faults == []


@pytest.mark.parametrize("last", [-1, 0, "7", None, True])
def test_a_notice_that_names_no_number_claims_nothing(book: Book, make_event, last) -> None:
    book.take(began(make_event, last))

    assert book.checked.missing == []


# ---- when


def at(make_event: Callable[..., bytes], seq: int, boot: int, second: int, ntp: str = "") -> bytes:
    """An event of that boot, `second` after it began; `ntp` is the time it knew."""
    return make_event(
        seq,
        at=f"2026-11-24T{ntp}Z" if ntp else "2025-01-01T00:00:00Z",
        bootid=f"11111111-2222-3333-4444-{boot:012}",
        boottime=str(second * 10**9),
        timequality="ntp" if ntp else "unknown",
    )


def test_a_late_anchor_places_the_earlier_events_of_its_boot(book: Book, make_event) -> None:
    book.take(at(make_event, 1, 1, 10), at(make_event, 2, 1, 20))
    assert book.placed()[1][1] == "unknown"

    book.take(at(make_event, 3, 1, 60, "01:00:00"))

    assert book.placed() == {
        1: ("00:59:10", "anchored", 0.003),
        2: ("00:59:20", "anchored", 0.003),
        3: ("01:00:00", "ntp", 0.0),
    }


def test_boots_that_never_synchronised_are_bracketed_once_both_ends_are_certain(
    book: Book, make_event
) -> None:
    book.take(
        at(make_event, 1, 1, 5, "01:00:00"),
        at(make_event, 2, 2, 10),
        at(make_event, 3, 3, 20),
    )
    assert {quality for _, quality, _ in book.placed().values()} == {"ntp", "unknown"}

    book.take(at(make_event, 4, 4, 30, "01:02:00"))

    # from 01:00:00 to 01:01:30: 30 s are accounted for, 60 s lie before, between and after the boots
    assert book.placed() == {
        1: ("01:00:00", "ntp", 0.0),
        2: ("01:00:30", "estimated", 60.0),
        3: ("01:01:10", "estimated", 60.0),
        4: ("01:02:00", "ntp", 0.0),
    }


def test_a_bracket_narrows_when_a_late_event_shows_that_a_boot_was_longer(
    book: Book, make_event
) -> None:
    book.take(
        at(make_event, 1, 1, 5, "01:00:00"),
        at(make_event, 2, 2, 10),
        at(make_event, 4, 4, 30, "01:02:00"),
    )
    assert book.placed()[2][2] == 80.0

    book.take(at(make_event, 3, 2, 60))

    assert book.placed()[2][2] == 30.0


def test_no_kiosk_makes_a_commit_long_and_all_is_placed_in_the_end(book: Book, make_event) -> None:
    for start in range(1, 5001, 1000):
        book.take(*(at(make_event, seq, 1, seq) for seq in range(start, start + 1000)))

    book.take(at(make_event, 5001, 1, 5001, "01:00:00"))

    sql = "SELECT placed_quality, count(*) FROM event GROUP BY 1"
    assert dict(book.store.sql(sql)) == {"anchored": 2000, "ntp": 1, "unknown": 3000}
    assert set(book.placed()) == set(range(1, 5002))
    assert dict(book.store.sql(sql)) == {"anchored": 5000, "ntp": 1}


def test_a_boot_time_from_the_end_of_time_is_taken_like_any_other(book: Book, make_event) -> None:
    book.take(
        at(make_event, 1, 1, 10, "01:00:00"), make_event(2, boottime="9" * 19, timequality="rtc")
    )

    assert book.placed()[1][1] == "ntp"
    assert book.answers.check().faults == []
