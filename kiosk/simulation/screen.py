"""A page without a browser: follows the visitor's screen over server-sent events, and looks at the kiosk's state."""

import contextlib
import http.client
import json
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

Shown = dict[str, Any]


class Screen:
    """Keeps what the screen of one kiosk has shown. `open` connects; the thread connects again when the stream ends."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._shown: deque[Shown] = deque(maxlen=1000)
        self.boots = 0  # how many loops have been seen, one after the other
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._socket: socket.socket | None = None
        self._thread = threading.Thread(target=self._follow, name="screen-client", daemon=True)

    def __enter__(self) -> "Screen":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(timeout=5)

    @property
    def seq(self) -> int:
        """The number of the last state shown, -1 before the first."""
        with self._changed:
            return int(self._shown[-1]["seq"]) if self._shown else -1

    def wait(
        self, wanted: Callable[[Shown], bool], after_seq: int, timeout_s: float
    ) -> Shown | None:
        """The first state after `after_seq` that is wanted, or None in time."""
        deadline_s = time.monotonic() + timeout_s
        with self._changed:
            while True:
                for shown in self._shown:
                    if shown["seq"] > after_seq and wanted(shown):
                        return shown
                left_s = deadline_s - time.monotonic()
                if left_s <= 0 or not self._changed.wait(left_s):
                    return None

    def _follow(self) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(OSError, http.client.HTTPException):
                self._read_stream()
            self._stop.wait(0.2)

    def _read_stream(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=15)
        with contextlib.closing(connection):
            connection.connect()
            self._socket = connection.sock  # the answer takes it away from the connection
            connection.request("GET", "/events")
            response = connection.getresponse()
            while not self._stop.is_set():
                line = response.readline()
                if not line:
                    return
                if line.startswith(b"data:"):
                    self._take(json.loads(line[5:]))

    def _take(self, shown: Shown) -> None:
        with self._changed:
            last = self._shown[-1] if self._shown else None
            if last is None or shown["boot"] != last["boot"]:
                self.boots += 1
                self._shown.clear()  # a new loop counts from the beginning
            elif shown["seq"] <= last["seq"]:
                return
            self._shown.append(shown)
            self._changed.notify_all()
