"""What all hand-held readers on a device file have in common: waiting, plugging in, pulling out."""

import collections
import contextlib
import os
import select
import time
from collections.abc import Callable
from pathlib import Path

from hardware.errors import ReaderAbsent
from hardware.scanned_line import ScannedLine

_LOOK_AGAIN_S = 0.25


class DeviceReader:
    """Implements hardware.ports.CodeReader.

    `prepare` is called with the descriptor of the freshly opened device and may raise OSError; `bytes_of` turns what
    was read from it into bytes of codes. Both belong to the kind of reader.
    """

    def __init__(
        self,
        path: Path,
        silence_s: float,
        prepare: Callable[[int], None],
        bytes_of: Callable[[bytes], bytes],
    ) -> None:
        self._path = path
        self._prepare = prepare
        self._bytes_of = bytes_of
        self._line = ScannedLine(silence_s)
        self._codes: collections.deque[bytes] = collections.deque(maxlen=16)
        self._device: int | None = None

    def code(self, timeout_s: float) -> bytes | None:
        """As hardware.ports.CodeReader says. A code is never in an error's text."""
        deadline_s = time.monotonic() + timeout_s
        while not self._codes:
            if self._device is None:
                self._device = self._opened(deadline_s)
            wait_s = max(0.0, deadline_s - time.monotonic())
            if self._line.begun:
                wait_s = min(wait_s, self._line.silence_s)
            if self._readable(wait_s):
                self._take()
            self._codes.extend(self._line.quiet(time.monotonic()))
            if not self._codes and time.monotonic() >= deadline_s:
                return None
        return self._codes.popleft()

    def close(self) -> None:
        """May be called twice; the next `code` opens the device again."""
        device, self._device = self._device, None
        self._line.drop()
        if device is not None:
            with contextlib.suppress(OSError):
                os.close(device)

    def _opened(self, deadline_s: float) -> int:
        """The device, looked for until it is there or the time is up."""
        while True:
            try:
                return self._try_open()
            except OSError as error:
                left_s = deadline_s - time.monotonic()
                if left_s <= 0:
                    raise ReaderAbsent(
                        f"no barcode reader can be used at {self._path} ({error.strerror}): is it plugged in, may "
                        "this user open it, does another program hold it?"
                    ) from error
            time.sleep(min(_LOOK_AGAIN_S, left_s))

    def _try_open(self) -> int:
        device = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
        try:
            self._prepare(device)
        except OSError:
            os.close(device)
            raise
        return device

    def _readable(self, wait_s: float) -> bool:
        device = self._device
        return device is not None and bool(select.select([device], [], [], wait_s)[0])

    def _take(self) -> None:
        """Read what is there; a device that has gone is closed, to be looked for again."""
        if self._device is None:
            return
        try:
            received = os.read(self._device, 4096)
        except BlockingIOError:
            return
        except OSError:
            received = b""
        if not received:
            self.close()
            return
        self._codes.extend(self._line.feed(self._bytes_of(received), time.monotonic()))
