"""A text and the signature over it: what the authority or the collector says, whoever carries it.

Ed25519 over `entrance/v1/<purpose>`, a NUL and the text: a receipt can never pass for a command. The text travels as
one JSON string, so that nothing has to be written twice in the same way to be checked.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from enum import StrEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kiosk.wire import strict_json
from kiosk.wire.errors import Refusal, WireError

CONTENT_TYPE = "application/json"
# around the text: names, key id, signature, and the text's quotes doubled at the worst
_ENVELOPE_BYTES = 256


class Purpose(StrEnum):
    RECEIPT = "receipt"
    COMMAND = "command"
    DOCUMENT = "document"
    UPDATE = "update"  # a release of the program


def key_id(public: Ed25519PublicKey) -> str:
    """The first 8 bytes of SHA-256 over the raw public key, in hexadecimal."""
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:16]


def by_id(keys: Iterable[Ed25519PublicKey]) -> dict[str, Ed25519PublicKey]:
    return {key_id(key): key for key in keys}


def sign(text: bytes, purpose: Purpose, key: Ed25519PrivateKey) -> bytes:
    """The envelope. `text` is UTF-8."""
    signature = key.sign(_statement(purpose, text))
    return strict_json.dumps(
        {
            "signed": text.decode("utf-8"),
            "key": key_id(key.public_key()),
            "signature": base64.b64encode(signature).decode("ascii"),
        },
        max_bytes=2 * len(text) + _ENVELOPE_BYTES,
    )


def verified(
    payload: bytes,
    purpose: Purpose,
    keys: Mapping[str, Ed25519PublicKey],
    max_bytes: int = strict_json.MAX_BYTES,
) -> bytes:
    """The text of an envelope that one of `keys`, by key id, has signed for this purpose.

    Raise WireError and nothing else: `unknown_key`, `bad_signature`, or what is wrong with the envelope.
    """
    fields = strict_json.loads(payload, max_bytes=2 * max_bytes + _ENVELOPE_BYTES)
    text = strict_json.text_of(fields, "signed", Refusal.BAD_SIGNATURE, max_bytes).encode("utf-8")
    key = keys.get(strict_json.text_of(fields, "key", Refusal.UNKNOWN_KEY))
    if key is None:
        raise WireError(Refusal.UNKNOWN_KEY, "key")
    try:
        signature = base64.b64decode(
            strict_json.text_of(fields, "signature", Refusal.BAD_SIGNATURE), validate=True
        )
        key.verify(signature, _statement(purpose, text))
    except (binascii.Error, ValueError, InvalidSignature):
        raise WireError(Refusal.BAD_SIGNATURE, "signature") from None
    return text


def _statement(purpose: Purpose, text: bytes) -> bytes:
    return b"entrance/v1/" + purpose.encode("ascii") + b"\0" + text
