"""The threshold: when it asks the barrier, when it writes, and what it says of the barrier itself."""

from datetime import UTC, datetime

import pytest

from hardware.sensors import Beam
from kiosk.domain.passage import DUMB_AFTER, Answer, Passed
from kiosk.domain.shown import Screen
from kiosk.domain.verdict import Outcome, Verdict
from kiosk.domain.visit import Direction, Visit
from kiosk.staff.ear import NobodyWatches
from kiosk.threshold import BLOCKED_S, MOST_UNWRITTEN, Barrier, Threshold


def visit(name, direction=Direction.IN):
    verdict = Verdict(Outcome.ACCEPTED, "pass")
    return Visit(name, datetime(2026, 11, 28, 1, 15, tzinfo=UTC), direction, verdict, "cccd")


class Told(NobodyWatches):
    """A beam, a disk that may fail, and staff."""

    def __init__(self):
        self.beam = Beam(0)
        self.heard = []
        self.written = []
        self.disk_works = True

    def device_notice(self, notice, reason, **extra):
        if self.disk_works:
            self.written.append((notice, reason, extra))
        return self.disk_works

    def passed(self, answer):
        self.heard.append(answer)

    def turn(self, threshold, now_s, is_quiet=True):
        """What is heard in this turn, None for nothing."""
        before = len(self.heard)
        threshold.turn(now_s, self, self, is_quiet)
        return self.heard[before] if len(self.heard) > before else None

    def pass_by(self):
        self.beam = Beam((self.beam.count or 0) + 1)


@pytest.fixture
def told():
    return Told()


@pytest.fixture
def threshold(told):
    threshold = Threshold(lambda: told.beam, within_s=10)
    told.turn(threshold, 0)
    return threshold


def test_an_answer_waits_until_nobody_needs_the_loop(threshold, told):
    threshold.shown(Screen.ACCEPTED, visit("a"), 1)
    told.pass_by()

    assert told.turn(threshold, 2, is_quiet=False) is None
    assert told.turn(threshold, 3) == Answer("a", Passed.YES)
    assert told.written == [("passed", "yes", {"visit": "a"})]


def test_one_answer_is_written_a_turn(threshold, told):
    for name in "abc":
        threshold.shown(Screen.ACCEPTED, visit(name), 1)

    found = [told.turn(threshold, 20) for _ in range(4)]

    assert [each and each.visit for each in found] == ["a", "b", "c", None]


def test_what_the_disk_does_not_take_is_written_later_and_the_oldest_are_given_up(threshold, told):
    told.disk_works = False
    for number in range(MOST_UNWRITTEN + 5):
        threshold.shown(Screen.ACCEPTED, visit(f"v{number}"), number)
        told.pass_by()
        assert told.turn(threshold, number) is None

    told.disk_works = True
    assert told.turn(threshold, 500) == Answer("v5", Passed.YES)


@pytest.mark.parametrize("screen", sorted(set(Screen) - {Screen.ACCEPTED, Screen.ALREADY}))
def test_only_who_sees_that_they_may_go_in_is_awaited(threshold, told, screen):
    threshold.shown(screen, visit("a"), 1)

    assert told.turn(threshold, 60) is None


def test_whoever_leaves_is_not_awaited_though_they_show_their_code_again(threshold, told):
    threshold.shown(Screen.ALREADY, visit("a", Direction.OUT), 1)

    assert told.turn(threshold, 60) is None


def test_whoever_passed_before_somebody_was_let_in_does_not_count_for_them(threshold, told):
    told.pass_by()
    threshold.shown(Screen.ACCEPTED, visit("a"), 1)

    assert told.turn(threshold, 2) is None
    assert told.turn(threshold, 12) == Answer("a", Passed.NO)


@pytest.mark.parametrize(("beam", "within_s"), [(Beam(), 10.0), (Beam(0), 0.0)])
def test_without_a_barrier_or_without_waiting_nothing_is_said(told, beam, within_s):
    told.beam = beam
    threshold = Threshold(lambda: told.beam, within_s)
    told.turn(threshold, 0)
    threshold.shown(Screen.ACCEPTED, visit("a"), 1)

    assert told.turn(threshold, 60) is None


def test_staff_hear_of_a_beam_that_is_blocked_and_of_one_that_sees_nobody(threshold, told):
    assert threshold.state is Barrier.OK
    told.beam = Beam(1, is_broken=True)
    told.turn(threshold, 1)
    told.turn(threshold, 1 + BLOCKED_S)
    assert threshold.state is Barrier.BLOCKED

    told.beam = Beam(1)
    for number in range(DUMB_AFTER):
        threshold.shown(Screen.ACCEPTED, visit(f"v{number}"), 100 + number)
    told.turn(threshold, 200)
    told.turn(threshold, 201)
    assert threshold.state is Barrier.SILENT

    told.pass_by()
    told.turn(threshold, 202)
    assert threshold.state is Barrier.OK
