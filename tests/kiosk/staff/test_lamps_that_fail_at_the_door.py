"""A chip that is lost while the kiosk runs: visits count, the screen speaks alone, staff are told, and it heals."""

import time

import pytest

from bench.watched_door import WatchedDoor
from kiosk.store.outbox import Outbox

LIMIT_S = 10.0
WIRES = frozenset({"GPIO17", "GPIO27", "GPIO22", "GPIO18"})


@pytest.fixture
def door(tmp_path):
    door = WatchedDoor(tmp_path, look_s=0.1)
    door.open()
    yield door
    door.close()


def until(holds):
    deadline_s = time.monotonic() + LIMIT_S
    while not holds():
        assert time.monotonic() < deadline_s
        time.sleep(0.01)


def alerts(door):
    return [one["code"] for one in door.desk.state()["alerts"]]


def test_nobody_is_lost_and_staff_hear_of_it_until_it_is_over(door):
    door.pins.broken = WIRES

    declared = door.declares("Thạch Thị Mẫu")

    assert (declared.outcome, declared.stored) == ("accepted", True)
    assert door.screen.last()["screen"] == "accepted"
    with Outbox(door.folder / "state.db", "gate-1", owner=False) as outbox:
        assert len(outbox.visit_ids()) == 1
    until(lambda: "lights" in alerts(door))
    assert "lights" in door.entrance.status()["faults"]
    assert "green" in door.entrance.status()["lights_failed"]

    door.pins.broken = frozenset()
    until(lambda: "lights" not in alerts(door))

    door.declares("Trần Văn Thử")
    assert door.lights.pins()["green"]


def test_what_fails_between_visitors_is_noticed(door):
    door.pins.broken = frozenset({"GPIO18"})

    until(lambda: door.entrance.status()["lights_failed"] == ["buzzer"])
