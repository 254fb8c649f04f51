"""The lamps, buzzer, relay and button of one board, claimed on its pins and set part by part: one that fails leaves the
others as they are.

What a pin can tell (read in lgpio 0.2.2, `lgGpio.c`): a write to a line whose chip is gone, or that is no longer ours,
is an error; the tone of a passive buzzer is written by a thread of lgpio's own, which throws errors away, so that its
line is asked for as well (`look`). A lamp that has burnt out and a wire that is off look like every other lamp: only
somebody who looks can tell (Lights.test).
"""

import contextlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gpiozero
from gpiozero.tones import Tone

from hardware.boards import Board, BuzzerKind
from hardware.errors import LightsAbsent
from hardware.rhythm import Moment

log = logging.getLogger(__name__)

# what a small disc can make heard: two octaves either way of E5 (659 Hz)
_LOWEST_HZ, _HIGHEST_HZ = 165.0, 2600.0
_DARK = Moment(lamp=None, tone_hz=None, relay=False, lasts_s=None)
BUZZER, RELAY, BUTTON = "buzzer", "relay", "button"


class Outputs:
    """For one thread, or under its caller's lock. `claim` first, or `mend`, which takes what can be had."""

    def __init__(
        self, board: Board, pin_factory: Any, on_button: Callable[[], None] | None = None
    ) -> None:
        self._board = board
        self._pin_factory = pin_factory
        self._on_button = on_button
        self._wires = _wires(board)
        self._parts: dict[str, Any] = {}
        self._shown = _DARK
        self.failed = frozenset(self._wires)

    def claim(self) -> None:
        """All dark, silent and shut. Raise LightsAbsent, naming the pin, when one cannot be had; then none is held."""
        try:
            for name in self._wires:
                self._take(name)
        except LightsAbsent:
            self.let_go()
            raise
        self.failed = frozenset()

    def mend(self) -> None:
        """Claim those that have failed once more, and let them show what they should."""
        for name in sorted(self.failed):
            if (part := self._parts.pop(name, None)) is not None:
                give_back(part, self._pin_factory)
            with contextlib.suppress(LightsAbsent):
                self._take(name)
                self.failed -= {name}
        now, self._shown = self._shown, _DARK
        self.show(now)

    @property
    def are_lost(self) -> bool:
        """Whether none of them obeys: it is their chip."""
        return self.failed >= self._wires.keys()

    def show(self, now: Moment) -> None:
        """Set what differs from before, the lamp first."""
        before, self._shown = self._shown, now
        if now.lamp != before.lamp:
            # a lamp that this board does not have stays dark, as its relay stays shut
            self._do(before.lamp, lambda lamp: lamp.off())
            self._do(now.lamp, lambda lamp: lamp.on())
        if now.tone_hz != before.tone_hz:
            self._do(BUZZER, lambda buzzer: self._sound(buzzer, now.tone_hz))
        if now.relay != before.relay:
            self._do(RELAY, lambda relay: relay.on() if now.relay else relay.off())

    def look(self) -> None:
        """Ask the system for each line, also of those that nothing is written to now."""
        for name in self._parts:
            self._do(name, lambda part: _pin_of(part).function)

    def states(self) -> dict[str, bool]:
        """What is on now, by name; a part that does not answer is not."""
        found = dict.fromkeys(self._parts, False)
        for name, part in self._parts.items():
            with contextlib.suppress(Exception):
                found[name] = bool(part.is_active)
        return found

    def let_go(self) -> None:
        """Off, and the pins given back, as far as they still obey."""
        for part in self._parts.values():
            with contextlib.suppress(Exception):
                _off(part)
        for part in self._parts.values():
            give_back(part, self._pin_factory)
        self._parts = {}

    def _do(self, name: str | None, act: Callable[[Any], object]) -> None:
        part = self._parts.get(name or "")
        if part is None:
            return
        try:
            act(part)
        except Exception as error:  # each pin driver has its own classes
            if name not in self.failed:
                log.error("%s does not obey: %s", name, error)
                self.failed |= {str(name)}

    def _take(self, name: str) -> None:
        wire = self._wires[name]
        try:
            # asked first: a device whose pin fails while it is made can be closed by nobody
            _ = self._pin_factory.pin(wire.pin).function
            part = wire.make(wire.pin, pin_factory=self._pin_factory, **wire.options)
            self._parts[name] = part
            if name == BUTTON and self._on_button is not None:
                part.when_pressed = self._on_button
        except (
            Exception
        ) as error:  # each pin driver has its own classes for busy, denied and unknown
            raise LightsAbsent(
                f"{name} on pin {wire.pin} cannot be claimed ({error}): is another program using it, "
                f"and is {self._board.name} the board that is wired here?"
            ) from error

    def _sound(self, buzzer: Any, tone_hz: float | None) -> None:
        if tone_hz is None:
            _off(buzzer)
        elif self._board.buzzer.kind is BuzzerKind.ACTIVE:
            buzzer.on()
        else:
            buzzer.play(Tone.from_frequency(min(max(tone_hz, _LOWEST_HZ), _HIGHEST_HZ)))


@dataclass(frozen=True, slots=True)
class _Wire:
    pin: str
    make: Any
    options: Mapping[str, Any]


def _wires(board: Board) -> dict[str, _Wire]:
    """All parts of the board by name, lamps first."""
    found = {
        str(name): _Wire(lamp.pin, gpiozero.LED, {"active_high": lamp.active_high})
        for name, lamp in board.lamps.items()
    }
    buzzer = board.buzzer
    if buzzer.kind is BuzzerKind.ACTIVE:
        how: dict[str, Any] = {"active_high": buzzer.active_high}
        found[BUZZER] = _Wire(buzzer.pin, gpiozero.Buzzer, how)
    else:
        how = {"mid_tone": Tone("E5"), "octaves": 2}
        found[BUZZER] = _Wire(buzzer.pin, gpiozero.TonalBuzzer, how)
    if (relay := board.relay) is not None:
        how = {"active_high": relay.active_high}
        found[RELAY] = _Wire(relay.pin, gpiozero.OutputDevice, how)
    if (button := board.button) is not None:
        how = {"pull_up": button.pull_up, "bounce_time": button.bounce_s}
        found[BUTTON] = _Wire(button.pin, gpiozero.Button, how)
    return found


def _off(part: Any) -> None:
    if isinstance(part, gpiozero.TonalBuzzer):
        part.stop()
    elif not isinstance(part, gpiozero.Button):
        part.off()


def _pin_of(part: Any) -> Any:
    return part.pwm_device.pin if isinstance(part, gpiozero.TonalBuzzer) else part.pin


def give_back(device: Any, pin_factory: Any) -> None:
    """Close it. A pin that its driver has lost cannot be closed: whoever claims it next must not find it taken."""
    with contextlib.suppress(Exception):
        device.pin.when_changed = None  # or lgpio's only thread for what changes ends with it
    try:
        device.close()
    except Exception:  # each pin driver has its own classes
        single = getattr(device, "pwm_device", device)
        with contextlib.suppress(Exception):
            pin_factory.release_all(single)
        # or it closes itself once more when nobody holds it, and fails again
        single._pin = None  # noqa: SLF001
