"""What a new kiosk asks of the collector and what it is given: JSON over HTTPS, at the address in the enrolment code.

`GET /enrol/v1/authority` gives the authority's certificate, to be compared with the code's fingerprint; what is asked
after that goes only to a server which this authority vouches for. `POST /enrol/v1` enrols, `POST /enrol/v1/renewal`
renews, shown the certificate that is about to end. A refusal is `{"reason": "..."}`.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from kiosk.wire import strict_json
from kiosk.wire.documents import DocumentKind
from kiosk.wire.errors import Refusal, WireError
from kiosk.wire.topics import KIOSK_ID

AUTHORITY_PATH = "/enrol/v1/authority"
ENROLMENT_PATH = "/enrol/v1"
RENEWAL_PATH = "/enrol/v1/renewal"
CONTENT_TYPE = "application/json"
MAX_REQUEST_BYTES = 4_096
# every document at its largest would be 2 MB in base64; a certificate is 1 kB
MAX_ANSWER_BYTES = 4 * 1024 * 1024
_MAX_DEPTH = 4


class Denial(StrEnum):
    """Why a kiosk is not let in. It says so in plain words."""

    UNKNOWN = "unknown"
    USED = "used"
    EXPIRED = "expired"
    FOREIGN = "foreign"  # the token belongs to another venue or kiosk
    REVOKED = "revoked"  # this kiosk has been shut out, for good
    BAD_REQUEST = "bad_request"
    TOO_OFTEN = "too_often"
    NOT_READY = "not_ready"  # broker, registry or keys cannot be had just now


@dataclass(frozen=True, slots=True)
class Request:
    """`csr` is a certificate signing request in PEM; of it only the key counts."""

    venue: str
    kiosk: str
    csr: str
    token: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Server:
    """Where something is reached; no host: nowhere."""

    host: str = ""
    port: int = 0


@dataclass(frozen=True, slots=True)
class Enrolled:
    """All that makes a kiosk one of this collector's. Certificates and the authority's public key are PEM."""

    kiosk: str
    venue: str
    venue_name: str
    certificate: str
    authority: str
    signing_key: str
    broker: Server
    tags: Server = Server()
    documents: Mapping[DocumentKind, bytes] = field(default_factory=dict)


def encode_request(request: Request) -> bytes:
    return strict_json.dumps(
        {
            "venue": request.venue,
            "kiosk": request.kiosk,
            "csr": request.csr,
            "token": request.token.hex(),
        },
        max_bytes=MAX_REQUEST_BYTES,
    )


def decode_request(payload: bytes) -> Request:
    """Raise WireError and nothing else."""
    fields = strict_json.loads(payload, max_bytes=MAX_REQUEST_BYTES, max_depth=1)
    try:
        token = bytes.fromhex(_text(fields, "token"))
    except ValueError:
        raise WireError(Refusal.BAD_DATA, "token") from None
    return Request(_text(fields, "venue"), _text(fields, "kiosk"), _text(fields, "csr"), token)


def encode_renewal(csr: str) -> bytes:
    return strict_json.dumps({"csr": csr}, max_bytes=MAX_REQUEST_BYTES)


def decode_renewal(payload: bytes) -> str:
    """The CSR. Raise WireError and nothing else."""
    return _text(strict_json.loads(payload, max_bytes=MAX_REQUEST_BYTES, max_depth=1), "csr")


def encode_enrolled(enrolled: Enrolled) -> bytes:
    fields = {
        "kiosk": enrolled.kiosk,
        "venue": enrolled.venue,
        "venue_name": enrolled.venue_name,
        "certificate": enrolled.certificate,
        "authority": enrolled.authority,
        "signing_key": enrolled.signing_key,
        "broker": {"host": enrolled.broker.host, "port": enrolled.broker.port},
        "tags": {"host": enrolled.tags.host, "port": enrolled.tags.port},
        "documents": {
            str(kind): base64.b64encode(payload).decode()
            for kind, payload in enrolled.documents.items()
        },
    }
    return strict_json.dumps(fields, max_bytes=MAX_ANSWER_BYTES)


def decode_enrolled(payload: bytes) -> Enrolled:
    """Raise WireError and nothing else. Whether certificate and documents are what they should be is not looked at."""
    fields = strict_json.loads(payload, max_bytes=MAX_ANSWER_BYTES, max_depth=_MAX_DEPTH)
    documents = {}
    for name, text in _object(fields, "documents").items():
        if name in tuple(DocumentKind):  # a kind that a newer collector knows is passed over
            documents[DocumentKind(name)] = _decoded(text)
    kiosk = _text(fields, "kiosk")
    if not KIOSK_ID.fullmatch(kiosk):
        raise WireError(Refusal.WRONG_KIOSK, "kiosk")
    return Enrolled(
        kiosk=kiosk,
        venue=_text(fields, "venue"),
        venue_name=_text(fields, "venue_name"),
        certificate=_text(fields, "certificate"),
        authority=_text(fields, "authority"),
        signing_key=_text(fields, "signing_key"),
        broker=_server(fields, "broker"),
        tags=_server(fields, "tags"),
        documents=documents,
    )


def encode_certificate(certificate: str) -> bytes:
    """The answer to a renewal."""
    return strict_json.dumps({"certificate": certificate}, max_bytes=MAX_ANSWER_BYTES)


def decode_certificate(payload: bytes) -> str:
    """Raise WireError and nothing else."""
    fields = strict_json.loads(payload, max_bytes=MAX_ANSWER_BYTES, max_depth=_MAX_DEPTH)
    return _text(fields, "certificate")


def encode_denial(denial: Denial) -> bytes:
    return strict_json.dumps({"reason": str(denial)}, max_bytes=MAX_REQUEST_BYTES)


def decode_denial(payload: bytes) -> Denial:
    """NOT_READY for what a newer collector says, or what no collector has said."""
    try:
        fields = strict_json.loads(payload, max_bytes=MAX_REQUEST_BYTES, max_depth=_MAX_DEPTH)
        return Denial(str(fields.get("reason")))
    except ValueError:  # WireError is one
        return Denial.NOT_READY


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise WireError(Refusal.BAD_DATA, name)
    return value


def _object(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = fields.get(name)
    if not isinstance(value, dict):
        raise WireError(Refusal.BAD_DATA, name)
    return value


def _server(fields: Mapping[str, Any], name: str) -> Server:
    server = _object(fields, name)
    return Server(_text(server, "host"), strict_json.whole_of(server, "port", Refusal.BAD_DATA))


def _decoded(text: object) -> bytes:
    try:
        return base64.b64decode(str(text), validate=True)
    except binascii.Error:
        raise WireError(Refusal.BAD_DATA, "documents") from None
