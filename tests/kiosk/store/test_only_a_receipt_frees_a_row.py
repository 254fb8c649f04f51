from collections.abc import Callable

import pytest

from kiosk.domain.visit import Visit
from kiosk.store.outbox import Outbox
from kiosk.store.stamp import Stamp
from kiosk.wire.receipts import Receipt

NewStamp = Callable[..., Stamp]
NewReceipt = Callable[..., Receipt]


@pytest.fixture
def filled(outbox: Outbox, new_visit: Callable[..., Visit], stamp: NewStamp) -> Outbox:
    for _ in range(8):
        outbox.append_visit(new_visit(), stamp())
    return outbox


def seqs(outbox: Outbox) -> list[int]:
    return [row.seq for row in outbox.waiting(0, 1_000)]


@pytest.mark.parametrize(
    ("upto", "also", "left", "freed"),
    [
        (0, (), [1, 2, 3, 4, 5, 6, 7, 8], 0),
        (3, (), [4, 5, 6, 7, 8], 3),
        (3, (5, 8), [4, 6, 7], 5),
        (0, (2,), [1, 3, 4, 5, 6, 7, 8], 1),
        (8, (), [], 8),
        (0, (9, 300), [1, 2, 3, 4, 5, 6, 7, 8], 0),
    ],
)
def test_a_receipt_frees_exactly_the_rows_it_names(
    filled: Outbox,
    receipt: NewReceipt,
    upto: int,
    also: tuple[int, ...],
    left: list[int],
    freed: int,
) -> None:
    removed = filled.received(receipt(filled, upto, also))

    assert removed == freed
    assert seqs(filled) == left


def test_the_same_receipt_again_frees_nothing_more(filled: Outbox, receipt: NewReceipt) -> None:
    said = receipt(filled, 3, (5,))
    filled.received(said)

    assert filled.received(said) == 0
    assert seqs(filled) == [4, 6, 7, 8]


def test_a_receipt_of_another_stream_frees_nothing(filled: Outbox, stamp: NewStamp) -> None:
    removed = filled.received(Receipt("0" * 32, 8, (), stamp().at))

    assert removed == 0
    assert len(seqs(filled)) == 8


def test_a_long_receipt_is_taken_in_short_transactions(
    outbox: Outbox, new_visit: Callable[..., Visit], stamp: NewStamp, receipt: NewReceipt
) -> None:
    for _ in range(300):
        outbox.append_visit(new_visit(), stamp())

    removed = outbox.received(receipt(outbox, 120, tuple(range(122, 300))))

    assert removed == 120 + 178
    assert seqs(outbox) == [121, 300]


def test_positions_are_never_used_twice(
    filled: Outbox, new_visit: Callable[..., Visit], stamp: NewStamp, receipt: NewReceipt
) -> None:
    rows = filled.waiting(0, 99)
    filled.received(receipt(filled, 8, archived=8))

    filled.append_visit(new_visit(), stamp())

    (row,) = filled.waiting(rows[-1].position, 9)
    assert row.seq == 9


def test_a_parked_row_holds_up_nobody_and_stays(filled: Outbox, stamp: NewStamp) -> None:
    second = filled.waiting(0, 2)[1]

    filled.park(second.position, "too_large")

    assert seqs(filled) == [1, 3, 4, 5, 6, 7, 8]
    counts = filled.counts(stamp())
    assert (counts.waiting, counts.parked) == (7, 1)


def test_a_receipt_takes_a_parked_row_too(
    filled: Outbox, stamp: NewStamp, receipt: NewReceipt
) -> None:
    said = receipt(filled, 2)
    filled.park(filled.waiting(0, 2)[1].position, "too_large")

    assert filled.received(said) == 2
    assert filled.counts(stamp()).parked == 0


@pytest.mark.parametrize(
    ("now_after_s", "boot", "age_s"),
    [
        (60.0, "3b1f6c1e-6a0e-4c53-9f4e-0a4f3f3f9d11", 60.0),
        (90.0, "00000000-6a0e-4c53-9f4e-0a4f3f3f9d11", 90.0),  # another boot: the wall clock
        (-90.0, "00000000-6a0e-4c53-9f4e-0a4f3f3f9d11", 0.0),  # which may have jumped back
    ],
)
def test_the_age_of_the_oldest_row_is_told(
    filled: Outbox, stamp: NewStamp, now_after_s: float, boot: str, age_s: float
) -> None:
    counts = filled.counts(stamp(now_after_s, boot_id=boot))

    assert counts.oldest_s == pytest.approx(age_s)


def test_a_wall_clock_that_jumps_does_not_change_an_age_within_a_boot(
    filled: Outbox, stamp: NewStamp
) -> None:
    now = stamp(60.0)
    jumped = Stamp(stamp(-1e9).at, now.boot_id, now.boottime_ns, True)

    assert filled.counts(jumped).oldest_s == pytest.approx(60.0)


def test_an_empty_outbox_has_no_age(outbox: Outbox, stamp: NewStamp) -> None:
    counts = outbox.counts(stamp())

    assert (counts.waiting, counts.parked, counts.oldest_s) == (0, 0, 0.0)


def test_births_rise_with_each_connection_and_boots_with_each_boot(outbox: Outbox) -> None:
    first = outbox.new_birth("boot-1")
    second = outbox.new_birth("boot-1")
    third = outbox.new_birth("boot-2")

    assert [(b.boot, b.birth) for b in (first, second, third)] == [(1, 1), (1, 2), (2, 3)]
    assert len({b.stream for b in (first, second, third)}) == 1
