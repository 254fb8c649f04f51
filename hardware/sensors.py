"""What the box feels, where its board has them: a switch under the lid, and a light barrier across the door
(docs/wiring.md). Nobody is seen by either: one opening, one count."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import gpiozero

from hardware.boards import Board, ButtonInput
from hardware.errors import SensorsAbsent
from hardware.outputs import give_back

# whoever comes to look must still learn that the lid was up for a moment
REMEMBERED_S = 15 * 60.0
OPEN, WAS_OPENED, CLOSED, NONE = "open", "was_opened", "closed", "none"
UNKNOWN = "unknown"  # there is a switch, and it does not answer


@dataclass(frozen=True, slots=True)
class Beam:
    """How often it was broken since `open`, None where no barrier is or none answers; and whether it is broken now."""

    count: int | None = None
    is_broken: bool = False


class Sensors:
    """`open()` claims the pins, `close()` gives them back. `box` and `beam` may be asked from any thread."""

    def __init__(
        self, board: Board, pin_factory: Any, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._board = board
        self._pin_factory = pin_factory
        self._clock = clock
        self._lock = threading.Lock()
        self._lid: Any = None
        self._barrier: Any = None
        self._opened_s = float("-inf")
        self._passers = 0

    def open(self, pin_factory: Any = None) -> None:
        """Once more, on other pins, when some are given. Raise SensorsAbsent, naming the pin, when one cannot be
        had."""
        self._pin_factory = pin_factory or self._pin_factory
        try:
            self._lid = self._claimed("lid switch", self._board.lid)
            self._barrier = self._claimed("light barrier", self._board.barrier)
        except SensorsAbsent:
            self.close()
            raise
        if self._lid is not None:
            self._lid.when_released = self._opened
        if self._barrier is not None:
            self._barrier.when_pressed = self._passed

    @property
    def box(self) -> str:
        """`open`, `was_opened` (in the last quarter of an hour), `closed`, `unknown`, or `none` where no switch is."""
        if self._board.lid is None:
            return NONE
        is_shut = _is_pressed(self._lid)
        if is_shut is None:
            return UNKNOWN
        if not is_shut:
            return OPEN
        with self._lock:
            is_remembered = self._clock() - self._opened_s < REMEMBERED_S
        return WAS_OPENED if is_remembered else CLOSED

    @property
    def beam(self) -> Beam:
        is_broken = _is_pressed(self._barrier)
        if is_broken is None:
            return Beam()
        with self._lock:
            return Beam(self._passers, is_broken)

    def close(self) -> None:
        for device in (self._lid, self._barrier):
            if device is not None:
                give_back(device, self._pin_factory)
        self._lid = self._barrier = None

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

    def _claimed(self, name: str, wire: ButtonInput | None) -> Any:
        if wire is None:
            return None
        try:
            return gpiozero.Button(
                wire.pin,
                pull_up=wire.pull_up,
                bounce_time=wire.bounce_s,
                pin_factory=self._pin_factory,
            )
        except Exception as error:  # each pin driver has its own classes
            raise SensorsAbsent(
                f"{name} on pin {wire.pin} cannot be claimed ({error}): is another program using it, "
                f"and is {self._board.name} the board that is wired here?"
            ) from error

    def _opened(self) -> None:
        with self._lock:
            self._opened_s = self._clock()

    def _passed(self) -> None:
        with self._lock:
            self._passers += 1


def _is_pressed(button: Any) -> bool | None:
    """None when it is not there, or does not answer."""
    try:
        return bool(button.is_pressed) if button is not None else None
    except Exception:  # a pin that its driver has lost: each driver has its own classes
        return None
