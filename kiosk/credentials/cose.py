"""COSE_Sign1 (RFC 9052): taken apart, checked, and made.

Only what our codes need: ES256 and PS256 for health certificates, EdDSA for our own passes. The algorithm named in the
message must be the one that fits the key; the key is found by its id in a list of known signers, never in the message.
"""

from dataclasses import dataclass
from typing import Any

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from kiosk.credentials import cbor

ES256, EDDSA, PS256 = -7, -8, -37
_ALG, _KID = 1, 4
_TAG_SIGN1, _TAG_CWT = 18, 61

PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | Ed25519PublicKey


class BadCose(ValueError):
    """These bytes are no COSE_Sign1 message."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A message before anybody has checked it. `protected` is as received: the signature is over those very bytes."""

    protected: bytes
    alg: int | None
    kid: bytes | None
    payload: bytes
    signature: bytes


def parse(data: bytes) -> Signed:
    """The parts of a message that is tagged 18, or 61 around 18, or not tagged at all. Raise BadCose, BadCbor."""
    message = cbor.loads(data)
    if isinstance(message, cbor2.CBORTag) and message.tag == _TAG_CWT:
        message = message.value
        if not isinstance(message, cbor2.CBORTag):
            raise BadCose("a CWT tag around something unsigned")
    if isinstance(message, cbor2.CBORTag):
        if message.tag != _TAG_SIGN1:
            raise BadCose("not COSE_Sign1")
        message = message.value
    match message:
        case [bytes(protected), dict(unprotected), bytes(payload), bytes(signature)]:
            headers = _headers(protected)
        case _:
            raise BadCose("not the four parts of COSE_Sign1")
    # what is protected wins: the other map can be changed by anybody
    alg, kid = (headers.get(key, unprotected.get(key)) for key in (_ALG, _KID))
    if not isinstance(kid, bytes | None) or not isinstance(alg, int | None):
        raise BadCose("a header of the wrong type")
    return Signed(protected, alg, kid, payload, signature)


def verify(message: Signed, key: PublicKey) -> bool:
    """Whether this key made this signature. False as well for an algorithm that is not this key's."""
    signed = _to_be_signed(message.protected, message.payload)
    try:
        if message.alg == ES256 and isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(_der(message.signature), signed, ec.ECDSA(hashes.SHA256()))
        elif message.alg == PS256 and isinstance(key, rsa.RSAPublicKey):
            pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
            key.verify(message.signature, signed, pss, hashes.SHA256())
        elif message.alg == EDDSA and isinstance(key, Ed25519PublicKey):
            key.verify(message.signature, signed)
        else:
            return False
    except InvalidSignature:
        return False
    return True


def sign(payload: bytes, key: Ed25519PrivateKey, kid: bytes) -> bytes:
    """A tagged message over `payload`, EdDSA, with the id of the key where it is protected."""
    protected = cbor2.dumps({_ALG: EDDSA, _KID: kid})
    signature = key.sign(_to_be_signed(protected, payload))
    return cbor2.dumps(cbor2.CBORTag(_TAG_SIGN1, [protected, {}, payload, signature]))


def _headers(protected: bytes) -> dict[Any, Any]:
    headers = cbor.loads(protected) if protected else {}
    if not isinstance(headers, dict):
        raise BadCose("protected headers are no map")
    return headers


def _der(signature: bytes) -> bytes:
    """COSE writes r and s one after the other, in halves: a P-384 key with ES256 occurs, so 64 bytes is no rule."""
    half = len(signature) // 2
    r, s = signature[:half], signature[half:]
    return encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))


def _to_be_signed(protected: bytes, payload: bytes) -> bytes:
    return cbor2.dumps(["Signature1", protected, b"", payload])
