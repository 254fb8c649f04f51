"""The picture that helps aiming, from the eye to the screen: the latest one, in memory, for two seconds.

Its own Unix datagram socket, so that a reading never waits behind a picture. One datagram is the time of its frame
(CLOCK_MONOTONIC, 8 bytes, big endian) and a JPEG. Whatever cannot be delivered at once is dropped. Nothing is stored.
"""

import contextlib
import os
import socket
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

KEPT_S = 2.0
# a grey JPEG of 320x240 at quality 55 has 13 kB at the worst (shared facts, screen section 7)
MAX_PICTURE_BYTES = 32_768
_TIME = struct.Struct(">Q")
_LOOK_EVERY_S = 0.5


class PictureSender:
    """The eye's end. `send` never blocks and never raises: it answers whether the picture went out."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._socket: socket.socket | None = None

    def send(self, jpeg: bytes, taken_at_ns: int) -> bool:
        if len(jpeg) > MAX_PICTURE_BYTES:
            return False
        try:
            if self._socket is None:
                self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                self._socket.setblocking(False)
            self._socket.sendto(_TIME.pack(taken_at_ns) + jpeg, str(self._path))
        except OSError:
            return False  # nobody listens, or nobody keeps up: the next picture is a newer one
        return True

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


class PictureHolder:
    """The loop's end: `latest` from any thread. `open` claims the socket, `close` may be called twice."""

    def __init__(self, path: Path, clock_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._path = path
        self._clock_ns = clock_ns
        self._held: tuple[int, bytes] | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        self._path.unlink(missing_ok=True)
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        sock.bind(str(self._path))
        # the eye runs as another user of the same group
        os.chmod(self._path, 0o660)  # noqa: PTH101 - a socket path, not a regular file
        sock.settimeout(_LOOK_EVERY_S)
        self._stop.clear()
        self._thread = threading.Thread(
            target=self._receive, name="preview", args=(sock,), daemon=True
        )
        self._thread.start()

    def latest(self) -> bytes | None:
        """The newest JPEG, None when there is none of the last two seconds."""
        held = self._held
        if held is None or self._is_old(held):
            return None
        return held[1]

    def close(self) -> None:
        if self._thread is None:
            return
        self._stop.set()
        self._thread.join(timeout=2)
        self._thread = None
        self._path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _receive(self, sock: socket.socket) -> None:
        with sock:
            while not self._stop.is_set():
                message = b""
                with contextlib.suppress(TimeoutError):
                    message = sock.recv(_TIME.size + MAX_PICTURE_BYTES)
                if len(message) > _TIME.size:
                    self._held = (_TIME.unpack_from(message)[0], message[_TIME.size :])
                held = self._held
                if held is not None and self._is_old(held):
                    self._held = None
            self._held = None

    def _is_old(self, held: tuple[int, bytes]) -> bool:
        return self._clock_ns() - held[0] > KEPT_S * 1e9
