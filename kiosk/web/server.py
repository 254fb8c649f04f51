"""One listener with its own pool of threads: trouble on one cannot freeze the pages of another.

waitress, because it serves event streams from plain threads; each stream holds one, so `threads` is the number of
streams allowed and six more (shared facts, screen section 19).
"""

import errno
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import flask
import waitress
from waitress import wasyncore

from kiosk.errors import KioskError

TURN_S = 1.0


class PageServer:
    """Serves one application. `open` claims the port, `close` may be called twice."""

    def __init__(
        self,
        app: flask.Flask,
        port: int,
        *,
        host: str = "127.0.0.1",
        threads: int = 16,
        name: str = "screen",
        every_turn: Callable[[], None] = lambda: None,
        on_close: Callable[[], None] = lambda: None,
    ) -> None:
        """Port 0 takes a free one. `every_turn` is called about once a second in the server's thread, for what must
        happen without a request. `on_close` ends what holds threads: the streams of a feed."""
        self._app = app
        self._wanted_port = port
        self._host = host
        self._threads = threads
        self._name = name
        self._every_turn = every_turn
        self._on_close = on_close
        self._channels: dict[int, Any] = {}
        self._server: Any = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """The real port, once open."""
        if self._server is None:
            raise KioskError(f"the {self._name} pages are not open")
        return int(self._server.effective_port)

    def open(self) -> None:
        """Raise KioskError when the port cannot be had."""
        listener = self._listen()
        self._server = waitress.create_server(
            self._app,
            map=self._channels,
            sockets=[listener],
            threads=self._threads,
            ident="",
            asyncore_use_poll=True,
            channel_request_lookahead=1,  # lets a stream ask whether its reader is still there
            max_request_body_size=16 * 1024 * 1024,  # the application sets its own, smaller limit
        )
        self._stop.clear()
        self._thread = threading.Thread(target=self._serve, name=f"{self._name}-pages", daemon=True)
        self._thread.start()

    def close(self) -> None:
        if self._thread is None:
            return
        self._on_close()
        self._stop.set()
        self._server.pull_trigger()
        self._thread.join(timeout=10)
        self._server.task_dispatcher.shutdown()
        # last, since every thread that answers a request pulls the trigger when it is done
        wasyncore.close_all(self._channels)
        self._thread = self._server = None

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

    def _listen(self) -> socket.socket:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((self._host, self._wanted_port))
            listener.listen()
        except OSError as error:
            listener.close()
            what = {errno.EADDRINUSE: "is in use: stop what uses it, or set another"}
            told = what.get(error.errno or 0, f"cannot be had ({error.strerror})")
            raise KioskError(f"port {self._wanted_port} ({self._name} pages) {told}") from error
        return listener

    def _serve(self) -> None:
        while not self._stop.is_set():
            wasyncore.loop(timeout=TURN_S, use_poll=True, map=self._channels, count=1)
            self._every_turn()
