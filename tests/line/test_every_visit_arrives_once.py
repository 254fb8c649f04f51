import os
import signal

import pytest

pytestmark = [pytest.mark.broker, pytest.mark.timeout(180)]


def play(running, count):
    for visitor in running.newcomers(count):
        running.crowd.play(visitor)
    assert running.crowd.tally.unexpected == []
    assert running.crowd.tally.unanswered == 0


def all_arrived(running):
    stored = running.stored()
    assert sorted(running.ledger(len(stored))) == sorted(stored)
    assert len(set(stored)) == len(stored)
    return stored


def test_what_ten_visitors_are_shown_is_what_the_ledger_holds(running):
    before = len(running.stored())

    play(running, 10)

    assert len(all_arrived(running)) == before + running.crowd.tally.visits


def test_a_broker_killed_between_visitors_loses_nothing(running):
    play(running, 3)
    os.kill(running.child("broker").pid, signal.SIGKILL)
    play(running, 4)

    all_arrived(running)


def test_a_collector_killed_between_visitors_loses_nothing(running):
    play(running, 3)
    os.kill(running.child("collector").pid, signal.SIGKILL)
    play(running, 4)

    all_arrived(running)


def test_an_uplink_killed_between_visitors_sends_nothing_twice_in_effect(running):
    play(running, 3)
    os.kill(running.child("uplink").pid, signal.SIGKILL)
    play(running, 4)

    all_arrived(running)


def test_a_loop_killed_between_visitors_keeps_what_it_has_shown(running):
    play(running, 3)
    shown, boots = running.stored(), running.screen.boots
    os.kill(running.child("kiosk").pid, signal.SIGKILL)
    running.until(lambda: running.screen.boots > boots)
    running.screen.wait(lambda state: state["screen"] == "idle", running.screen.seq - 1, 20)

    play(running, 3)

    stored = all_arrived(running)
    assert stored[: len(shown)] == shown
