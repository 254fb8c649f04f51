"""The body of the document `keys`: whose receipts and commands count, and to which keys people are sealed.

All of them are 32 raw bytes in base64. Sealing keys rotate with overlap: each says from when it is used.
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kiosk.wire import signed, strict_json
from kiosk.wire.errors import Refusal, WireError
from kiosk.wire.rfc3339 import time_text

MAX_KEYS = 16
_RAW_BYTES = 32


@dataclass(frozen=True, slots=True)
class SealingKey:
    """An X25519 key to seal to, from `valid_from` on until a newer one begins."""

    public: X25519PublicKey
    valid_from: datetime

    @property
    def id(self) -> str:
        raw = self.public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        return hashlib.sha256(raw).hexdigest()[:16]


@dataclass(frozen=True)
class AuthorityKeys:
    """Verifying keys by their key id; sealing keys oldest first."""

    receipt: Mapping[str, Ed25519PublicKey] = field(default_factory=dict)
    command: Mapping[str, Ed25519PublicKey] = field(default_factory=dict)
    ingest: tuple[SealingKey, ...] = ()
    tracing: tuple[SealingKey, ...] = ()

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> "AuthorityKeys":
        """Raise WireError when the document's body does not hold what it must."""
        return cls(
            receipt=_verifying(body, "receipt"),
            command=_verifying(body, "command"),
            ingest=_sealing(body, "ingest"),
            tracing=_sealing(body, "tracing"),
        )

    def body(self) -> dict[str, Any]:
        return {
            "receipt": [{"key": _text(key)} for key in self.receipt.values()],
            "command": [{"key": _text(key)} for key in self.command.values()],
            "ingest": [_sealing_fields(key) for key in self.ingest],
            "tracing": [_sealing_fields(key) for key in self.tracing],
        }


def current(keys: Sequence[SealingKey], now: datetime) -> SealingKey | None:
    """The newest key whose time has come; with a clock that is behind all of them, the oldest. None without keys."""
    begun = [key for key in keys if key.valid_from <= now]
    return begun[-1] if begun else next(iter(keys), None)


def _verifying(body: Mapping[str, Any], name: str) -> dict[str, Ed25519PublicKey]:
    keys = [Ed25519PublicKey.from_public_bytes(_raw(one)) for one in _list(body, name)]
    return signed.by_id(keys)


def _sealing(body: Mapping[str, Any], name: str) -> tuple[SealingKey, ...]:
    keys = [
        SealingKey(X25519PublicKey.from_public_bytes(_raw(one)), strict_json.time_of(one, "from"))
        for one in _list(body, name)
    ]
    return tuple(sorted(keys, key=lambda key: key.valid_from))


def _list(body: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = body.get(name)
    if not isinstance(found, list) or len(found) > MAX_KEYS:
        raise WireError(Refusal.BAD_DATA, name)
    if not all(isinstance(one, dict) for one in found):
        raise WireError(Refusal.BAD_DATA, name)
    return found


def _raw(one: Mapping[str, Any]) -> bytes:
    text = strict_json.text_of(one, "key", Refusal.BAD_DATA)
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise WireError(Refusal.BAD_DATA, "key") from None
    if len(raw) != _RAW_BYTES:
        raise WireError(Refusal.BAD_DATA, "key")
    return raw


def _text(key: Ed25519PublicKey | X25519PublicKey) -> str:
    return base64.b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode("ascii")


def _sealing_fields(key: SealingKey) -> dict[str, str]:
    return {"key": _text(key.public), "from": time_text(key.valid_from.astimezone(UTC))}
