"""Who may issue passes: the authority, and kiosks to whom it has lent that right for a while.

A delegation is a CWT in a COSE_Sign1 of the authority: its subject is the venue, it was issued at most 72 hours before
it expires, and it confirms the kiosk's key (RFC 8747). It travels with the trust list and not inside the pass: two
signatures and a key take 160 bytes, and no pass would fit the 350 characters that it may have.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.credentials import cbor, cose, cwt
from kiosk.credentials.cwt import Claim

MAX_DELEGATION = timedelta(hours=72)
MAX_VENUE_CHARACTERS = 64
_KID_BYTES = 8
# a COSE_Key (RFC 9053): octet key pair, curve Ed25519, its public part under -2
_COSE_KEY, _X = 1, -2
_ED25519 = {1: 1, -1: 6}


class BadDelegation(ValueError):
    """Not a delegation, not by a known authority, or for longer than allowed."""


@dataclass(frozen=True, slots=True)
class PassIssuer:
    """Whoever holds the key to `kid`. A delegate has its venue's name and the time within which it may issue."""

    kid: bytes
    key: Ed25519PublicKey
    name: str
    not_before: datetime | None = None
    not_after: datetime | None = None
    delegated_by: bytes | None = None  # kid of the authority

    def may_issue_at(self, moment: datetime) -> bool:
        if self.not_before is None or self.not_after is None:
            return True
        return self.not_before <= moment < self.not_after


def kid_of(key: Ed25519PublicKey) -> bytes:
    """The first eight bytes of SHA-256 over the raw public key."""
    return hashlib.sha256(key.public_bytes_raw()).digest()[:_KID_BYTES]


def authority(key: Ed25519PublicKey, name: str) -> PassIssuer:
    return PassIssuer(kid_of(key), key, name)


def delegate(
    authority_key: Ed25519PrivateKey,
    kiosk_key: Ed25519PublicKey,
    *,
    venue: str,
    not_before: datetime,
    not_after: datetime,
) -> bytes:
    """The authority's word that this key may issue passes for this venue in this time. Raise BadDelegation."""
    _check_terms(venue, not_before, not_after)
    claims = {
        Claim.SUBJECT: venue,
        Claim.EXPIRES: int(not_after.timestamp()),
        Claim.ISSUED: int(not_before.timestamp()),
        Claim.CONFIRMATION: {_COSE_KEY: {**_ED25519, _X: kiosk_key.public_bytes_raw()}},
    }
    return cose.sign(cbor2.dumps(claims), authority_key, kid_of(authority_key.public_key()))


def accept(delegation: bytes, authorities: Iterable[PassIssuer]) -> PassIssuer:
    """The issuer that a delegation makes, once its signature by one of these authorities holds. Raise BadDelegation."""
    try:
        message = cose.parse(delegation)
        claims = cbor.loads(message.payload)
        lender = _lender(message, authorities)
        venue, key = _venue_and_key(claims)
        not_before, not_after = (cwt.moment(claims.get(c)) for c in (Claim.ISSUED, Claim.EXPIRES))
    except (cose.BadCose, cbor.BadCbor, cwt.BadClaim) as error:
        raise BadDelegation("not a signed delegation") from error
    _check_terms(venue, not_before, not_after)
    return PassIssuer(kid_of(key), key, venue, not_before, not_after, lender.kid)


def _lender(message: cose.Signed, authorities: Iterable[PassIssuer]) -> PassIssuer:
    for lender in authorities:
        # what is lent cannot be lent on
        named = lender.kid == message.kid and lender.delegated_by is None
        if named and cose.verify(message, lender.key):
            return lender
    raise BadDelegation("not signed by an authority known here")


def _venue_and_key(claims: Any) -> tuple[str, Ed25519PublicKey]:
    match claims:
        case {
            Claim.SUBJECT: str(venue),
            Claim.CONFIRMATION: {1: {1: 1, -1: 6, -2: bytes(raw)}},
        } if len(raw) == 32:
            return venue, Ed25519PublicKey.from_public_bytes(raw)
    raise BadDelegation("names no venue or no key")


def _check_terms(venue: str, not_before: datetime, not_after: datetime) -> None:
    if not 0 < len(venue) <= MAX_VENUE_CHARACTERS:
        raise BadDelegation("a delegation names its venue")
    if not timedelta(0) < not_after - not_before <= MAX_DELEGATION:
        raise BadDelegation("a delegation lasts 72 hours at most")
