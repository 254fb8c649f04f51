from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.shared_code import KEPT, TIMES, WITHIN_S, Shown, shared, shown_again


def after(*times, code=b"one"):
    shown = Shown()
    for at in times:
        shown = shown_again(shown, code, at)
    return shown


def test_a_code_that_goes_from_hand_to_hand_is_noticed():
    assert shared(after(0, 20, 40), 40) == 0
    assert shared(after(0, 20, 40, 60), 60) == 1


def test_whoever_holds_it_up_again_at_once_is_one():
    assert shared(after(0, 1, 2, 3, 4, 60, 61), 61) == 0


def test_what_was_long_ago_no_longer_counts():
    assert shared(after(0, 20, 40, 60), 60 + WITHIN_S) == 0
    assert shared(after(0, 300, 500, 700), 700) == 0


def test_many_people_with_a_code_each_are_nothing():
    shown = Shown()
    for number in range(2 * KEPT):
        shown = shown_again(shown, number.to_bytes(4), number / 10)

    assert shared(shown, 2 * KEPT / 10) == 0
    assert len(shown.times) == KEPT


@given(st.lists(st.floats(0, 5_000), max_size=40))
def test_fewer_than_so_many_presentations_are_never_too_many(times):
    shown = after(*sorted(times))

    if shared(shown, max(times, default=0.0)):
        assert len(times) >= TIMES
