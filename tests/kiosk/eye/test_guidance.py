"""Advice on generated sequences with a known cause; the figures of many are in docs/benchmarks.md."""

import time

import numpy as np
import pytest

from bench.held_codes import FPS, Cause, Control, held
from kiosk.eye.guidance import Hints
from kiosk.eye.readers.zxing import ZxingReader
from kiosk.eye.streaming import StreamingPlan
from kiosk.reports import EyeBeat, ReadingReport

LATEST_S = 1.5
# sequences in which the cause is plain and the code is not read
PLAIN = {
    Cause.TOO_FAR: 10014,
    Cause.TOO_CLOSE: 10009,
    Cause.TOO_DARK: 10034,
    Cause.GLARE: 10008,
    Cause.HOLD_STILL: 10009,
}


def told(frames, hints=None, began_s=0.0):
    """Each new word with the second in which it was first told."""
    plan, hints, words, last = StreamingPlan(ZxingReader()), hints or Hints(), [], ""
    for number, luma in enumerate(frames):
        now_s = began_s + number / FPS
        if plan.read(luma):
            hints.read(now_s)
        else:
            hints.note(luma, now_s, plan.corners)
        if hints.word != last:
            last = hints.word
            words.append((round(now_s, 2), str(last)))
    return words


@pytest.mark.parametrize("cause", list(Cause))
def test_each_cause_is_told_by_its_own_word_within_a_second_and_a_half(cause):
    words = told(held(cause, PLAIN[cause], 45))

    assert [word for _, word in words] == [cause]
    assert words[0][0] <= LATEST_S


@pytest.mark.parametrize("control", list(Control))
def test_where_no_advice_belongs_none_is_given(control):
    assert told(held(control, 4711, 45)) == []


def test_a_code_too_far_is_told_beside_a_poster_that_looks_more_like_one():
    beside_a_poster = held(Cause.TOO_FAR, 10021, 45)

    assert [word for _, word in told(beside_a_poster)] == ["too_far"]


def test_a_code_darker_than_the_noise_of_the_pixels_is_told_before_a_bright_room():
    assert [word for _, word in told(held(Cause.TOO_DARK, 10007, 45))] == ["too_dark"]


def test_after_a_long_time_in_vain_advice_still_comes_in_time():
    hints = Hints()
    assert told(held(Control.HANDS, 5, 60), hints) == []

    words = told(held(Cause.TOO_FAR, PLAIN[Cause.TOO_FAR], 45), hints, began_s=2.0)

    assert [word for _, word in words] == ["too_far"]
    assert words[0][0] - 2.0 <= LATEST_S


def test_advice_ends_when_the_code_is_read():
    hints = Hints()
    told(held(Cause.TOO_FAR, PLAIN[Cause.TOO_FAR], 45), hints)
    assert hints.word == "too_far"

    told(held(Control.READABLE, 5, 3), hints, began_s=1.6)

    assert hints.word == ""


def test_advice_ends_when_whoever_held_the_code_has_gone():
    hints = Hints()
    told(held(Cause.GLARE, PLAIN[Cause.GLARE], 45), hints)
    assert hints.word == "glare"

    told(held(Control.HANDS, 5, 60), hints, began_s=1.5)

    assert hints.word == ""


def test_a_moment_is_not_enough_for_advice():
    assert told(held(Cause.TOO_CLOSE, PLAIN[Cause.TOO_CLOSE], 9)) == []


def test_where_nothing_has_moved_for_seconds_no_frame_is_looked_at():
    hints, notice = Hints(), next(held(Cause.TOO_CLOSE, PLAIN[Cause.TOO_CLOSE], 1))
    hints.note(np.zeros_like(notice), 0.0, (), moving=True)

    for number in range(20):
        hints.note(notice, 4.0 + number / 2, (), moving=False)
    still = hints.word
    for number in range(20):
        hints.note(notice, 20.0 + number / FPS, (), moving=True)

    assert still == ""
    assert hints.word == "too_close"


@pytest.mark.parametrize("shape", [(0, 0), (1, 1), (3, 900), (240, 320)])
def test_pictures_of_any_size_are_looked_at(shape):
    assert told([np.full(shape, 128, np.uint8)] * 20) == []


def test_the_eye_reports_advice_and_takes_it_back_when_it_reads(running, camera):
    playing = camera(list(held(Cause.TOO_CLOSE, PLAIN[Cause.TOO_CLOSE], 1)))
    began_s = time.monotonic()
    heard = running(playing, StreamingPlan(ZxingReader()))
    told_at_s, _ = heard.until(lambda r: isinstance(r, EyeBeat) and r.guidance == "too_close")[-1]

    playing.pictures = list(held(Control.READABLE, 5, 1))

    heard.until(lambda report: isinstance(report, ReadingReport))
    heard.until(lambda report: isinstance(report, EyeBeat) and report.guidance == "")
    assert (
        told_at_s - began_s < LATEST_S + 1.0
    )  # the thread's start, and a machine that has other work
