"""The code by which a technician's phone tells a new kiosk where it belongs: shown by the registry, read by the kiosk.

`VE1:` + base45 of: version (1 byte), when it ends (4, seconds since 1970), the authority's fingerprint (32, SHA-256 of
its certificate in DER), the token (16), three texts each after its length (1 byte): the collector's address, venue,
kiosk; the signer's Ed25519 public key (32); its signature (64) over `entrance/v1/enrolment`, a NUL and all before it.

The key comes with the code, so the signature shows that the code is whole and unchanged, not who made it: for that the
kiosk compares the fingerprint with what the collector shows it, and people compare the check words.
"""

import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime

import base45
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.wire.errors import Refusal, WireError

PREFIX = "VE1:"
MAX_CHARACTERS = 600
FINGERPRINT_BYTES, TOKEN_BYTES = 32, 16
_VERSION = 1
_KEY_BYTES, _SIGNATURE_BYTES = 32, 64
_HEAD = struct.Struct(f">BI{FINGERPRINT_BYTES}s{TOKEN_BYTES}s")
_TEXTS = 3
_PURPOSE = b"entrance/v1/enrolment\0"


@dataclass(frozen=True, slots=True)
class EnrolmentCode:
    """`address` is the collector's, `https://...`; the token is a secret until it is used."""

    address: str
    venue: str
    kiosk: str
    fingerprint: bytes
    expires_at: datetime
    token: bytes = field(repr=False)


def encode(code: EnrolmentCode, key: Ed25519PrivateKey) -> str:
    """Raise WireError(too_large) when it would not be read by a kiosk's camera."""
    seconds = int(code.expires_at.timestamp())
    head = _HEAD.pack(_VERSION, seconds, code.fingerprint, code.token)
    texts = [text.encode("utf-8") for text in (code.address, code.venue, code.kiosk)]
    if max(map(len, texts)) > 255:
        raise WireError(Refusal.TOO_LARGE)
    body = head + b"".join(bytes([len(text)]) + text for text in texts)
    body += key.public_key().public_bytes_raw()
    text = PREFIX + str(base45.b45encode(body + key.sign(_PURPOSE + body)), "ascii")
    if len(text) > MAX_CHARACTERS:
        raise WireError(Refusal.TOO_LARGE)
    return text


def decode(text: str) -> EnrolmentCode:
    """Raise WireError and nothing else. Whether it is over is for the caller to say, by a clock it trusts."""
    if len(text) > MAX_CHARACTERS:
        raise WireError(Refusal.TOO_LARGE)
    if not text.startswith(PREFIX):
        raise WireError(Refusal.BAD_DATA)
    try:
        whole = base45.b45decode(text.removeprefix(PREFIX))
    except ValueError:
        raise WireError(Refusal.BAD_DATA) from None
    body, signature = whole[:-_SIGNATURE_BYTES], whole[-_SIGNATURE_BYTES:]
    if len(body) < _HEAD.size + _TEXTS + _KEY_BYTES:
        raise WireError(Refusal.BAD_DATA)
    try:
        public = Ed25519PublicKey.from_public_bytes(body[-_KEY_BYTES:])
        public.verify(signature, _PURPOSE + body)
    except (ValueError, InvalidSignature):
        raise WireError(Refusal.BAD_SIGNATURE) from None
    version, seconds, fingerprint, token = _HEAD.unpack_from(body)
    if version != _VERSION:
        raise WireError(Refusal.BAD_VERSION)
    address, venue, kiosk = _texts(body[_HEAD.size : -_KEY_BYTES])
    expires_at = datetime.fromtimestamp(seconds, UTC)
    return EnrolmentCode(address, venue, kiosk, fingerprint, expires_at, token)


def _texts(part: bytes) -> list[str]:
    found = []
    for _ in range(_TEXTS):
        length = part[0] if part else 0
        text, part = part[1 : 1 + length], part[1 + length :]
        try:
            found.append(text.decode("utf-8"))
        except UnicodeDecodeError:
            raise WireError(Refusal.BAD_TEXT) from None
        if len(text) != length or not found[-1].isprintable():
            raise WireError(Refusal.BAD_TEXT)
    if part:
        raise WireError(Refusal.BAD_DATA)
    return found
