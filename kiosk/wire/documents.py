"""What the authority hands down to its kiosks: policy, trust, keys and the like. Signed, numbered, retained.

A kiosk takes a document only when its version is higher than the one it has; the last good one is kept for ever.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.wire import signed, strict_json
from kiosk.wire.errors import Refusal, WireError
from kiosk.wire.rfc3339 import time_text
from kiosk.wire.signed import Purpose
from kiosk.wire.topics import KIOSK_ID

# a national trust list of 200 certificates is about 200 kB
MAX_BYTES = 262_144
MAX_DEPTH = 12


class DocumentKind(StrEnum):
    KEYS = "keys"  # whose receipts and commands count, and to whom people are sealed
    POLICY = "policy"
    TRUST = "trust"  # whose certificates and passes count
    REVOCATIONS = "revocations"  # passes and issuers that no longer count
    QUESTIONS = "questions"
    TAGS = "tags"  # which tags there are to fetch
    UPDATE = "update"  # which release of the program, and for how many
    SETTINGS = "settings"  # of one kiosk


SHARED = tuple(kind for kind in DocumentKind if kind is not DocumentKind.SETTINGS)


@dataclass(frozen=True, slots=True)
class Document:
    """`kiosk` is empty for what speaks to all."""

    kind: DocumentKind
    version: int  # from 1, rises for ever
    issued_at: datetime  # UTC, aware
    body: Mapping[str, Any]
    kiosk: str = ""


def sign(document: Document, key: Ed25519PrivateKey) -> bytes:
    """The bytes to publish. Raise WireError for a document that `verified` would refuse."""
    message: dict[str, Any] = {
        "kind": document.kind,
        "version": document.version,
        "issued": time_text(document.issued_at),
        "body": dict(document.body),
    }
    if document.kiosk:
        message["kiosk"] = document.kiosk
    _parse(message)
    return signed.sign(strict_json.dumps(message, max_bytes=MAX_BYTES), Purpose.DOCUMENT, key)


def verified(payload: bytes, keys: Mapping[str, Ed25519PublicKey]) -> Document:
    """Raise WireError, and nothing else, for what no key of `keys` has signed or what is no document."""
    text = signed.verified(payload, Purpose.DOCUMENT, keys, MAX_BYTES)
    return _parse(strict_json.loads(text, max_bytes=MAX_BYTES, max_depth=MAX_DEPTH))


def _parse(fields: Mapping[str, Any]) -> Document:
    kind = fields.get("kind")
    if kind not in tuple(DocumentKind):
        raise WireError(Refusal.BAD_TYPE, "kind")
    body = fields.get("body")
    if not isinstance(body, dict):
        raise WireError(Refusal.BAD_DATA, "body")
    kiosk = fields.get("kiosk", "")
    if not isinstance(kiosk, str) or (kiosk and not KIOSK_ID.fullmatch(kiosk)):
        raise WireError(Refusal.WRONG_KIOSK, "kiosk")
    if bool(kiosk) != (kind == DocumentKind.SETTINGS):
        raise WireError(Refusal.WRONG_KIOSK, "kiosk")
    return Document(
        kind=DocumentKind(kind),
        version=strict_json.whole_of(fields, "version", Refusal.BAD_VERSION, low=1),
        issued_at=strict_json.time_of(fields, "issued"),
        body=body,
        kiosk=kiosk,
    )
