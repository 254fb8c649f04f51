"""The EU digital COVID certificate and its like: `HC1:` + base45( zlib( COSE_Sign1( CWT ) ) ).

Genuine means: signed by somebody on the trust list, for this kind of statement, in force now. It does not say that the
certificate belongs to whoever holds it up, and it is no health declaration.
Format: EU DCC specification 1.3, RFC 9285 (base45), RFC 8392 (CWT); traps and measurements in docs/codes.md.
"""

import zlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import base45

from kiosk.credentials import birth, cbor, cose, cwt, identity_checks, text
from kiosk.credentials.cwt import Claim
from kiosk.credentials.dcc_content import Content, content_of
from kiosk.credentials.trust import Signer, TrustList
from kiosk.domain.identity import (
    CodeKind,
    Identifier,
    Identity,
    NotPersonal,
    NotPersonalReason,
    Proof,
    ProofFailure,
    Scheme,
)

PREFIX = "HC1:"
# A code of 3,000 bytes carries 2,000; real certificates inflate to under 2,000. More than this is a bomb.
MAX_INFLATED_BYTES = 64 * 1024
_EU_V1 = 1
_MAX_ISSUER_CHARACTERS = 40


class NotACertificate(ValueError):
    """What follows the prefix is no health certificate; the message names the layer that failed."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What the signature is over. Times are UTC, None when the certificate states none."""

    issuer: str | None
    issued_at: datetime | None
    expires_at: datetime | None
    certificate: dict[Any, Any] = field(repr=False)


def read(shown: str, trust: TrustList | None, now: datetime | None) -> Identity | NotPersonal:
    """Whom a text that begins with `HC1:` speaks of, and what its signature is worth now."""
    try:
        message = cose.parse(inflate(unbase45(shown)))
        claims = claims_of(message.payload)
    except (NotACertificate, cose.BadCose, cbor.BadCbor, cwt.BadClaim):
        return NotPersonal(NotPersonalReason.MALFORMED)
    content = content_of(claims.certificate)
    signer = signer_of(message, trust)
    failure = _failure(message, claims, content, signer, trust, now)
    proof = Proof(
        valid=failure is None,
        reason=failure,
        issuer=claims.issuer,
        expires_at=claims.expires_at.isoformat() if claims.expires_at else None,
    )
    if content is None:
        return Identity(CodeKind.DCC, (), proof=proof)
    born = birth.from_iso(content.birth) or birth.Birth("", odd=content.birth != "")
    return Identity(
        kind=CodeKind.DCC,
        identifiers=(Identifier(Scheme.CERTIFICATE, content.certificate_id),),
        name=content.name,
        birth=born.value,
        warnings=identity_checks.of_birth(born.value, odd=born.odd, now=now)
        + _of_signer(signer, now),
        proof=proof,
    )


def unbase45(shown: str) -> bytes:
    """The compressed message. Raise NotACertificate."""
    if not shown.startswith(PREFIX):
        raise NotACertificate("prefix")
    try:
        return bytes(base45.b45decode(shown.removeprefix(PREFIX).encode("ascii")))
    except ValueError as error:
        raise NotACertificate("base45") from error


def inflate(compressed: bytes) -> bytes:
    """The COSE message, whole and with nothing after it. Raise NotACertificate."""
    stream = zlib.decompressobj()
    try:
        inflated = stream.decompress(compressed, MAX_INFLATED_BYTES)
    except zlib.error as error:
        raise NotACertificate("zlib") from error
    if not stream.eof or stream.unused_data:
        raise NotACertificate("zlib: cut, too long, or followed by something")
    return inflated


def claims_of(payload: bytes) -> Claims:
    """The claims, each of the type it must have. Raise NotACertificate, BadCbor, BadClaim."""
    claims = cbor.loads(payload)
    if not isinstance(claims, dict):
        raise NotACertificate("claims are no map")
    health = claims.get(Claim.HEALTH)
    certificate = health.get(_EU_V1) if isinstance(health, dict) else None
    if not isinstance(certificate, dict):
        raise NotACertificate("no certificate in the claims")
    issuer = claims.get(Claim.ISSUER)
    if issuer is not None and not _is_issuer(issuer):
        raise NotACertificate("an issuer of the wrong type")
    return Claims(
        issuer=issuer,
        issued_at=cwt.moment_if_any(claims.get(Claim.ISSUED)),
        expires_at=cwt.moment_if_any(claims.get(Claim.EXPIRES)),
        certificate=cbor.plain(certificate),
    )


def signer_of(message: cose.Signed, trust: TrustList | None) -> Signer | None:
    """The signer whom the message names, if the list knows it. The name alone proves nothing."""
    if trust is None or message.kid is None:
        return None
    return trust.signers.get(message.kid)


def _failure(
    message: cose.Signed,
    claims: Claims,
    content: Content | None,
    signer: Signer | None,
    trust: TrustList | None,
    now: datetime | None,
) -> ProofFailure | None:
    """Why the certificate is not to be believed now, or None. What no list can mend comes first."""
    if content is None:
        return ProofFailure.BAD_CONTENT
    if trust is None:
        return ProofFailure.NO_TRUST_LIST
    if signer is None:
        return ProofFailure.UNKNOWN_ISSUER
    if not cose.verify(message, signer.key):
        return ProofFailure.BAD_SIGNATURE
    if signer.kid in trust.revoked_kids:
        return ProofFailure.REVOKED
    if content.kind not in signer.kinds:
        return ProofFailure.KEY_USAGE
    if now is None:
        return ProofFailure.NO_CLOCK
    if claims.issued_at is not None and now < claims.issued_at:
        return ProofFailure.NOT_YET_VALID
    if claims.expires_at is not None and now >= claims.expires_at:
        return ProofFailure.EXPIRED
    return ProofFailure.OLD_TRUST_LIST if trust.is_old(now) else None


def _of_signer(signer: Signer | None, now: datetime | None) -> tuple[str, ...]:
    """Who is on the list counts, so this is a remark only: the list is older than it should be."""
    ended = signer is not None and now is not None and now > signer.expires_at
    return ("signer_certificate_ended",) if ended else ()


def _is_issuer(issuer: object) -> bool:
    return (
        isinstance(issuer, str) and len(issuer) <= _MAX_ISSUER_CHARACTERS and text.is_plain(issuer)
    )
