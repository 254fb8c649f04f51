from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.ledger.progress import Gap, Progress, receipts_for

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("numbers", "upto", "gaps"),
    [
        ([], 0, []),
        ([1], 1, []),
        ([1, 2, 3], 3, []),
        ([3, 1, 2], 3, []),
        ([2], 0, [Gap(1, 1)]),
        ([1, 5], 1, [Gap(2, 4)]),
        ([1, 5, 3], 1, [Gap(2, 2), Gap(4, 4)]),
        ([1, 5, 2], 2, [Gap(3, 4)]),
        ([1, 5, 4], 1, [Gap(2, 3)]),
        ([1, 5, 4, 3, 2], 5, []),
    ],
)
def test_the_gaps_are_what_has_not_come(numbers, upto, gaps) -> None:
    progress = Progress()

    for seq in numbers:
        progress.take(seq)

    assert (progress.upto, progress.gaps) == (upto, gaps)


@given(st.lists(st.integers(min_value=1, max_value=60)))
def test_whatever_the_order_it_agrees_with_a_plain_set_of_numbers(numbers: list[int]) -> None:
    progress, plain = Progress(), set[int]()

    for seq in numbers:
        assert progress.take(seq) == (seq not in plain)
        plain.add(seq)

    highest = max(plain, default=0)
    upto = next(n for n in range(highest + 1) if n + 1 not in plain)
    assert progress.upto == upto
    assert progress.missing == highest - len(plain)
    assert progress.above(7) == sorted(n for n in plain if n > upto)[:7]
    assert progress.gaps == sorted(progress.gaps)


def test_the_largest_number_of_the_contract_costs_no_more_than_any_other() -> None:
    progress = Progress()

    progress.take(2**31 - 1)

    assert (progress.upto, progress.missing, progress.above(3)) == (0, 2**31 - 2, [2**31 - 1])


def test_a_stream_without_a_gap_gets_one_receipt_that_names_no_number_above() -> None:
    progress = Progress(highest=2000)

    receipts = receipts_for("s" * 32, progress, range(1, 2001), NOW)

    assert [(receipt.upto, receipt.also) for receipt in receipts] == [(2000, ())]


def test_above_a_gap_that_never_closes_every_number_that_came_is_receipted() -> None:
    progress = Progress(highest=5000, gaps=[Gap(10, 10)])

    receipts = receipts_for("s" * 32, progress, {4000, *range(4100, 4500)}, NOW)

    assert {receipt.upto for receipt in receipts} == {9}
    named = {seq for receipt in receipts for seq in receipt.also}
    assert {4000, *range(4100, 4500)} <= named
    assert max(len(receipt.also) for receipt in receipts) == 256


def test_the_room_left_in_a_receipt_heals_one_that_was_lost() -> None:
    progress = Progress(highest=8, gaps=[Gap(3, 4)])

    receipts = receipts_for("s" * 32, progress, {8}, NOW)

    assert [(receipt.upto, receipt.also) for receipt in receipts] == [(2, (5, 6, 7, 8))]
