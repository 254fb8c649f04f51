"""The rules by which events are placed in time, against a world in which the true time is known."""

import math

from hypothesis import given
from hypothesis import strategies as st

from collector.clocks import DRIFT, Anchor, Bracket, brackets, by_anchors, place

HOUR_MS = 3_600_000
NS = 1_000_000
BOOT_AT_MS = 1_795_000_000_000

rates = st.floats(1 - DRIFT, 1 + DRIFT)
moments_ms = st.lists(st.integers(0, 100 * HOUR_MS), min_size=2, max_size=30, unique=True)


def true_ms(boot_ms: float, rate: float) -> float:
    """What a perfect clock showed when this boot had run for `boot_ms` by its own crystal."""
    return BOOT_AT_MS + boot_ms * rate


@given(moments_ms, rates, st.data())
def test_order_is_kept_and_the_true_time_is_within_the_width(moments, rate, data) -> None:
    moments.sort()
    picked = data.draw(st.sets(st.sampled_from(moments), min_size=1, max_size=5))
    anchors = [Anchor(ms * NS, round(true_ms(ms, rate))) for ms in sorted(picked)]

    placed = [place(ms * NS, 0, "unknown", anchors, None) for ms in moments]

    assert [it.at_ms for it in placed] == sorted(it.at_ms for it in placed)
    for ms, it in zip(moments, placed, strict=True):
        assert it.quality == "anchored"
        assert it.width_ms is not None
        assert abs(it.at_ms - true_ms(ms, rate)) <= it.width_ms + 1


@given(st.integers(0, 5 * HOUR_MS), rates)
def test_within_five_hours_of_an_anchor_the_error_is_below_a_second(away, rate) -> None:
    anchor = Anchor(10 * HOUR_MS * NS, round(true_ms(10 * HOUR_MS, rate)))

    for boot_ms in (10 * HOUR_MS - away, 10 * HOUR_MS + away):
        at_ms, _ = by_anchors(boot_ms * NS, [anchor])
        assert abs(at_ms - true_ms(boot_ms, rate)) <= 1000


@given(
    st.lists(
        st.tuples(st.integers(0, HOUR_MS), st.integers(0, 10 * HOUR_MS)), min_size=1, max_size=6
    ),
    st.integers(0, HOUR_MS),
)
def test_boots_that_never_synchronised_lie_in_order_between_what_is_certain(
    boots, off_at_last
) -> None:
    # each boot: how long the device was off before it, and how long it ran until its last event
    begins, now = [], BOOT_AT_MS
    for off, ran in boots:
        begins.append(now + off)
        now += off + ran
    after = now + off_at_last

    found = brackets(BOOT_AT_MS, [ran for _, ran in boots], after)

    for begin, (_, ran), bracket in zip(begins, boots, found, strict=True):
        assert bracket.width_ms is not None
        assert abs(bracket.base_ms - begin) <= bracket.width_ms
        assert BOOT_AT_MS <= bracket.base_ms <= bracket.base_ms + ran <= after
    ends = [bracket.base_ms + ran for bracket, (_, ran) in zip(found, boots, strict=True)]
    assert all(end <= later.base_ms for end, later in zip(ends, found[1:], strict=False))


def test_an_event_that_knew_the_time_keeps_it() -> None:
    assert place(5, 77, "ntp", [Anchor(0, 0)], None) == (77, "ntp", 0)


def test_a_clock_chip_is_believed_until_there_is_better() -> None:
    assert place(5, 77, "rtc", [], Bracket(0, 10)) == (77, "rtc", None)
    assert place(5 * NS, 77, "rtc", [Anchor(0, 1000)], None).quality == "anchored"


def test_with_one_end_open_the_order_is_kept_and_no_width_is_claimed() -> None:
    before_only = brackets(1000, [10, 20], None)
    after_only = brackets(None, [10, 20], 1000)

    assert before_only == [Bracket(1000, None), Bracket(1010, None)]
    assert after_only == [Bracket(970, None), Bracket(980, None)]
    assert brackets(None, [10, 20], None) == []
    assert place(3 * NS, 0, "unknown", [], before_only[1]) == (1013, "unknown", None)


def test_a_clock_that_was_set_between_two_anchors_is_not_stretched_over_the_jump() -> None:
    anchors = [Anchor(0, 1_000_000), Anchor(HOUR_MS * NS, 1_000_000 + 3 * HOUR_MS)]

    at_ms, off_ms = by_anchors(1000 * NS, anchors)

    assert at_ms == 1_001_000
    assert off_ms == 2 * HOUR_MS


def test_whatever_a_boot_time_says_it_is_placed() -> None:
    at_ms, off_ms = by_anchors(2**63 - 1, [Anchor(0, 0)])

    assert at_ms == (2**63 - 1) // NS
    assert math.isfinite(off_ms)


def test_what_was_typed_in_from_a_paper_keeps_the_time_of_the_paper() -> None:
    anchors = [Anchor(10 * HOUR_MS * NS, BOOT_AT_MS + 10 * HOUR_MS)]

    for known in (anchors, []):
        assert place(11 * HOUR_MS * NS, BOOT_AT_MS, "paper", known, None) == (
            *(BOOT_AT_MS, "paper", None),
        )
