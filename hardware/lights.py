"""Lamps, a buzzer and, where the board has them, a door relay and a push button (docs/wiring.md).

The person at the door sees one lamp at a time, steady or blinking, and hears the beeps once. The class is the same on
a Pi and on mock pins: the pin factory is handed in (hardware.pins).
"""

import contextlib
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import gpiozero
from gpiozero.tones import Tone

from hardware.boards import Board, BuzzerKind
from hardware.errors import LightsAbsent
from hardware.rhythm import Beep, Moment, Signal, moment

__all__ = ["Beep", "Lights", "Signal"]

_TEST_STEP_S = 0.8
# of the lamps, one after the other: each sounds lower than the one before
_TEST_HZ, _LOWER = 880.0, 0.75
# what a small disc can make heard: two octaves either way of E5 (659 Hz)
_LOWEST_HZ, _HIGHEST_HZ = 165.0, 2600.0
_DARK = Moment(lamp=None, tone_hz=None, relay=False, lasts_s=None)


class Lights:
    """`open()` claims the pins, `close()` leaves all of them dark. One thread, "lights", keeps the rhythm."""

    def __init__(
        self, board: Board, pin_factory: Any, on_button: Callable[[], None] | None = None
    ) -> None:
        self._board = board
        self._pin_factory = pin_factory
        self._on_button = on_button
        self._lamps: dict[str, Any] = {}
        self._buzzer: Any = None
        self._relay: Any = None
        self._button: Any = None
        self._change = threading.Condition()
        self._signal = Signal()
        self._began_s = 0.0
        self._shown = _DARK
        self._running = False
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        """Claim the pins, all dark. Raise LightsAbsent, naming the pin, when one cannot be had."""
        if self._running:
            return
        try:
            self._claim()
        except LightsAbsent:
            self.close()
            raise
        self._signal, self._shown, self._running = Signal(), _DARK, True
        self._thread = threading.Thread(target=self._keep_rhythm, name="lights", daemon=True)
        self._thread.start()

    def signal(self, signal: Signal) -> None:
        """Show `signal` from this instant, in place of whatever was shown. Returns at once, pins set."""
        with self._change:
            if not self._running:
                return
            self._signal, self._began_s = signal, time.monotonic()
            self._apply(moment(signal, 0.0))
            self._change.notify()

    def pins(self) -> dict[str, bool]:
        """What is on now, by name: green, amber, red, buzzer, and relay and button where the board has them."""
        with self._change:
            states = {name: bool(lamp.is_active) for name, lamp in self._lamps.items()}
            for name, device in (
                ("buzzer", self._buzzer),
                ("relay", self._relay),
                ("button", self._button),
            ):
                if device is not None:
                    states[name] = bool(device.is_active)
            return states

    def test(self, wait: Callable[[float], object] = time.sleep) -> None:
        """Each lamp with its pitch, then the relay, then dark: for a technician who looks and listens."""
        for number, lamp in enumerate(self._board.lamps):
            self.signal(Signal(light=lamp, beeps=(Beep(_TEST_HZ * _LOWER**number, 0.15, 0.0),)))
            wait(_TEST_STEP_S)
        self.signal(Signal(relay_s=0.5))
        wait(_TEST_STEP_S)
        self.signal(Signal())

    def close(self) -> None:
        """Dark, silent, shut, and the pins given back. May be called twice, and after a failed `open`."""
        with self._change:
            self._running = False
            self._change.notify()
        if self._thread is not None:
            self._thread.join(timeout=2.0)
            self._thread = None
        with self._change:
            outputs = [*self._lamps.values(), self._buzzer, self._relay]
            for device in outputs:
                if device is not None:
                    _off(device)
            for device in (*outputs, self._button):
                if device is not None:
                    device.close()
            self._lamps, self._buzzer, self._relay, self._button = {}, None, None, None

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        lit = [name for name, on in self.pins().items() if on] if self._running else ["closed"]
        return f"Lights({self._board.name}: {', '.join(lit) or 'dark'})"

    def _claim(self) -> None:
        board = self._board
        for name, lamp in board.lamps.items():
            self._lamps[name] = self._device(
                name, lamp.pin, gpiozero.LED, active_high=lamp.active_high
            )
        buzzer = board.buzzer
        if buzzer.kind is BuzzerKind.ACTIVE:
            self._buzzer = self._device(
                "buzzer", buzzer.pin, gpiozero.Buzzer, active_high=buzzer.active_high
            )
        else:
            self._buzzer = self._device(
                "buzzer", buzzer.pin, gpiozero.TonalBuzzer, mid_tone=Tone("E5"), octaves=2
            )
        if (relay := board.relay) is not None:
            self._relay = self._device(
                "relay", relay.pin, gpiozero.OutputDevice, active_high=relay.active_high
            )
        if (button := board.button) is not None:
            self._button = self._device(
                "button",
                button.pin,
                gpiozero.Button,
                pull_up=button.pull_up,
                bounce_time=button.bounce_s,
            )
            if self._on_button is not None:
                self._button.when_pressed = self._on_button

    def _device(self, name: str, pin: str, make: Any, **options: Any) -> Any:
        try:
            return make(pin, pin_factory=self._pin_factory, **options)
        except (
            Exception
        ) as error:  # each pin driver has its own classes for busy, denied and unknown
            raise LightsAbsent(
                f"{name} on pin {pin} cannot be claimed ({error}): is another program using it, "
                f"and is {self._board.name} the board that is wired here?"
            ) from error

    def _keep_rhythm(self) -> None:
        with self._change:
            while self._running:
                elapsed_s = time.monotonic() - self._began_s
                now = moment(self._signal, elapsed_s)
                self._apply(now)
                self._change.wait(now.lasts_s)

    def _apply(self, now: Moment) -> None:
        """Set what differs from before, the lamp first. Called with the lock held."""
        before, self._shown = self._shown, now
        if now.lamp != before.lamp:
            # a lamp that this board does not have stays dark, as its relay stays shut
            if before.lamp in self._lamps:
                self._lamps[before.lamp].off()
            if now.lamp in self._lamps:
                self._lamps[now.lamp].on()
        if now.tone_hz != before.tone_hz:
            self._sound(now.tone_hz)
        if self._relay is not None and now.relay != before.relay:
            self._relay.value = now.relay

    def _sound(self, tone_hz: float | None) -> None:
        if tone_hz is None:
            _off(self._buzzer)
        elif self._board.buzzer.kind is BuzzerKind.ACTIVE:
            self._buzzer.on()
        else:
            self._buzzer.play(Tone.from_frequency(min(max(tone_hz, _LOWEST_HZ), _HIGHEST_HZ)))


def _off(device: Any) -> None:
    # a pin that its driver has lost cannot be set any more; the next one still must be
    with contextlib.suppress(gpiozero.GPIOZeroError, OSError):
        device.stop() if isinstance(device, gpiozero.TonalBuzzer) else device.off()
