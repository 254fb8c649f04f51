"""A receipt printer without a printer: takes the same bytes, keeps the last slip in memory as a picture."""

import threading

from hardware.escpos import encode, paper
from hardware.ports import Luma


class SimulatedPrinter:
    """Implements hardware.ports.SlipPrinter. For any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._printed = 0
        self._slip: Luma | None = None

    def is_there(self) -> bool:
        return True

    def print(self, slip: Luma) -> None:
        shown = paper(encode(slip))
        with self._lock:
            self._printed += 1
            self._slip = shown

    def last(self) -> tuple[int, Luma] | None:
        """(how many were printed, the last one's picture), None before the first."""
        with self._lock:
            return None if self._slip is None else (self._printed, self._slip)
