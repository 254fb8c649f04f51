"""The lights room on lgpio and a gpiochip of the kernel's own: the PL061 of a small arm64 virtual machine.

`provisioning/virtual-machine.sh FOLDER --gpio --test` runs it there; elsewhere it is skipped. Its eight lines stand in
for those of a Pi, whose revision the machine claims to have. What a line carries is read from the kernel, not from us.
"""

import os
import re
import sys
import threading
import time
from pathlib import Path

import pytest

from hardware.boards import Board, ButtonInput, BuzzerKind, BuzzerOutput, Output
from hardware.errors import LightsAbsent
from hardware.lights import Beep, Lights, Signal
from hardware.pins import header_again, header_pins

LINES = Path("/sys/kernel/debug/gpio")
DRIVER = Path("/sys/bus/amba/drivers/pl061_gpio")
# asked of the machine's other end, which lifts line 3, its power button, for a moment: where a Pi has a resistor to
# 3.3 V this is a button that was held, let go and pressed again
PRESS = "virtual machine: press the button"
BOARD = Board(
    "of-eight-lines",
    lamps={
        "green": Output("GPIO2"),
        "amber": Output("GPIO4"),
        "red": Output("GPIO5", active_high=False),
    },
    buzzer=BuzzerOutput("GPIO6", BuzzerKind.ACTIVE),
    relay=Output("GPIO7"),
    button=ButtonInput("GPIO3", bounce_s=0.01),
)
NAMES = {2: "green", 4: "amber", 5: "red", 6: "buzzer", 7: "relay"}

pytestmark = pytest.mark.skipif(
    not (os.access(LINES, os.R_OK) and "pl061" in LINES.read_text()),
    reason="needs the machine of provisioning/virtual-machine.sh --gpio",
)


def carried():
    """Which outputs are claimed, and at which level, by the kernel's word."""
    found = re.findall(r"gpio-(\d+)\s.*\) out (hi|lo)", LINES.read_text())
    first = int(re.search(r"GPIOs (\d+)-", LINES.read_text())[1])
    return {NAMES[int(line) - first]: level for line, level in found}


DARK = {"green": "lo", "amber": "lo", "red": "hi", "buzzer": "lo", "relay": "lo"}


@pytest.fixture
def pins():
    factory = header_pins()
    yield factory
    factory.close()


def test_the_driver_is_lgpio_and_nothing_that_was_fallen_back_to(pins):
    assert type(pins).__name__ == "LGPIOFactory"
    assert pins.board_info.model == "4B"


def test_claimed_every_line_is_dark_and_none_is_held_afterwards(pins):
    with Lights(BOARD, pins):
        assert carried() == DARK

    assert carried() == {}


@pytest.mark.parametrize("lamp", ["green", "amber", "red"])
def test_a_lamp_lights_its_own_line_and_no_other(pins, lamp):
    with Lights(BOARD, pins) as lights:
        lights.signal(Signal(light=lamp))

        lit = "lo" if lamp == "red" else "hi"
        assert carried() == {**DARK, lamp: lit}
        lights.signal(Signal())
        assert carried() == DARK


def test_the_buzzer_sounds_and_ends_by_itself(pins):
    with Lights(BOARD, pins) as lights:
        lights.signal(Signal(light="green", beeps=(Beep(880, 0.5, 0.0),)))
        assert carried()["buzzer"] == "hi"
        time.sleep(1.5)
        assert carried() == {**DARK, "green": "hi"}


def test_the_door_is_let_go_by_itself(pins):
    with Lights(BOARD, pins) as lights:
        lights.signal(Signal(relay_s=0.5))
        assert carried()["relay"] == "hi"
        time.sleep(1.5)
        assert carried() == DARK


@pytest.mark.xfail(
    strict=False,
    reason="the press lasts 100 ms: an emulated machine that is not alone sees one edge where there were two",
)
def test_the_button_is_heard_when_its_line_falls(pins, capfd):
    pressed = threading.Event()
    with Lights(BOARD, pins, on_button=pressed.set) as lights:
        assert lights.pins()["button"]
        assert not pressed.is_set()
        for _ in range(3):
            with capfd.disabled():
                sys.stdout.write(f"{PRESS}\n")
                sys.stdout.flush()
            if pressed.wait(4):
                break
        assert pressed.is_set()


def test_a_line_that_somebody_else_holds_is_named(pins):
    others = header_pins()
    with Lights(BOARD, others), pytest.raises(LightsAbsent, match="green on pin GPIO2"):
        Lights(BOARD, pins).open()
    others.close()


def test_a_chip_that_goes_is_named_part_by_part_and_raises_nothing():
    """The last one here: the chip comes back as gpiochip1, for lgpio lets go of the old one with its process only."""
    chip = next(each.name for each in DRIVER.iterdir() if each.name.endswith(".pl061"))
    with Lights(BOARD, header_pins(), again=header_again, look_s=1) as lights:
        lights.signal(Signal(light="amber"))
        (DRIVER / "unbind").write_text(chip)
        try:
            lights.signal(Signal(light="green"))
            assert {"amber", "green"} <= set(lights.failed)
            deadline_s = time.monotonic() + 30
            while set(lights.failed) != {*NAMES.values(), "button"}:
                assert time.monotonic() < deadline_s
                time.sleep(0.1)
        finally:
            (DRIVER / "bind").write_text(chip)

    assert lights.pins() == {}
