"""Which rows are with the broker and which go again: a pure table, no broker."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from kiosk.store.rows import Row
from kiosk.uplink.window import MAX_WITHOUT_RECEIPT, Window, says_all_of
from kiosk.wire.receipts import Receipt

STREAM = "a" * 32
AT = datetime(2026, 11, 24, tzinfo=UTC)


def row(number: int, stream: str = STREAM) -> Row:
    return Row(number, stream, number, b"{}")


def receipt(upto: int, *also: int, stream: str = STREAM) -> Receipt:
    return Receipt(stream, upto, also, AT)


@pytest.mark.parametrize(("receive_maximum", "room"), [(65_535, 20), (20, 20), (5, 5), (1, 1)])
def test_the_window_is_twenty_and_never_above_what_the_broker_takes(
    receive_maximum: int, room: int
) -> None:
    assert Window(receive_maximum).room == room


def test_messages_that_are_no_rows_take_room_too() -> None:
    window = Window(3)

    window.handed(1, None)
    window.handed(2, row(1))

    assert (window.room, window.unanswered, window.cursor) == (1, 2, 1)


def test_an_answer_makes_room_and_tells_its_row() -> None:
    window = Window(2)
    window.handed(7, row(1))
    window.handed(8, None)

    assert window.answered(7) == row(1)
    assert window.answered(8) is None
    assert window.answered(9) is None  # never handed over
    assert window.answered(7) is None  # answered already
    assert window.room == 2


def test_a_row_goes_again_when_its_time_has_come_and_only_once() -> None:
    window = Window()
    window.handed(1, row(1))
    answered = window.answered(1)
    assert answered is not None
    window.acknowledged(answered)
    window.again_at(answered, 60.0)

    assert window.take_due(59.9) == []
    assert window.take_due(60.0) == [row(1)]
    assert window.take_due(61.0) == []


def test_rows_go_again_in_the_order_of_their_time_as_far_as_there_is_room() -> None:
    window = Window(2)
    for number, due_s in ((1, 3.0), (2, 1.0), (3, 2.0)):
        window.again_at(row(number), due_s)

    assert window.take_due(9.0) == [row(2), row(3)]
    window.handed(1, None)
    window.handed(2, None)
    assert window.take_due(9.0) == []
    window.answered(1)
    assert window.take_due(9.0) == [row(1)]


@pytest.mark.parametrize(
    ("named", "again"),
    [
        (receipt(0), [1, 2, 3, 4]),
        (receipt(2), [3, 4]),
        (receipt(1, 3), [2, 4]),
        (receipt(9), []),
        (receipt(9, stream="b" * 32), [1, 2, 3, 4]),
    ],
)
def test_what_a_receipt_names_does_not_go_again(named: Receipt, again: list[int]) -> None:
    window = Window()
    for number in (1, 2, 3, 4):
        window.acknowledged(row(number))
        window.again_at(row(number), 1.0)

    window.free(named)

    assert [due.seq for due in window.take_due(2.0)] == again
    assert window.sent == len(again)


def test_a_receipt_that_overtakes_its_puback_counts() -> None:
    window = Window()
    window.handed(1, row(1))
    window.handed(2, row(2))

    window.free(receipt(1))

    assert window.unanswered == 2  # the broker still owes both answers
    assert window.answered(1) is None
    assert window.answered(2) == row(2)


def test_rows_without_a_receipt_are_bounded_however_many_the_broker_takes() -> None:
    window = Window()
    for number in range(1, MAX_WITHOUT_RECEIPT - 4):
        window.acknowledged(row(number))

    assert window.room_for_new == 5
    window.handed(1, row(5_000))
    assert (window.room, window.room_for_new) == (19, 4)
    window.free(receipt(500))
    assert window.room_for_new == 19


def test_staff_hear_of_rows_that_had_to_go_again() -> None:
    window = Window()

    assert window.acknowledged(row(1)) == 1
    assert window.overdue is False
    assert window.acknowledged(row(1)) == 2
    assert window.overdue is True
    window.free(receipt(1))
    assert window.overdue is False


def test_a_refused_row_is_kept_but_does_not_count_as_sent() -> None:
    window = Window()

    window.again_at(row(1), 0.0)

    assert (window.sent, window.overdue) == (0, False)
    window.forget(1)
    assert window.take_due(1.0) == []


@pytest.mark.parametrize(
    ("older", "newer", "all_of_it"),
    [
        (receipt(3, 5), receipt(5), True),
        (receipt(3, 5, 9), receipt(7, 9, 11), True),
        (receipt(3, 5), receipt(4), False),
        (receipt(8), receipt(3, 5), False),  # they may arrive in any order
        (receipt(3), receipt(8, stream="b" * 32), False),
        (receipt(3), replace(receipt(8), ledger="c" * 32), False),
    ],
)
def test_a_receipt_takes_the_place_of_one_that_waits_only_when_it_says_all_of_it(
    older: Receipt, newer: Receipt, all_of_it: bool
) -> None:
    assert says_all_of(newer, older) is all_of_it


@pytest.mark.parametrize(
    ("size", "unanswered", "worth"),
    [(20, 11, False), (20, 10, True), (5, 3, False), (5, 2, True), (1, 1, False), (1, 0, True)],
)
def test_rows_go_together_when_half_of_the_window_is_empty(
    size: int, unanswered: int, worth: bool
) -> None:
    window = Window(size)

    for mid in range(unanswered):
        window.handed(mid, None)

    assert window.is_worth_filling is worth
