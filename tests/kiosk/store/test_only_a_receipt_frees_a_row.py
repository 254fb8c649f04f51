from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.domain.visit import Visit
from kiosk.store.outbox import ChainDiffers, Outbox
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


# ---- what becomes of a received row


def test_a_received_row_stays_until_it_is_archived(
    filled: Outbox, stamp: NewStamp, receipt: NewReceipt
) -> None:
    first = receipt(filled, 5)
    then = receipt(filled, 7, after_s=1, archived=4)
    filled.received(first)
    before = filled.counts(stamp())

    filled.received(then)

    after = filled.counts(stamp())
    assert (before.waiting, before.received) == (3, 5)
    assert (after.waiting, after.received) == (1, 3)
    assert len(filled.visit_ids()) == 8  # the day's visits are remembered


def test_a_received_row_is_deleted_after_seven_days_and_one_that_waits_never(
    filled: Outbox, stamp: NewStamp, receipt: NewReceipt
) -> None:
    filled.received(receipt(filled, 5))
    now = datetime.now(UTC)

    filled.purge(now + timedelta(days=6), timedelta(days=1))
    before = filled.counts(stamp()).received
    filled.purge(now + timedelta(days=8), timedelta(days=1))

    assert before == 5
    assert filled.counts(stamp()).received == 0
    filled.purge(now + timedelta(days=999), timedelta(days=1))
    assert seqs(filled) == [6, 7, 8]


def test_nothing_of_a_deleted_row_stays_in_the_file(
    path: Path, new_visit: Callable[..., Visit], stamp: NewStamp, receipt: NewReceipt
) -> None:
    with Outbox(path, "cho-1", owner=True) as outbox:
        visits = [new_visit() for _ in range(60)]
        for visit in visits:
            outbox.append_visit(visit, stamp())
        ids = [visit.id.encode() for visit in visits]
        outbox.checkpoint()
        held = path.read_bytes()

        outbox.received(receipt(outbox, 60, archived=60))
        outbox.checkpoint()

    # the ids are remembered for the day's counts, the payloads are not
    content = path.read_bytes()
    assert all(b'"id":"' + each in held for each in ids)
    assert not [each for each in ids if b'"id":"' + each in content]


# ---- receipts that free nothing


def test_a_receipt_for_another_chain_of_events_frees_nothing(
    filled: Outbox, receipt: NewReceipt
) -> None:
    said = replace(receipt(filled, 5), chain="0" * 64)

    with pytest.raises(ChainDiffers):
        filled.received(said)

    assert len(seqs(filled)) == 8


def test_a_receipt_for_events_that_are_not_made_yet_frees_nothing(
    filled: Outbox, receipt: NewReceipt
) -> None:
    with pytest.raises(ChainDiffers):
        filled.received(receipt(filled, 9))

    assert len(seqs(filled)) == 8


def test_an_older_receipt_still_frees_but_takes_nothing_back(
    filled: Outbox, receipt: NewReceipt
) -> None:
    newer, older = receipt(filled, 3, after_s=9), receipt(filled, 2, (6,), after_s=1)
    filled.received(newer)

    filled.received(older)

    assert seqs(filled) == [4, 5, 7, 8]


# ---- a ledger that was put back from its backup


def test_what_a_new_ledger_does_not_name_waits_again(
    filled: Outbox, stamp: NewStamp, receipt: NewReceipt
) -> None:
    restored = receipt(filled, 2, (5,), after_s=9, ledger="2" * 32)
    filled.received(receipt(filled, 7))
    rewinds = filled.rewinds

    filled.received(restored)

    assert seqs(filled) == [3, 4, 6, 7, 8]
    assert filled.rewinds == rewinds + 1
    assert filled.counts(stamp()).oldest_s == 0.0


def test_a_late_receipt_of_the_lost_ledger_frees_nothing(
    filled: Outbox, receipt: NewReceipt
) -> None:
    late, restored = receipt(filled, 8, after_s=5), receipt(filled, 2, after_s=9, ledger="2" * 32)
    filled.received(receipt(filled, 7))
    filled.received(restored)

    freed = filled.received(late)

    assert freed == 0
    assert seqs(filled) == [3, 4, 5, 6, 7, 8]
