"""Serves the office's pages from threads of their own: HTTPS with a certificate, else on this machine only."""

import ipaddress
import logging
import socket
import ssl
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import flask
from cheroot import wsgi
from cheroot.ssl.builtin import BuiltinSSLAdapter

from collector.errors import CollectorError

THREADS = 8
# whoever says nothing holds a thread for this long
TIMEOUT_S = 10
SHUTDOWN_S = 1

_log = logging.getLogger(__name__)


class OfficeServer:
    """`open` claims the port, `close` may be called twice."""

    def __init__(
        self,
        app: flask.Flask,
        port: int,
        *,
        host: str = "127.0.0.1",
        certificate: tuple[Path, Path] | None = None,
    ) -> None:
        """Port 0 takes a free one. `certificate` is the file of the certificate and that of its key."""
        self._app = app
        self._host, self._wanted_port = host, port
        self._certificate = certificate
        self._server: Any = None
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """The real port, once open."""
        return int(self._server.bind_addr[1])

    @property
    def url(self) -> str:
        return f"{'https' if self._certificate else 'http'}://{self._host}:{self.port}/"

    @property
    def is_alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def open(self) -> None:
        """Raise CollectorError when the port or the certificate cannot be had, and for HTTP beyond this machine."""
        if self._certificate is None and not _is_here(self._host):
            raise CollectorError(
                f"passwords would cross the network in the clear on {self._host}:"
                " set office.certificate_file and office.key_file"
            )
        self._server = _Server(
            (self._host, self._wanted_port),
            self._app,
            numthreads=THREADS,
            server_name="office",
            timeout=TIMEOUT_S,
            shutdown_timeout=SHUTDOWN_S,
        )
        self._server.error_log = _told
        if self._certificate is not None:
            self._server.ssl_adapter = _adapter(*self._certificate)
        try:
            self._server.prepare()
        except OSError as error:
            raise CollectorError(
                f"port {self._wanted_port} of the office page cannot be had"
                f" ({error.strerror or error}): stop what uses it, or set another office.port"
            ) from error
        self._thread = threading.Thread(target=self._server.serve, name="office-pages")
        self._thread.start()

    def close(self) -> None:
        if self._thread is None:
            return
        self._server.stop()
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


class _Server(wsgi.Server):
    """Takes its port again at once after a restart, also one that was a free one before."""

    @classmethod
    def prepare_socket(cls, *arguments: Any, **named: Any) -> socket.socket:
        made: socket.socket = super().prepare_socket(*arguments, **named)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return made

    @staticmethod
    def bind_socket(made: socket.socket, address: tuple[str, int]) -> socket.socket:
        try:
            made.bind(address)
        except OSError:
            made.close()
            raise
        return made


class _Adapter(BuiltinSSLAdapter):
    """Shakes hands in the thread that answers: whoever connects and says nothing holds up nobody else."""

    def wrap(self, sock: Any) -> tuple[Any, dict[str, Any]]:
        wrapped = self.context.wrap_socket(sock, do_handshake_on_connect=False, server_side=True)
        return wrapped, {"wsgi.url_scheme": "https", "HTTPS": "on"}


def _adapter(certificate_file: Path, key_file: Path) -> BuiltinSSLAdapter:
    try:
        adapter = _Adapter(str(certificate_file), str(key_file))
    except OSError as error:  # ssl.SSLError is one of them
        raise CollectorError(
            f"{certificate_file} or {key_file} cannot be used: `collector authority issue --server` makes them"
        ) from error
    adapter.context.minimum_version = ssl.TLSVersion.TLSv1_2
    return adapter


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _told(message: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
    """cheroot's own remarks: connections that broke off. Never what was asked."""
    del traceback
    _log.log(min(level, logging.INFO), "%s", message.splitlines()[0] if message else "")
