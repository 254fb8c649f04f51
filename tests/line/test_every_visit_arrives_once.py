import os
import signal

import pytest

from kiosk.rehearsal.people import visitor

pytestmark = [pytest.mark.broker, pytest.mark.timeout(180)]


def play(running, numbers):
    for number in numbers:
        running.crowd.play(visitor(number))
    assert running.crowd.tally.unexpected == []
    assert running.crowd.tally.unanswered == 0


def all_arrived(running):
    stored = running.stored()
    assert sorted(running.ledger(len(stored))) == sorted(stored)
    assert len(set(stored)) == len(stored)
    return stored


def test_what_ten_visitors_are_shown_is_what_the_ledger_holds(running):
    play(running, range(10))

    assert len(all_arrived(running)) == running.crowd.tally.visits


def test_a_broker_killed_between_visitors_loses_nothing(running):
    play(running, range(3))
    os.kill(running.child("broker").pid, signal.SIGKILL)
    play(running, range(3, 7))

    all_arrived(running)


def test_a_collector_killed_between_visitors_loses_nothing(running):
    play(running, range(3))
    os.kill(running.child("collector").pid, signal.SIGKILL)
    play(running, range(3, 7))

    all_arrived(running)


def test_an_uplink_killed_between_visitors_sends_nothing_twice_in_effect(running):
    play(running, range(3))
    os.kill(running.child("uplink").pid, signal.SIGKILL)
    play(running, range(3, 7))

    all_arrived(running)


def test_a_loop_killed_between_visitors_keeps_what_it_has_shown(running):
    play(running, range(3))
    shown = running.stored()
    os.kill(running.child("kiosk").pid, signal.SIGKILL)
    running.until(lambda: running.screen.boots > 1)
    running.screen.wait(lambda state: state["screen"] == "idle", running.screen.seq - 1, 20)

    play(running, range(3, 6))

    stored = all_arrived(running)
    assert stored[: len(shown)] == shown
