"""Lamps, a buzzer and, where the board has them, a door relay and a push button (docs/wiring.md).

The person at the door sees one lamp at a time, steady or blinking, and hears the beeps once. The class is the same on
a Pi and on mock pins: the pin factory is handed in (hardware.pins).
"""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from hardware.boards import Board
from hardware.errors import HardwareError
from hardware.outputs import Outputs
from hardware.rhythm import Beep, Signal, moment

__all__ = ["Beep", "Lights", "Signal"]

_TEST_STEP_S = 0.8
# of the lamps, one after the other: each sounds lower than the one before
_TEST_HZ, _LOWER = 880.0, 0.75
# so often the lines are asked for while all is well, and claimed anew while something is not
LOOK_S = 5.0


class Lights:
    """`open()` claims the pins, `close()` leaves all of them dark. One thread, "lights", keeps the rhythm, and mends
    what has failed: nothing that happens to a pin is raised once they are open."""

    def __init__(
        self,
        board: Board,
        pin_factory: Any,
        on_button: Callable[[], None] | None = None,
        again: Callable[[Any], Any] = lambda pin_factory: pin_factory,
        look_s: float = LOOK_S,
    ) -> None:
        """`again` gives pins in place of those that have failed, in the thread "lights"; it may raise."""
        self._board = board
        self._pin_factory = pin_factory
        self._on_button = on_button
        self._again = again
        self._look_s = look_s
        self._outputs: Outputs | None = None  # None while they are claimed anew
        self._failed: tuple[str, ...] = ()
        self._change = threading.Condition()
        self._signal = Signal()
        self._began_s = 0.0
        self._look_at_s = 0.0
        self._running = False
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        """Claim the pins, all dark. Raise LightsAbsent, naming the pin, when one cannot be had."""
        if self._running:
            return
        outputs = self._new_outputs()
        outputs.claim()
        self._outputs = outputs
        self._signal, self._running, self._failed = Signal(), True, ()
        self._thread = threading.Thread(target=self._keep_rhythm, name="lights", daemon=True)
        self._thread.start()

    def signal(self, signal: Signal) -> None:
        """Show `signal` from this instant, in place of whatever was shown. Returns at once, pins set."""
        with self._change:
            if not self._running:
                return
            self._signal, self._began_s = signal, time.monotonic()
            self._show()
            self._change.notify()

    @property
    def failed(self) -> tuple[str, ...]:
        """The parts that do not obey now, by name; tried again every LOOK_S."""
        return self._failed

    def pins(self) -> dict[str, bool]:
        """What is on now, by name: green, amber, red, buzzer, and relay and button where the board has them."""
        with self._change:
            return self._outputs.states() if self._outputs is not None else {}

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
            if self._outputs is not None:
                self._outputs.let_go()
            self._outputs = None

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

    def _keep_rhythm(self) -> None:
        self._look_at_s = time.monotonic() + self._look_s
        while True:
            with self._change:
                if not self._running:
                    return
                lasts_s = self._show()
                until_look_s = self._look_at_s - time.monotonic()
                if until_look_s > 0:
                    self._change.wait(
                        until_look_s if lasts_s is None else min(lasts_s, until_look_s)
                    )
                    continue
                self._look_at_s = time.monotonic() + self._look_s
                if self._outputs is not None:
                    self._outputs.look()
                    self._tell()
            if self._failed:
                self._mend()

    def _show(self) -> float | None:
        """For how long it stays so. Called with the lock held."""
        now = moment(self._signal, time.monotonic() - self._began_s)
        if self._outputs is not None:
            self._outputs.show(now)
            self._tell()
        return now.lasts_s

    def _tell(self) -> None:
        if self._outputs is None:
            return
        if self._outputs.failed and not self._failed:
            self._look_at_s = 0.0  # at once, for the first time
        self._failed = tuple(sorted(self._outputs.failed))

    def _mend(self) -> None:
        with self._change:
            if self._outputs is not None and not self._outputs.are_lost:
                self._outputs.mend()
                self._tell()
                return
            lost, self._outputs = self._outputs, None
        # whoever signals meanwhile does not wait for it
        if lost is not None:
            lost.let_go()
        try:
            self._pin_factory = self._again(self._pin_factory)
        except HardwareError:
            return
        outputs = self._new_outputs()
        outputs.mend()
        with self._change:
            if not self._running:
                outputs.let_go()
                return
            self._outputs = outputs
            self._show()

    def _new_outputs(self) -> Outputs:
        return Outputs(self._board, self._pin_factory, self._on_button)
