"""The threshold: when it asks the barrier, when it writes, and what it says of the barrier itself."""

import pytest

from hardware.sensors import Beam
from kiosk.domain.machine import Screen
from kiosk.domain.passage import DUMB_AFTER, Answer, Passed
from kiosk.threshold import BLOCKED_S, MOST_UNWRITTEN, Barrier, Threshold


class Told:
    """A beam, and a disk that may fail."""

    def __init__(self):
        self.beam = Beam(0)
        self.written = []
        self.disk_works = True

    def write(self, answer):
        if self.disk_works:
            self.written.append(answer)
        return self.disk_works

    def pass_by(self):
        self.beam = Beam((self.beam.count or 0) + 1)


@pytest.fixture
def told():
    return Told()


@pytest.fixture
def threshold(told):
    threshold = Threshold(lambda: told.beam, within_s=10)
    threshold.turn(0, told.write, is_quiet=True)
    return threshold


def test_an_answer_waits_until_nobody_needs_the_loop(threshold, told):
    threshold.shown(Screen.ACCEPTED, "a", 1)
    told.pass_by()

    assert threshold.turn(2, told.write, is_quiet=False) is None
    assert threshold.turn(3, told.write, is_quiet=True) == Answer("a", Passed.YES)
    assert told.written == [Answer("a", Passed.YES)]


def test_one_answer_is_written_a_turn(threshold, told):
    for name in "abc":
        threshold.shown(Screen.ACCEPTED, name, 1)

    found = [threshold.turn(20, told.write, is_quiet=True) for _ in range(4)]

    assert [each and each.visit for each in found] == ["a", "b", "c", None]


def test_what_the_disk_does_not_take_is_written_later_and_the_oldest_are_given_up(threshold, told):
    told.disk_works = False
    for number in range(MOST_UNWRITTEN + 5):
        threshold.shown(Screen.ACCEPTED, f"v{number}", number)
        told.pass_by()
        assert threshold.turn(number, told.write, is_quiet=True) is None

    told.disk_works = True
    assert threshold.turn(500, told.write, is_quiet=True) == Answer("v5", Passed.YES)


@pytest.mark.parametrize("screen", sorted(set(Screen) - {Screen.ACCEPTED, Screen.ALREADY}))
def test_only_who_sees_that_they_may_go_in_is_awaited(threshold, told, screen):
    threshold.shown(screen, "a", 1)

    assert threshold.turn(60, told.write, is_quiet=True) is None


def test_whoever_passed_before_somebody_was_let_in_does_not_count_for_them(threshold, told):
    told.pass_by()
    threshold.shown(Screen.ACCEPTED, "a", 1)

    assert threshold.turn(2, told.write, is_quiet=True) is None
    assert threshold.turn(12, told.write, is_quiet=True) == Answer("a", Passed.NO)


@pytest.mark.parametrize(("beam", "within_s"), [(Beam(), 10.0), (Beam(0), 0.0)])
def test_without_a_barrier_or_without_waiting_nothing_is_said(told, beam, within_s):
    told.beam = beam
    threshold = Threshold(lambda: told.beam, within_s)
    threshold.turn(0, told.write, is_quiet=True)
    threshold.shown(Screen.ACCEPTED, "a", 1)

    assert threshold.turn(60, told.write, is_quiet=True) is None


def test_staff_hear_of_a_beam_that_is_blocked_and_of_one_that_sees_nobody(threshold, told):
    assert threshold.state is Barrier.OK
    told.beam = Beam(1, is_broken=True)
    threshold.turn(1, told.write, is_quiet=True)
    threshold.turn(1 + BLOCKED_S, told.write, is_quiet=True)
    assert threshold.state is Barrier.BLOCKED

    told.beam = Beam(1)
    for number in range(DUMB_AFTER):
        threshold.shown(Screen.ACCEPTED, f"v{number}", 100 + number)
    threshold.turn(200, told.write, is_quiet=True)
    threshold.turn(201, told.write, is_quiet=True)
    assert threshold.state is Barrier.SILENT

    told.pass_by()
    threshold.turn(202, told.write, is_quiet=True)
    assert threshold.state is Barrier.OK
