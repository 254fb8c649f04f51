"""The door's own reaction, with the real loop and lamps: full, tried, and acts whose answer comes late."""

import hashlib
import threading
import time

import pytest

from bench.watched_door import WatchedDoor
from kiosk.domain.shared_code import shown_again
from kiosk.domain.staff_act import Act, ActKind, Done

LIMIT_S = 10.0


@pytest.fixture
def door(tmp_path):
    door = WatchedDoor(tmp_path, limit=10)
    door.open()
    yield door
    door.close()


def until(holds, door):
    deadline_s = time.monotonic() + LIMIT_S
    while not holds():
        assert time.monotonic() < deadline_s, (door.screen.last(), door.lights.pins())
        time.sleep(0.01)


def sees(door, screen, reason):
    def holds():
        last = door.screen.last() or {}
        return (last.get("screen"), last.get("reason")) == (screen, reason)

    until(holds, door)


def lit(door):
    return [name for name in ("green", "amber", "red") if door.lights.pins()[name]]


def counted(door, number):
    assert door.entrance.act(Act(ActKind.OCCUPANCY, "g", "counted", number)) is Done.SAVED


def test_near_the_limit_it_is_amber_and_at_it_red_until_somebody_leaves(door):
    counted(door, 9)
    sees(door, "idle", "nearly_full")
    assert lit(door) == ["amber"]

    counted(door, 10)
    sees(door, "idle", "full")
    assert lit(door) == ["red"]

    counted(door, 3)
    sees(door, "idle", "")
    assert lit(door) == []


def test_whoever_is_accepted_into_a_full_room_is_recorded_and_sees_no_green(door):
    counted(door, 9)
    first = door.declares("Thạch Thị Mẫu")
    sees(door, "accepted", "kiosk_form")

    second = door.declares("Trần Văn Thử")

    assert (first.must_wait, second.must_wait) == (False, True)
    sees(door, "refer", "full")
    assert "green" not in lit(door)
    state = door.desk.state()
    assert (state["today"]["accepted"], state["inside"], state["level"]) == (2, 11, "full")


def test_lamps_are_tried_while_the_screen_says_so(door):
    assert door.entrance.act(Act(ActKind.LIGHTS, "g", "tried")) is Done.SAVED

    sees(door, "test", "")
    until(lambda: lit(door) == ["green"], door)


def test_a_visitor_ends_the_test(door):
    door.entrance.act(Act(ActKind.LIGHTS, "g", "tried"))
    sees(door, "test", "")

    door.shows()

    sees(door, "missing", "none")
    assert lit(door) == ["amber"]


def test_nothing_is_tried_while_somebody_stands_there(door):
    door.declares("Thạch Thị Mẫu")
    before = len(door.notices())

    assert door.entrance.act(Act(ActKind.LIGHTS, "g", "tried")) is Done.BUSY
    assert len(door.notices()) == before


def test_an_act_that_is_sent_again_is_done_once(door):
    asked = Act(ActKind.PAPER, "g", "no_phone", 3, id="tap-1")

    assert [door.entrance.act(asked) for _ in range(2)] == [Done.SAVED, Done.SAVED]

    assert door.desk.state()["inside"] == 3
    assert [one[0] for one in door.notices()].count("staff_paper") == 1


def test_what_the_loop_does_not_come_to_in_time_never_happens(door):
    with door.busy():
        first = threading.Thread(
            target=door.entrance.act, args=[Act(ActKind.CALL, "g", "answered")]
        )
        first.start()
        done = door.entrance.act(Act(ActKind.PAPER, "g", "no_phone", 5, id="tap-2"))

    first.join()
    assert done is Done.NOT_SAVED
    counted(door, 0)  # the loop has come round
    assert "staff_paper" not in [one[0] for one in door.notices()]


def test_what_the_loop_is_busy_with_is_not_known_yet_and_told_when_it_is_asked_again(door):
    asked = Act(ActKind.PAPER, "g", "no_phone", 5, id="tap-3")
    with door.busy():
        assert door.entrance.act(asked) is Done.UNKNOWN

    assert door.entrance.act(asked) is Done.SAVED
    assert door.desk.state()["inside"] == 5


def test_the_same_code_in_many_hands_is_told_to_staff(tmp_path):
    """Three times before the loop began, half a minute apart: its own clock is not for waiting in tests."""
    door = WatchedDoor(tmp_path)
    digest = hashlib.sha256(door.card()).digest()
    door.serial = 0  # the same card is the next one
    for before_s in (95, 60, 30):
        door.held_up = shown_again(door.held_up, digest, time.monotonic() - before_s)
    door.open()

    door.shows()

    until(lambda: [one["code"] for one in door.desk.state()["alerts"]] == ["shared"], door)
    door.close()
