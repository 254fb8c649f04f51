"""Evidence of work, at the pace at which a watchdog wants to hear it."""

import time

from hardware.watchdog import Watchdog


class Paced:
    """Work shows itself thirty times a second; the watchdog need not hear every bit of it."""

    def __init__(self, watchdog: Watchdog) -> None:
        self._watchdog = watchdog
        self._next_s = 0.0

    def __call__(self) -> None:
        now_s = time.monotonic()
        if now_s >= self._next_s:
            self._next_s = now_s + min(self._watchdog.interval_s or 10.0, 10.0) / 2
            self._watchdog.alive()
