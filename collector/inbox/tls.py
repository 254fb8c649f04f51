"""The collector's own certificate, key and authority, ready for a connection."""

import ssl
from contextlib import suppress
from typing import Any

from collector.config import BrokerSection
from collector.errors import CollectorError

HANDSHAKE_TIMEOUT_S = 5.0


_AHEAD_BYTES = 65_536
_GATHERED_BYTES = 65_536


class GatheringSocket(ssl.SSLSocket):
    """paho waits for a handshake as long as its keepalive, and leaves the socket open when it fails. And it asks for
    each packet in four or five small pieces: those are cut from what has come, for a look into OpenSSL costs more.

    It also sends each acknowledgement by itself. While `gathers` is set they are gathered, and go out together with
    `send_gathered`: one record instead of hundreds, here and at the broker.
    """

    gathers = False
    _ahead = b""
    _cut = 0
    _gathered = b""

    @property
    def has_more(self) -> bool:
        """Gathered, and not sent."""
        return bool(self._gathered)

    def send(self, data: Any, flags: int = 0) -> int:
        if not self.gathers:
            return super().send(data, flags)
        if len(self._gathered) > _GATHERED_BYTES:
            raise BlockingIOError  # the broker takes nothing: paho keeps it
        self._gathered += data
        return len(data)

    def send_gathered(self) -> None:
        """As much as the broker takes now. Raise OSError when the connection is lost."""
        with suppress(ssl.SSLWantWriteError, ssl.SSLWantReadError, BlockingIOError):
            while self._gathered:
                self._gathered = self._gathered[super().send(self._gathered) :]

    def close(self) -> None:
        with suppress(OSError):
            self.send_gathered()
        super().close()

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        if self._cut == len(self._ahead):
            self._ahead, self._cut = super().recv(_AHEAD_BYTES, flags), 0
        piece = self._ahead[self._cut : self._cut + buflen]
        self._cut += len(piece)
        return piece

    def pending(self) -> int:
        return len(self._ahead) - self._cut + super().pending()

    def do_handshake(self, block: bool = False) -> None:
        try:
            self.settimeout(HANDSHAKE_TIMEOUT_S)
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


def tls_context(broker: BrokerSection) -> ssl.SSLContext:
    """Raise CollectorError, with the remedy, when a file is missing or damaged."""
    for file in (broker.ca_file, broker.certificate_file, broker.key_file):
        try:
            file.open("rb").close()
        except OSError as error:
            raise CollectorError(
                f"{file} cannot be read ({error.strerror}): `collector authority issue` makes it"
            ) from error
    try:
        context = ssl.create_default_context(cafile=str(broker.ca_file))
        context.load_cert_chain(broker.certificate_file, broker.key_file)
    except ssl.SSLError as error:
        raise CollectorError(
            f"{broker.certificate_file}, its key and {broker.ca_file} do not go together"
        ) from error
    context.sslsocket_class = GatheringSocket
    return context
