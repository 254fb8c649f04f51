"""The real class on gpiozero's mock pins: what a wire on each pin would carry."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import gpiozero
import pytest

from bench.breaking_pins import BreakingPins
from hardware.boards import BOARDS, Board, BuzzerKind, BuzzerOutput, Output, board
from hardware.errors import LightsAbsent
from hardware.lights import Beep, Lights, Signal
from hardware.pins import mock_pins

GREEN, AMBER, RED, BUZZER, RELAY, BUTTON = (
    "GPIO17",
    "GPIO27",
    "GPIO22",
    "GPIO18",
    "GPIO23",
    "GPIO24",
)
DARK = {"green": False, "amber": False, "red": False, "buzzer": False}


@pytest.fixture
def pins() -> Any:
    return mock_pins()


@pytest.fixture
def lights(pins: Any) -> Iterator[Lights]:
    lights = Lights(board("entrance-v1-relay"), pins)
    lights.open()
    yield lights
    lights.close()


def _until(true: Callable[[], bool], limit_s: float = 2.0) -> None:
    end_s = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < end_s, "not within the limit"
        threading.Event().wait(0.001)


def _levels(pin: Any) -> list[float]:
    return [state.state for state in pin.states]


def test_after_opening_everything_is_dark_silent_and_shut(lights: Lights) -> None:
    assert lights.pins() == {**DARK, "relay": False, "button": False}
    assert repr(lights) == "Lights(entrance-v1-relay: dark)"


def test_a_signal_is_on_the_pins_when_the_call_returns(lights: Lights, pins: Any) -> None:
    lights.signal(Signal(light="green", beeps=(Beep(880, 0.5, 0.0),), relay_s=1.0))

    assert lights.pins() == {**DARK, "green": True, "buzzer": True, "relay": True, "button": False}
    assert pins.pin(GREEN).state == 1
    assert pins.pin(RELAY).state == 1
    assert pins.pin(BUZZER).frequency == pytest.approx(880)
    assert repr(lights) == "Lights(entrance-v1-relay: green, buzzer, relay)"


def test_a_signal_returns_within_a_millisecond(lights: Lights) -> None:
    durations_s = []
    for n in range(200):
        began_s = time.perf_counter()
        lights.signal(Signal(light=("green", "amber", "red")[n % 3], beeps=(Beep(880, 9, 0),)))
        durations_s.append(time.perf_counter() - began_s)

    assert sorted(durations_s)[100] < 0.001


def test_beeps_are_played_once_each_with_its_pitch_and_the_lamp_stays(
    lights: Lights, pins: Any
) -> None:
    pins.pin(BUZZER).clear_states()

    lights.signal(Signal(light="green", beeps=(Beep(880, 0.2, 0.15), Beep(1320, 0.2, 0.0))))
    pitches = [pins.pin(BUZZER).frequency]
    _until(lambda: pins.pin(BUZZER).frequency is None)
    _until(lambda: pins.pin(BUZZER).frequency is not None)
    pitches.append(pins.pin(BUZZER).frequency)
    _until(lambda: pins.pin(BUZZER).frequency is None)
    threading.Event().wait(0.1)

    assert pitches == [pytest.approx(880), pytest.approx(1320)]
    assert _levels(pins.pin(BUZZER)) == [0.0, 0.5, 0.0, 0.5, 0.0]
    assert lights.pins()["green"]


def test_a_blinking_lamp_blinks_until_the_next_signal(lights: Lights, pins: Any) -> None:
    amber = pins.pin(AMBER)
    amber.clear_states()

    lights.signal(Signal(light="amber", blink_s=(0.02, 0.02)))
    _until(lambda: len(amber.states) >= 8)
    lights.signal(Signal(light="red"))
    changes = len(amber.states)
    threading.Event().wait(0.1)

    assert _levels(amber)[:8] == [0, 1, 0, 1, 0, 1, 0, 1]
    assert len(amber.states) == changes
    assert lights.pins() == {**DARK, "red": True, "relay": False, "button": False}


def test_a_new_signal_cuts_off_beeps_and_relay_at_once(lights: Lights) -> None:
    lights.signal(Signal(light="green", beeps=(Beep(880, 10, 0),), relay_s=10))

    lights.signal(Signal(light="red"))

    assert lights.pins() == {**DARK, "red": True, "relay": False, "button": False}


def test_the_door_is_released_for_its_time_and_shut_again(lights: Lights, pins: Any) -> None:
    relay = pins.pin(RELAY)
    relay.clear_states()

    lights.signal(Signal(light="green", relay_s=0.1))
    _until(lambda: relay.state == 0)

    opened, shut = relay.states[1], relay.states[2]
    assert (opened.state, shut.state) == (1, 0)
    assert 0.09 <= shut.timestamp < 0.5


def test_closing_leaves_every_pin_low_and_can_be_done_twice(pins: Any) -> None:
    lights = Lights(board("entrance-v1-relay"), pins)
    lights.open()
    lights.signal(Signal(light="red", beeps=(Beep(880, 10, 0),), relay_s=10))
    levels = {name: pins.pin(name) for name in (GREEN, AMBER, RED, BUZZER, RELAY)}

    lights.close()
    lights.close()

    assert {name: pin.states[-1].state for name, pin in levels.items()} == dict.fromkeys(levels, 0)
    assert lights.pins() == {}
    assert repr(lights) == "Lights(entrance-v1-relay: closed)"


def test_the_lights_can_be_opened_again(pins: Any) -> None:
    lights = Lights(board("entrance-v1"), pins)

    for _ in range(3):
        with lights:
            lights.signal(Signal(light="amber"))
            assert lights.pins()["amber"]


def test_a_signal_to_closed_lights_changes_nothing(pins: Any) -> None:
    lights = Lights(board("entrance-v1"), pins)

    lights.signal(Signal(light="red"))

    assert lights.pins() == {}


def test_a_pin_that_is_taken_is_named_with_a_remedy_and_the_others_are_given_back(
    pins: Any,
) -> None:
    taken = gpiozero.LED(RED, pin_factory=pins)
    lights = Lights(board("entrance-v1"), pins)

    with pytest.raises(LightsAbsent, match=r"red on pin GPIO22.*another program"):
        lights.open()

    gpiozero.LED(GREEN, pin_factory=pins).close()
    taken.close()


ACTIVE_LOW = Board(
    "low",
    {
        "green": Output(GREEN, active_high=False),
        "amber": Output(AMBER, active_high=False),
        "red": Output(RED, active_high=False),
    },
    BuzzerOutput(BUZZER, BuzzerKind.ACTIVE, active_high=False),
    relay=Output(RELAY, active_high=False),
)


def test_an_active_low_board_rests_at_high_level(pins: Any) -> None:
    with Lights(ACTIVE_LOW, pins) as lights:
        at_rest = [pins.pin(name).state for name in (GREEN, AMBER, RED, BUZZER, RELAY)]
        lights.signal(Signal(light="green", beeps=(Beep(880, 9, 0),), relay_s=9))
        signalling = [pins.pin(name).state for name in (GREEN, AMBER, RED, BUZZER, RELAY)]
        told = lights.pins()

    assert at_rest == [1, 1, 1, 1, 1]
    assert signalling == [0, 1, 1, 0, 0]
    assert told == {**DARK, "green": True, "buzzer": True, "relay": True}


def test_each_pin_is_driven_to_off_before_it_is_given_back(pins: Any) -> None:
    lights = Lights(ACTIVE_LOW, pins)
    lights.open()
    lights.signal(Signal(light="red", beeps=(Beep(880, 9, 0),), relay_s=9))
    lit = [pins.pin(name) for name in (RED, BUZZER, RELAY)]
    for pin in lit:
        pin.clear_states()

    lights.close()

    # on, driven to off (high), and then whatever floats
    assert [_levels(pin)[:2] for pin in lit] == [[0, 1]] * 3


def test_an_active_buzzer_keeps_the_rhythm_without_a_pitch(pins: Any) -> None:
    with Lights(board("entrance-v1-active-buzzer"), pins) as lights:
        pins.pin(BUZZER).clear_states()
        lights.signal(Signal(beeps=(Beep(880, 0.02, 0.02), Beep(1320, 0.02, 0.0))))
        _until(lambda: len(pins.pin(BUZZER).states) >= 5)

        assert _levels(pins.pin(BUZZER)) == [0, 1, 0, 1, 0]


def test_a_pitch_out_of_the_discs_range_is_played_at_its_limit(lights: Lights, pins: Any) -> None:
    lights.signal(Signal(beeps=(Beep(20_000, 9, 0),)))

    assert pins.pin(BUZZER).frequency == pytest.approx(2600)


def test_a_pressed_button_calls_back_and_is_seen_on_the_pins(pins: Any) -> None:
    pressed = threading.Event()
    with Lights(board("entrance-v1-relay"), pins, on_button=pressed.set) as lights:
        pins.pin(BUTTON).drive_low()

        assert pressed.wait(2)
        assert lights.pins()["button"]


def test_the_technicians_test_shows_each_lamp_alone_then_the_door_then_nothing(
    lights: Lights,
) -> None:
    shown: list[list[str]] = []

    lights.test(wait=lambda _: shown.append([name for name, on in lights.pins().items() if on]))

    assert shown == [["green", "buzzer"], ["amber", "buzzer"], ["red", "buzzer"], ["relay"]]
    assert lights.pins() == {**DARK, "relay": False, "button": False}


@pytest.mark.parametrize("name", sorted(BOARDS))
def test_no_profile_uses_a_pin_twice_or_one_that_is_high_at_power_on(name: str) -> None:
    profile = BOARDS[name]
    wires = [*(lamp.pin for lamp in profile.lamps.values()), profile.buzzer.pin]
    wires += [part.pin for part in (profile.relay, profile.button) if part is not None]

    assert len(set(wires)) == len(wires)
    # GPIO0 to GPIO8 are pulled up until a program claims them
    assert all(9 <= int(pin.removeprefix("GPIO")) <= 27 for pin in wires)


def test_a_lamp_that_the_board_does_not_have_stays_dark_and_the_others_go_out(pins: Any) -> None:
    one_lamp = Board("one", {"green": Output(GREEN)}, BuzzerOutput(BUZZER))
    with Lights(one_lamp, pins) as lights:
        lights.signal(Signal(light="green"))
        lights.signal(Signal(light="red"))
        told = lights.pins()

    assert told == {"green": False, "buzzer": False}


def test_an_unknown_board_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(ValueError, match="entrance-v1-relay"):
        board("entrance-v9")


# ---- pins that fail while they are in use

ALL = frozenset({GREEN, AMBER, RED, BUZZER, RELAY, BUTTON})


@pytest.fixture
def chip() -> BreakingPins:
    return BreakingPins()


@pytest.fixture
def breakable(chip: BreakingPins) -> Iterator[Lights]:
    with Lights(board("entrance-v1-relay"), chip, look_s=0.05) as lights:
        yield lights


def test_a_lamp_that_fails_is_named_nothing_is_raised_and_the_buzzer_sounds(
    breakable: Lights, chip: BreakingPins
) -> None:
    chip.broken = frozenset({GREEN})

    breakable.signal(Signal(light="green", beeps=(Beep(880, 5, 0),)))

    assert breakable.failed == ("green",)
    assert breakable.pins()["buzzer"]


def test_the_other_lamps_go_on_while_the_buzzer_fails(
    breakable: Lights, chip: BreakingPins
) -> None:
    chip.broken = frozenset({BUZZER})
    breakable.signal(Signal(light="red", beeps=(Beep(880, 5, 0),)))

    breakable.signal(Signal(light="amber"))

    assert breakable.failed == ("buzzer",)
    assert (breakable.pins()["red"], breakable.pins()["amber"]) == (False, True)


def test_a_line_that_is_lost_is_noticed_although_nothing_is_written_to_it(
    breakable: Lights, chip: BreakingPins
) -> None:
    chip.broken = frozenset({RELAY})

    _until(lambda: breakable.failed == ("relay",))


def test_what_works_again_is_had_again_and_shows_what_it_should(
    breakable: Lights, chip: BreakingPins
) -> None:
    chip.broken = ALL
    breakable.signal(Signal(light="red"))
    assert "red" in breakable.failed

    chip.broken = frozenset()
    _until(lambda: breakable.failed == ())

    assert breakable.pins()["red"]
    assert chip.pin(RED).state == 1


def test_a_chip_that_is_gone_gives_way_to_the_one_that_comes_in_its_place(
    chip: BreakingPins,
) -> None:
    other = BreakingPins()
    with Lights(board("entrance-v1"), chip, again=lambda lost: other, look_s=0.05) as lights:
        chip.broken = ALL
        lights.signal(Signal(light="amber"))
        _until(lambda: lights.failed == () and other.pin(AMBER).state == 1)

        lights.signal(Signal(light="green"))

        assert other.pin(GREEN).state == 1


def test_lights_that_have_failed_are_closed_like_others(
    breakable: Lights, chip: BreakingPins
) -> None:
    chip.broken = ALL
    breakable.signal(Signal(light="green"))

    breakable.close()

    assert breakable.pins() == {}
