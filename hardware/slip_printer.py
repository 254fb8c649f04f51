"""A receipt printer on USB (`/dev/usb/lp0`) or on a serial line, asked for its paper before and after each slip.

Nothing here waits without a limit: a printer without paper stops taking bytes, and some answer no question at all.
"""

import contextlib
import os
import select
import time
from pathlib import Path

from hardware.errors import PaperOut, PrinterAbsent, PrinterTrouble
from hardware.escpos import encode, seconds_on_line
from hardware.ports import Luma
from hardware.serial_line import rate_of, set_up

# DLE EOT 4: the roll's sensor, answered at once and by one byte, also while printing (Epson's ESC/POS reference).
# The reply has bits 1 and 4 set and 0 and 7 clear; bits 5 and 6 say that the paper has ended.
_ASK_PAPER = b"\x10\x04\x04"
_REPLY_MASK, _REPLY = 0x93, 0x12
_ENDED = 0x60
_ANSWER_S = 0.3
_CHUNK = 4096


class DevicePrinter:
    """Implements hardware.ports.SlipPrinter."""

    def __init__(self, path: Path, baud: int | None = None, limit_s: float = 8.0) -> None:
        """`baud` for a serial line only; ValueError for a rate there is not. A slip may take `limit_s`, and what its
        bytes take on the line."""
        self._path = path
        self._baud = baud
        self._rate = rate_of(baud) if baud is not None else None
        self._limit_s = limit_s

    def is_there(self) -> bool:
        return self._path.exists()

    def print(self, slip: Luma) -> None:
        """As hardware.ports.SlipPrinter says."""
        stream = encode(slip)
        deadline_s = time.monotonic() + self._limit_s
        if self._baud is not None:
            deadline_s += seconds_on_line(stream, self._baud)
        device = self._opened()
        try:
            answers = self._has_paper(device, _ANSWER_S)
            self._send(device, stream, deadline_s)
            # the second question waits behind the slip; only who answered the first can be expected to answer it
            if answers and not self._has_paper(
                device, max(_ANSWER_S, deadline_s - time.monotonic())
            ):
                raise self._stuck()
        except OSError as error:
            raise PrinterAbsent(
                f"the printer at {self._path} went away ({error.strerror})"
            ) from error
        finally:
            os.close(device)

    def _opened(self) -> int:
        try:
            device = os.open(self._path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
            if self._rate is not None:
                self._set_up(device, self._rate)
        except OSError as error:
            raise PrinterAbsent(
                f"no receipt printer can be used at {self._path} ({error.strerror}): is it plugged in and switched "
                "on, is this user in the group lp (dialout for a serial line)?"
            ) from error
        return device

    @staticmethod
    def _set_up(device: int, rate: int) -> None:
        try:
            set_up(device, rate)
        except OSError:
            os.close(device)
            raise

    def _has_paper(self, device: int, wait_s: float) -> bool:
        """Whether the printer says so within `wait_s` seconds; False from one that says nothing. Raise PaperOut."""
        self._unread(device)
        if select.select([], [device], [], wait_s)[1]:
            with contextlib.suppress(BlockingIOError):
                os.write(device, _ASK_PAPER)
        status = self._answer(device, wait_s)
        if status is not None and status & _ENDED:
            raise PaperOut(f"the printer at {self._path} has no paper: put in a new roll")
        return status is not None

    @staticmethod
    def _answer(device: int, wait_s: float) -> int | None:
        deadline_s = time.monotonic() + wait_s
        while (left_s := deadline_s - time.monotonic()) > 0:
            if not select.select([device], [], [], left_s)[0]:
                return None
            try:
                received = os.read(device, 16)
            except OSError:  # a printer that can only listen
                return None
            if not received:
                return None
            for byte in received:
                if byte & _REPLY_MASK == _REPLY:
                    return byte
        return None

    @staticmethod
    def _unread(device: int) -> None:
        """Throw away what an earlier question has left."""
        with contextlib.suppress(OSError):  # a printer that can only listen
            while select.select([device], [], [], 0)[0] and os.read(device, 64):
                pass

    def _send(self, device: int, stream: bytes, deadline_s: float) -> None:
        at = 0
        while at < len(stream):
            left_s = deadline_s - time.monotonic()
            if left_s <= 0 or not select.select([], [device], [], left_s)[1]:
                self._has_paper(device, _ANSWER_S)
                raise self._stuck()
            with contextlib.suppress(BlockingIOError):
                at += os.write(device, stream[at : at + _CHUNK])

    def _stuck(self) -> PrinterTrouble:
        return PrinterTrouble(
            f"the printer at {self._path} does not go on: is its cover open, is it switched on?"
        )
