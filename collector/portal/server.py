"""Serves the pages from a thread of its own: plain on this machine, behind a proxy with TLS, or with TLS itself."""

import threading
from pathlib import Path
from typing import Any, Self

import flask
from cheroot import wsgi
from cheroot.ssl.builtin import BuiltinSSLAdapter

from collector.config import PortalSection
from collector.errors import CollectorError

THREADS = 24
# a phone that says nothing for so long makes room for another
SOCKET_TIMEOUT_S = 10
TURN_S = 0.1  # between looks at what has gone silent, and at whether to end
_HERE = ("127.0.0.1", "::1", "localhost")


class PortalServer:
    """Raise CollectorError, from the constructor for settings and certificates, from `open` for the port."""

    def __init__(self, app: flask.Flask, section: PortalSection) -> None:
        self._name = f"{section.host}:{section.port}"
        pair = (section.certificate_file, section.key_file)
        if any(pair) and not all(pair):
            raise CollectorError("portal.certificate_file and portal.key_file go together")
        if not any(pair) and section.host not in _HERE:
            raise CollectorError(
                "without portal.certificate_file the portal stays on 127.0.0.1, behind a proxy with TLS"
            )
        self._server = wsgi.Server(
            (section.host, section.port),
            app,
            numthreads=THREADS,
            timeout=SOCKET_TIMEOUT_S,
            server_name="portal",
        )
        self._server.max_request_header_size = 16 * 1024
        self._server.expiration_interval = TURN_S
        if section.certificate_file and section.key_file:
            self._server.ssl_adapter = _adapter(section.certificate_file, section.key_file)
        self._thread = threading.Thread(target=self._server.serve, name="portal-pages")

    @property
    def port(self) -> int:
        """The real port, once open."""
        return int(self._server.bind_addr[1])

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def open(self) -> None:
        try:
            self._server.prepare()
        except OSError as error:
            raise CollectorError(
                f"the portal cannot use {self._name} ({error.strerror}): stop what uses it, or set portal.port"
            ) from error
        self._thread.start()

    def close(self) -> None:
        self._server.stop()
        if self._thread.is_alive():
            self._thread.join()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


def _adapter(certificate: Path, key: Path) -> BuiltinSSLAdapter:
    try:
        return BuiltinSSLAdapter(str(certificate), str(key))
    except OSError as error:  # ssl.SSLError is one of them
        raise CollectorError(f"{certificate} or {key} cannot be used ({error.strerror})") from error
