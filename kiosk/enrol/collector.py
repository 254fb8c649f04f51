"""The collector, asked by HTTPS: first who it is, then, once its authority has the fingerprint of the code, the rest.

Until the fingerprint fits nothing of the kiosk is sent. Errors come as NotJoined, each by the name of its trouble.
"""

import hashlib
import http.client
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from cryptography import x509

from kiosk.enrol.trouble import NotJoined, Trouble, of_denial
from kiosk.wire import enrolment_answer as wire
from kiosk.wire.enrolment import EnrolmentCode
from kiosk.wire.errors import WireError

TIMEOUT_S = 15.0
_MAX_AUTHORITY_BYTES = 16_384
# X509_verify_cert (openssl-verification-options(1)): not yet valid, has expired
_OUT_OF_TIME = (9, 10)

T = TypeVar("T")


class Collector:
    """The one of an enrolment code."""

    def __init__(self, code: EnrolmentCode) -> None:
        self._code = code

    def authority(self) -> str:
        """Its authority's certificate in PEM: the one of the code, or NotJoined(wrong_place)."""
        anybody = ssl.create_default_context()
        anybody.check_hostname = False
        anybody.verify_mode = ssl.CERT_NONE  # who answers is judged by the fingerprint
        connection = _connection(self._code.address, anybody)
        _, pem = _asked(connection, "GET", wire.AUTHORITY_PATH, b"", _MAX_AUTHORITY_BYTES)
        try:
            certificate = x509.load_pem_x509_certificate(pem)
            der = ssl.PEM_cert_to_DER_cert(pem.decode("ascii"))
        except ValueError:
            raise NotJoined(Trouble.WRONG_PLACE) from None
        del certificate
        if hashlib.sha256(der).digest() != self._code.fingerprint:
            raise NotJoined(Trouble.WRONG_PLACE)
        return pem.decode("ascii")

    def enrol(self, csr: str, authority: str) -> wire.Enrolled:
        code = self._code
        request = wire.Request(code.venue, code.kiosk, csr, code.token)
        context = ssl.create_default_context(cadata=authority)
        body = wire.encode_request(request)
        answer = _answered(_connection(code.address, context), wire.ENROLMENT_PATH, body)
        return _read(answer, wire.decode_enrolled)


def renewed(address: str, csr: str, ca_file: Path, certificate_file: Path, key_file: Path) -> str:
    """A new certificate in PEM, asked for with the one that is to end. Raise NotJoined."""
    try:
        context = ssl.create_default_context(cafile=str(ca_file))
        context.load_cert_chain(certificate_file, key_file)
    except OSError as error:  # ssl.SSLError is one of them
        raise NotJoined(Trouble.STORAGE, "certificate or key cannot be read") from error
    answer = _answered(_connection(address, context), wire.RENEWAL_PATH, wire.encode_renewal(csr))
    return _read(answer, wire.decode_certificate)


def _connection(address: str, context: ssl.SSLContext) -> http.client.HTTPSConnection:
    parts = urlsplit(address)
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if parts.scheme != "https" or not host:
        raise NotJoined(Trouble.DAMAGED, "the address in the code")
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return http.client.HTTPSConnection(host, port or 443, timeout=TIMEOUT_S, context=context)


def _answered(connection: http.client.HTTPSConnection, path: str, body: bytes) -> bytes:
    status, payload = _asked(connection, "POST", path, body, wire.MAX_ANSWER_BYTES)
    if status != http.client.OK:
        raise NotJoined(of_denial(wire.decode_denial(payload)), f"status {status}")
    return payload


def _asked(
    connection: http.client.HTTPSConnection, method: str, path: str, body: bytes, most_bytes: int
) -> tuple[int, bytes]:
    try:
        connection.request(method, path, body or None, {"Content-Type": wire.CONTENT_TYPE})
        answer = connection.getresponse()
        payload = answer.read(most_bytes + 1)
    except ssl.SSLCertVerificationError as error:
        in_time = error.verify_code not in _OUT_OF_TIME
        raise NotJoined(Trouble.WRONG_PLACE if in_time else Trouble.CLOCK) from error
    except ssl.SSLError as error:
        raise NotJoined(Trouble.WRONG_PLACE, error.reason or "TLS") from error
    except (OSError, http.client.HTTPException) as error:
        told = getattr(error, "strerror", None) or type(error).__name__
        raise NotJoined(Trouble.NO_NETWORK, str(told)) from error
    finally:
        connection.close()
    if len(payload) > most_bytes:
        raise NotJoined(Trouble.WRONG_PLACE, "the answer is too long")
    return answer.status, payload


def _read(payload: bytes, decode: Callable[[bytes], T]) -> T:
    try:
        return decode(payload)
    except WireError as error:
        raise NotJoined(Trouble.NOT_READY, f"the answer: {error}") from error
