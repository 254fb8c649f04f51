"""Serves the office page on 127.0.0.1 from a thread of its own."""

import socket
import threading
from types import TracebackType
from typing import Any, Self

import flask
import waitress
from waitress import wasyncore

from collector.errors import CollectorError

THREADS = 8
TURN_S = 1.0


class OfficeServer:
    """`open` claims the port, `close` may be called twice."""

    def __init__(self, app: flask.Flask, port: int) -> None:
        """Port 0 takes a free one."""
        self._app = app
        self._wanted_port = port
        self._channels: dict[int, Any] = {}
        self._stop = threading.Event()
        self._server: Any = None
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """The real port, once open."""
        return int(self._server.effective_port)

    def open(self) -> None:
        """Raise CollectorError when the port cannot be had."""
        self._server = waitress.create_server(
            self._app,
            map=self._channels,
            sockets=[self._listen()],
            threads=THREADS,
            ident="",
            asyncore_use_poll=True,
        )
        self._thread = threading.Thread(target=self._serve, name="office-page")
        self._thread.start()

    def close(self) -> None:
        if self._thread is None:
            return
        self._stop.set()
        self._server.pull_trigger()
        self._thread.join()
        self._thread = None

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
            listener.bind(("127.0.0.1", self._wanted_port))
            listener.listen()
        except OSError as error:
            listener.close()
            raise CollectorError(
                f"port {self._wanted_port} of the office page cannot be had ({error.strerror}):"
                " stop what uses it, or set another office.port"
            ) from error
        return listener

    def _serve(self) -> None:
        """waitress's own loop cannot be left from another thread, so its turns are taken one by one."""
        while not self._stop.is_set():
            wasyncore.loop(timeout=TURN_S, use_poll=True, map=self._channels, count=1)
        self._server.task_dispatcher.shutdown()
        wasyncore.close_all(self._channels)
