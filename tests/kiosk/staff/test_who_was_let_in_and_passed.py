"""Who was let in and went through, told by a light barrier: real loop, real lamps and sensors on mock pins."""

import time

import pytest

from bench.watched_door import BOARD, WatchedDoor
from kiosk.domain.declaration import Risk
from kiosk.store.outbox import Outbox

LIMIT_S = 10.0
WITHIN_S = 1.5


@pytest.fixture
def door(tmp_path):
    door = WatchedDoor(tmp_path, limit=3, passed_within_s=WITHIN_S)
    door.open()
    yield door
    door.close()


def visits(door):
    with Outbox(door.folder / "state.db", "gate-1", owner=False) as outbox:
        return outbox.visit_ids()


def answers(door, wanted):
    """(visit, answer), once there are as many as wanted."""
    deadline_s = time.monotonic() + LIMIT_S
    while True:
        found = [(told["visit"], reason) for _, reason, told in door.notices("passed")]
        if len(found) >= wanted:
            return found
        assert time.monotonic() < deadline_s, found
        time.sleep(0.02)


def test_two_are_let_in_and_one_turns_back(door):
    door.declares("Thạch Thị Mẫu")
    door.declares("Trần Văn Thử")
    first, second = visits(door)

    door.passes()

    assert answers(door, 2) == [(first, "yes"), (second, "no")]
    assert door.desk.state()["today"]["turned_back"] == 1


def test_who_was_not_let_in_is_never_awaited(door):
    door.shows()  # no declaration
    door.declares("Lê Mẫu", Risk.DECLARED)
    door.declares("Thạch Thị Mẫu")
    accepted = visits(door)[-1]

    door.passes()
    time.sleep(WITHIN_S)

    assert answers(door, 1) == [(accepted, "yes")]


def test_nothing_in_the_answer_is_of_a_person(door):
    door.declares("Thạch Thị Mẫu")
    answers(door, 1)

    [(notice, reason, told)] = door.notices("passed")

    assert (notice, reason, list(told)) == ("passed", "no", ["visit"])


def test_a_beam_that_something_stands_in_says_nothing_of_anybody(door):
    door.pins.pin(BOARD.barrier.pin).drive_low()
    door.declares("Thạch Thị Mẫu")

    time.sleep(WITHIN_S + 1)

    assert door.notices("passed") == []
    assert door.desk.state()["today"]["turned_back"] == 0
