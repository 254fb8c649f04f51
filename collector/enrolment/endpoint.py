"""What a new kiosk, and one whose certificate ends soon, ask of the desk over HTTPS. Bodies are small, who asks too
often waits, and every refusal has a reason that the kiosk can say.

A certificate is asked of clients and not needed: a new kiosk has none. Only who shows one may renew it.
"""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from collector.enrolment.desk import EnrolmentDesk
from collector.errors import CollectorError
from collector.portal.limits import Limits
from collector.registry.enrolment import EnrolmentRefused
from kiosk.wire import enrolment_answer as wire
from kiosk.wire.enrolment_answer import Denial
from kiosk.wire.errors import WireError

log = logging.getLogger(__name__)

_STATUS = {
    Denial.BAD_REQUEST: "400 Bad Request",
    Denial.TOO_OFTEN: "429 Too Many Requests",
    Denial.NOT_READY: "503 Service Unavailable",
}
_DENIED = "403 Forbidden"


class EnrolmentEndpoint:
    """A WSGI application. `authority` is the certificate that the code's fingerprint is of, in PEM."""

    def __init__(self, desk: EnrolmentDesk, authority: str, limits: Limits) -> None:
        self._desk = desk
        self._authority = authority.encode()
        self._limits = limits

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        status, kind, body = self._answer(environ)
        start(
            status,
            [
                ("Content-Length", str(len(body))),
                ("Content-Type", kind),
                ("Cache-Control", "no-store"),
            ],
        )
        return [body]

    def _answer(self, environ: dict[str, Any]) -> tuple[str, str, bytes]:
        asked = environ.get("REQUEST_METHOD"), environ.get("PATH_INFO")
        try:
            if not self._limits.stored(str(environ.get("REMOTE_ADDR", ""))):
                raise EnrolmentRefused(Denial.TOO_OFTEN)
            match asked:
                case "GET", wire.AUTHORITY_PATH:
                    return "200 OK", "application/x-pem-file", self._authority
                case "POST", wire.ENROLMENT_PATH:
                    return _fine(self._enrolled(_body(environ)))
                case "POST", wire.RENEWAL_PATH:
                    name = environ.get("SSL_CLIENT_S_DN_CN", "")
                    return _fine(self._renewed(str(name), _body(environ)))
            return "404 Not Found", wire.CONTENT_TYPE, wire.encode_denial(Denial.BAD_REQUEST)
        except EnrolmentRefused as error:
            return _denied(error.reason)
        except WireError:
            return _denied(Denial.BAD_REQUEST)
        except CollectorError as error:
            log.error("nobody can be let in: %s", error)
            return _denied(Denial.NOT_READY)

    def _enrolled(self, body: bytes) -> bytes:
        enrolled = self._desk.enrol(wire.decode_request(body))
        log.info("kiosk %s has joined", enrolled.kiosk)
        return wire.encode_enrolled(enrolled)

    def _renewed(self, kiosk: str, body: bytes) -> bytes:
        if not kiosk:
            raise EnrolmentRefused(Denial.UNKNOWN)
        certificate = self._desk.renew(kiosk, wire.decode_renewal(body))
        log.info("kiosk %s has a new certificate", kiosk)
        return wire.encode_certificate(certificate)


def _body(environ: dict[str, Any]) -> bytes:
    """At most one byte more than a request may have; then it is refused."""
    length = str(environ.get("CONTENT_LENGTH") or "0")
    if not length.isascii() or not length.isdecimal() or int(length) > wire.MAX_REQUEST_BYTES:
        raise EnrolmentRefused(Denial.BAD_REQUEST)
    body: bytes = environ["wsgi.input"].read(int(length))
    return body


def _fine(body: bytes) -> tuple[str, str, bytes]:
    return "200 OK", wire.CONTENT_TYPE, body


def _denied(denial: Denial) -> tuple[str, str, bytes]:
    return _STATUS.get(denial, _DENIED), wire.CONTENT_TYPE, wire.encode_denial(denial)
