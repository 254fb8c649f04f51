from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.presence import GONE_AFTER_S, KEPT_S, View, is_new, seen_again, settle

A, B = b"a" * 32, b"b" * 32


def test_a_code_never_seen_is_new():
    assert is_new(View(), A, 0.0)


def test_a_code_is_new_until_it_has_been_settled():
    view = seen_again(View(), A, 0.0)

    assert is_new(view, A, 0.1)


def test_a_settled_code_in_the_hand_is_not_new():
    view = settle(View(), A, 10.0)

    assert not is_new(view, A, 10.0 + GONE_AFTER_S)


def test_a_settled_code_that_left_the_view_is_new_again():
    view = settle(View(), A, 10.0)

    assert is_new(view, A, 10.0 + GONE_AFTER_S + 0.01)


def test_a_code_held_for_ten_seconds_is_one_presentation():
    view = settle(View(), A, 0.0)

    for frame in range(300):
        now_s = frame / 30
        assert not is_new(view, A, now_s)
        view = seen_again(view, A, now_s)


def test_another_code_is_new_while_the_first_is_still_held():
    view = settle(View(), A, 0.0)

    assert is_new(view, B, 0.1)


def test_what_left_the_view_long_ago_is_forgotten():
    view = settle(View(), A, 0.0)

    view = settle(view, B, KEPT_S + 0.1)

    assert [digest for digest, _ in view.held] == [B]


@given(st.lists(st.tuples(st.sampled_from([A, B]), st.floats(0, 0.9)), max_size=40))
def test_codes_read_without_a_pause_are_answered_once_each(readings):
    view, now_s, answered = View(), 0.0, []
    last: dict[bytes, float] = {}

    for digest, pause_s in readings:
        now_s += pause_s
        if is_new(view, digest, now_s):
            answered.append((digest, now_s))
            assert digest not in last or now_s - last[digest] > GONE_AFTER_S
            view = settle(view, digest, now_s)
        else:
            view = seen_again(view, digest, now_s)
        last[digest] = now_s

    assert {digest for digest, _ in answered} == {digest for digest, _ in readings}
