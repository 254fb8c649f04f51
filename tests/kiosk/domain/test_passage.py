"""Who was let in and who broke the beam: first come, first taken to have passed."""

from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.passage import (
    DUMB_AFTER,
    Answer,
    Passage,
    Passed,
    admitted,
    broken,
    over,
)

WITHIN_S = 10.0


def play(*happened, passage=None):
    """`("in", visit, at)`, `("beam", at)`, `("blind", at)` or `("time", at)`: the answers, in order."""
    passage = passage or Passage()
    answers = []
    for what, *rest in happened:
        passage, ended = over(passage, rest[-1], is_blind=what == "blind")
        answers += ended
        if what == "in":
            passage = admitted(passage, rest[0], rest[1] + WITHIN_S)
        elif what == "beam":
            passage, answer = broken(passage)
            answers += [answer] if answer is not None else []
    return answers, passage


def said(*happened):
    return [(answer.visit, str(answer.passed)) for answer in play(*happened)[0]]


def test_who_passes_in_time_has_passed_and_who_does_not_has_not():
    happened = [("in", "a", 0), ("beam", 3), ("in", "b", 20), ("time", 30.1)]

    assert said(*happened) == [("a", "yes"), ("b", "no")]


def test_of_two_who_were_let_in_the_first_is_taken_to_pass_first():
    assert said(("in", "a", 0), ("in", "b", 1), ("beam", 4), ("time", 30)) == [
        ("a", "yes"),
        ("b", "no"),
    ]


def test_who_passes_without_having_been_let_in_is_nobodys_answer():
    assert said(("beam", 0), ("in", "a", 1), ("time", 12)) == [("a", "no")]


def test_nothing_is_said_before_the_time_is_over():
    assert said(("in", "a", 0), ("time", 9.9)) == []


def test_who_shows_the_code_again_and_then_passes_takes_the_no_back():
    happened = [("in", "a", 0), ("time", 10), ("in", "a", 60), ("beam", 62)]

    assert said(*happened) == [("a", "no"), ("a", "late")]


def test_who_shows_the_code_again_is_awaited_anew_behind_the_others_and_answered_once():
    happened = [("in", "a", 0), ("in", "b", 1), ("in", "a", 9), ("beam", 10), ("beam", 11)]

    assert said(*happened) == [("b", "yes"), ("a", "yes")]


def test_who_has_passed_and_shows_the_code_again_is_never_said_not_to_have_passed():
    happened = [("in", "a", 0), ("beam", 1), ("in", "a", 5), ("time", 60)]

    assert said(*happened) == [("a", "yes")]


def test_while_something_stands_in_the_beam_nobody_is_said_not_to_have_passed():
    assert said(("in", "a", 0), ("blind", 10)) == []


def test_a_barrier_that_sees_nobody_is_believed_no_more_until_it_sees_somebody():
    many = [event for n in range(DUMB_AFTER + 2) for event in (("in", f"v{n}", n), ("time", n))]
    answers, passage = play(*many, ("time", 60))
    assert [answer.passed for answer in answers] == [Passed.NO] * DUMB_AFTER
    assert passage.is_dumb

    after, passage = play(("beam", 61), ("in", "x", 62), ("time", 90), passage=passage)
    assert after == [Answer("x", Passed.NO)]
    assert not passage.is_dumb


happenings = st.lists(
    st.one_of(
        st.tuples(st.just("in"), st.sampled_from("abcdef")),
        st.tuples(st.sampled_from(("beam", "time"))),
    ),
    max_size=30,
)


@given(happenings, st.lists(st.integers(0, 5), min_size=30, max_size=30))
def test_whatever_happens_a_visit_is_answered_once_and_only_a_no_is_ever_taken_back(events, waits):
    at, timed = 0.0, []
    for event, wait in zip(events, waits, strict=False):
        at += wait
        timed.append((*event, at))

    answers, _ = play(*timed, ("time", at + 100))

    of_visit = {}
    for answer in answers:
        of_visit.setdefault(answer.visit, []).append(answer.passed)
    once = ([Passed.YES], [Passed.NO], [Passed.NO, Passed.LATE])
    assert all(each in once for each in of_visit.values())
    beams = sum(event[0] == "beam" for event in timed)
    assert sum(answer.passed is not Passed.NO for answer in answers) <= beams
