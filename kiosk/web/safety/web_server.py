"""One way to serve pages to a network: cheroot in threads of its own, with TLS, and nobody held up by who says nothing.

For the staff pages of a kiosk, and at the collector for the office, the portal and what kiosks ask of it.
"""

import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from cheroot import server, wsgi
from cheroot.ssl.builtin import BuiltinSSLAdapter

from kiosk.errors import KioskError

# whoever says nothing for so long makes room for another
TIMEOUT_S = 10
SHUTDOWN_S = 1
TURN_S = 0.1  # between looks at what has gone silent, and at whether to end
MAX_HEADERS_BYTES = 16 * 1024

_log = logging.getLogger(__name__)

Answer = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Certificate:
    """With `clients_of`, files of authorities, only those get in who show a certificate of one of them; or, where that
    is not `needed`, those who show none as well."""

    file: Path
    key_file: Path
    clients_of: tuple[Path, ...] = ()
    needed: bool = True
    remedy: str = "`collector authority issue --server` makes them"


class WebServer:
    """`open` claims the port, `close` may be called twice. What is in the way of either is a KioskError that names
    the setting."""

    def __init__(
        self,
        name: str,
        answer: Answer,
        address: tuple[str, int],
        certificate: Certificate | None = None,
        *,
        threads: int = 8,
        max_body_bytes: int = 0,
        on_close: Callable[[], None] = lambda: None,
    ) -> None:
        """`name` is that of the section with `host`, `port` and certificate; `answer` a WSGI application. Port 0 takes
        a free one; 0 bytes of a body are no limit. `on_close` ends what holds threads: the streams of a feed."""
        self._name = name
        self._on_close = on_close
        self._is_safe = certificate is not None
        self._wanted = address
        self._server = _Server(
            address,
            answer,
            numthreads=threads,
            server_name=name,
            timeout=TIMEOUT_S,
            shutdown_timeout=SHUTDOWN_S,
        )
        self._server.max_request_header_size = MAX_HEADERS_BYTES
        self._server.max_request_body_size = max_body_bytes
        self._server.expiration_interval = TURN_S
        if certificate is not None:
            self._server.ssl_adapter = _adapter(name, certificate)
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """The real port, once open."""
        return int(self._server.bind_addr[1])

    @property
    def url(self) -> str:
        return f"{'https' if self._is_safe else 'http'}://{self._wanted[0]}:{self.port}/"

    @property
    def is_alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def open(self) -> None:
        try:
            self._server.prepare()
        except OSError as error:
            raise KioskError(
                f"port {self._wanted[1]} of the {self._name} cannot be had"
                f" ({error.strerror or error}): stop what uses it, or set another {self._name}.port"
            ) from error
        self._thread = threading.Thread(target=self._server.serve, name=f"{self._name}-pages")
        self._thread.start()

    def close(self) -> None:
        if self._thread is None:
            return
        self._on_close()
        self._server.stop()
        self._thread.join()
        self._thread = None

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Connection(server.HTTPConnection):
    """Shakes hands in the thread that answers. Where that fails nothing is said: there is nobody to understand it."""

    def communicate(self) -> bool:
        if isinstance(self.socket, ssl.SSLSocket) and not self.ssl_env:
            try:
                self.socket.do_handshake()
            except OSError:  # ssl.SSLError is one of them
                return False
            self.ssl_env = self.server.ssl_adapter.get_environ(self.socket)
        return bool(super().communicate())  # type: ignore[no-untyped-call] # half typed


class _Socket(ssl.SSLSocket):
    """Says nothing in clear. The standard library's forgets its keys in `shutdown`, which cheroot calls on a connection
    that is still being answered when the server ends: whatever that answer goes on to say meets a closed door."""

    def shutdown(self, how: int) -> None:
        del how  # half closed, an answer without an end would hold up the server's
        socket.socket.shutdown(self, socket.SHUT_RDWR)


class _Adapter(BuiltinSSLAdapter):
    def wrap(self, sock: Any) -> tuple[Any, dict[str, Any]]:
        wrapped = self.context.wrap_socket(sock, do_handshake_on_connect=False, server_side=True)
        return wrapped, {}


class _Server(wsgi.Server):
    """Takes its port again at once after a restart, also one that was a free one before."""

    ConnectionClass = _Connection

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
        """cheroot's own remarks: connections that broke off. Never what was asked."""
        del traceback
        _log.log(min(level, logging.INFO), "%s", msg.splitlines()[0] if msg else "")

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


def _adapter(name: str, certificate: Certificate) -> BuiltinSSLAdapter:
    try:
        adapter = _Adapter(str(certificate.file), str(certificate.key_file))
        for authority in certificate.clients_of:
            adapter.context.load_verify_locations(str(authority))
            adapter.context.verify_mode = (
                ssl.CERT_REQUIRED if certificate.needed else ssl.CERT_OPTIONAL
            )
    except OSError as error:  # ssl.SSLError is one of them
        raise KioskError(
            f"{name}: {certificate.file}, {certificate.key_file} or the authority's certificate cannot be used:"
            f" {certificate.remedy}"
        ) from error
    adapter.context.minimum_version = ssl.TLSVersion.TLSv1_2
    adapter.context.sslsocket_class = _Socket
    return adapter
