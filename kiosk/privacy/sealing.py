"""Seals what says who a person is, in memory, before anything is stored. The kiosk cannot open it again.

HPKE in base mode (RFC 9180): X25519, HKDF-SHA256, AES-128-GCM, the encapsulated key in front. `cryptography` has no
`aad`, so the event is bound through `info`: a part that was moved to another event does not open.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from kiosk.wire.data import Sealed
from kiosk.wire.keys import SealingKey

_SCHEMA = "entrance/v1/sealed"


class SealError(Exception):
    """It was sealed to another key or for another event, or it was altered: nothing tells these apart."""


class Part(StrEnum):
    LINK = "link"  # identifiers, to the ingest key
    CONTACT = "contact"  # name, phone, address, answers, to the tracing key


@dataclass(frozen=True, slots=True)
class Context:
    """The event that a part belongs to, and to no other."""

    event_id: str
    kiosk: str
    stream: str
    seq: int


def seal(part: Part, plain: bytes, key: SealingKey, context: Context) -> Sealed:
    """48 bytes longer than `plain`."""
    return Sealed(key.id, _suite().encrypt(plain, key.public, info=_info(part, context)))


def opened(part: Part, sealed: Sealed, private: X25519PrivateKey, context: Context) -> bytes:
    """Raise SealError, which says nothing of the content."""
    try:
        return bytes(_suite().decrypt(sealed.ciphertext, private, info=_info(part, context)))
    except (InvalidTag, ValueError):
        raise SealError(f"the sealed {part} does not open with this key for this event") from None


@cache
def _suite() -> Suite:
    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_128_GCM)


def _info(part: Part, context: Context) -> bytes:
    fields = (
        *(_SCHEMA, part, context.event_id),
        *(context.kiosk, context.stream, str(context.seq)),
    )
    return "\0".join(fields).encode("ascii")
