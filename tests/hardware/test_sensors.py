"""Lid switch and light barrier on gpiozero's mock pins: what a wire on each pin would carry."""

import time

import pytest

from bench.breaking_pins import BreakingPins
from hardware.boards import board
from hardware.errors import SensorsAbsent
from hardware.pins import mock_pins
from hardware.sensors import REMEMBERED_S, Sensors

LID, BARRIER = "GPIO25", "GPIO16"


class Clock:
    now_s = 1_000.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def pins():
    return mock_pins()


@pytest.fixture
def sensors(pins, clock):
    with Sensors(board("entrance-v1-watched"), pins, clock) as sensors:
        pins.pin(LID).drive_low()  # the lid is shut
        until(lambda: sensors.box == "closed")
        yield sensors


def until(holds):
    ends_s = time.monotonic() + 2
    while not holds():
        assert time.monotonic() < ends_s
        time.sleep(0.005)


def test_a_box_that_is_opened_says_so_and_is_remembered_for_a_while(sensors, pins, clock):
    pins.pin(LID).drive_high()
    until(lambda: sensors.box == "open")
    time.sleep(0.25)  # longer than a lid that trembles
    pins.pin(LID).drive_low()
    until(lambda: sensors.box == "was_opened")

    clock.now_s += REMEMBERED_S
    assert sensors.box == "closed"


def test_each_who_breaks_the_beam_is_one(sensors, pins):
    assert sensors.beam.count == 0

    for number in (1, 2):
        pins.pin(BARRIER).drive_low()
        until(lambda number=number: sensors.beam.count == number)
        pins.pin(BARRIER).drive_high()
        time.sleep(0.35)

    assert sensors.beam.count == 2


def test_a_board_without_them_feels_nothing(pins):
    with Sensors(board("entrance-v1"), pins) as sensors:
        assert (sensors.box, sensors.beam.count) == ("none", None)


def test_a_pin_that_another_holds_is_named(pins):
    with (
        Sensors(board("entrance-v1-watched"), pins),
        pytest.raises(SensorsAbsent, match="lid switch on pin GPIO25"),
    ):
        Sensors(board("entrance-v1-watched"), pins).open()


def test_a_pin_that_is_lost_is_unknown_and_is_closed_like_others(clock):
    pins = BreakingPins()
    with Sensors(board("entrance-v1-watched"), pins, clock) as sensors:
        pins.broken = frozenset({LID, BARRIER})

    assert (sensors.box, sensors.beam.count) == ("unknown", None)


def test_they_are_felt_again_on_the_pins_that_come_in_place_of_those_that_were_lost(pins, clock):
    with Sensors(board("entrance-v1-watched"), BreakingPins(), clock) as sensors:
        sensors.close()
        assert sensors.box == "unknown"

        sensors.open(pins)

        pins.pin(LID).drive_low()
        until(lambda: sensors.box == "closed")
