"""The project's own Pass: proof that its holder has declared, which any kiosk accepts with no network.

`VP1:` + base45( COSE_Sign1( CWT ) ), EdDSA, at most 350 characters. It holds a random id, when it begins and ends, the
holder's masked name, the version of the policy and the issuer's key id: no answers, no identifiers. Whose it is stands
in the event of the declaration, which carries the pass id. It opens nothing, and nobody who declared a risk gets one.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import base45
import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.credentials import cbor, cose, cwt, text
from kiosk.credentials.cwt import Claim
from kiosk.credentials.pass_issuers import MAX_DELEGATION, PassIssuer, kid_of
from kiosk.credentials.trust import TrustList
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
from kiosk.privacy.masking import mask_name

PREFIX = "VP1:"
MAX_CHARACTERS = 350
PASS_ID_BYTES = 16
MAX_HOLDER_CHARACTERS = 32
# Nothing about a person outlives 30 days here, and a delegate's pass not the time for which a key is lent.
MAX_VALIDITY = timedelta(days=30)
MAX_DELEGATED_VALIDITY = MAX_DELEGATION
# How far an issuer's clock may be ahead of this kiosk's.
CLOCK_TOLERANCE = timedelta(minutes=10)


class NotAPass(ValueError):
    """What follows the prefix is no pass."""


@dataclass(frozen=True, slots=True)
class Pass:
    """What a pass says. `holder` is masked; `pass_id` is 16 random bytes."""

    pass_id: bytes = field(repr=False)
    holder: str = field(repr=False)
    not_before: datetime
    not_after: datetime
    policy_version: int


def issue(
    key: Ed25519PrivateKey,
    *,
    pass_id: bytes,
    name: str,
    not_before: datetime,
    not_after: datetime,
    policy_version: int,
) -> str:
    """The text of a pass. `name` is masked here, so that no caller can forget it; `pass_id` comes from a random source.
    Raise ValueError for an id of another length or a time longer than any kiosk takes.
    """
    if len(pass_id) != PASS_ID_BYTES:
        raise ValueError(f"a pass id has {PASS_ID_BYTES} bytes")
    if not timedelta(0) < not_after - not_before <= MAX_VALIDITY:
        raise ValueError("a pass begins before it ends and lasts 30 days at most")
    claims = {
        Claim.ID: pass_id,
        Claim.ISSUED: int(not_before.timestamp()),
        Claim.EXPIRES: int(not_after.timestamp()),
        Claim.HOLDER: _short(mask_name(name)),
        Claim.POLICY: policy_version,
    }
    message = cose.sign(cbor2.dumps(claims), key, kid_of(key.public_key()))
    return PREFIX + str(base45.b45encode(message), "ascii")


def read(shown: str, trust: TrustList | None, now: datetime | None) -> Identity | NotPersonal:
    """Whom a text that begins with `VP1:` speaks of, and whether it is a pass that counts now."""
    try:
        message, said = unpack(shown)
    except NotAPass:
        return NotPersonal(NotPersonalReason.MALFORMED)
    issuer = trust.pass_issuers.get(message.kid) if trust and message.kid else None
    failure = _failure(message, said, issuer, trust, now)
    return Identity(
        kind=CodeKind.PASS,
        identifiers=(Identifier(Scheme.PASS, said.pass_id.hex()),),
        name=said.holder,
        proof=Proof(
            valid=failure is None,
            reason=failure,
            issuer=issuer.name if issuer else None,
            expires_at=said.not_after.isoformat(),
        ),
        policy_version=said.policy_version,
    )


def unpack(shown: str) -> tuple[cose.Signed, Pass]:
    """The message and what it says, with nothing checked but the form. Raise NotAPass."""
    if not shown.startswith(PREFIX) or len(shown) > MAX_CHARACTERS:
        raise NotAPass("prefix or length")
    try:
        message = cose.parse(base45.b45decode(shown.removeprefix(PREFIX).encode("ascii")))
        claims = cbor.loads(message.payload)
        return message, _said(claims)
    except ValueError as error:  # base45, CBOR, COSE and claims all end here
        raise NotAPass("not a signed pass") from error


def _said(claims: object) -> Pass:
    match claims:
        case {
            Claim.ID: bytes(pass_id),
            Claim.ISSUED: int(issued),
            Claim.EXPIRES: int(expires),
            Claim.HOLDER: str(holder),
            Claim.POLICY: int(policy_version),
        } if len(pass_id) == PASS_ID_BYTES and _is_holder(holder):
            return Pass(pass_id, holder, cwt.moment(issued), cwt.moment(expires), policy_version)
    raise NotAPass("not the claims of a pass")


def _failure(
    message: cose.Signed,
    said: Pass,
    issuer: PassIssuer | None,
    trust: TrustList | None,
    now: datetime | None,
) -> ProofFailure | None:
    """Why the pass does not count now, or None. The age of the list is no reason: a checkpoint may have no network for
    weeks, and the authority's key lives longer than that."""
    if trust is None:
        return ProofFailure.NO_TRUST_LIST
    if issuer is None:
        return ProofFailure.UNKNOWN_ISSUER
    if not cose.verify(message, issuer.key):
        return ProofFailure.BAD_SIGNATURE
    revoked = {issuer.kid, issuer.delegated_by} & trust.revoked_kids
    if revoked or said.pass_id in trust.revoked_pass_ids:
        return ProofFailure.REVOKED
    longest = MAX_VALIDITY if issuer.delegated_by is None else MAX_DELEGATED_VALIDITY
    if not issuer.may_issue_at(said.not_before) or said.not_after - said.not_before > longest:
        return ProofFailure.KEY_USAGE
    if now is None:
        return ProofFailure.NO_CLOCK
    if now + CLOCK_TOLERANCE < said.not_before:
        return ProofFailure.NOT_YET_VALID
    return ProofFailure.EXPIRED if now >= said.not_after else None


def _is_holder(holder: str) -> bool:
    return len(holder) <= MAX_HOLDER_CHARACTERS and text.is_plain(holder)


def _short(holder: str) -> str:
    """A long masked name keeps its end, which holds the initial of what a person is called."""
    if len(holder) <= MAX_HOLDER_CHARACTERS:
        return holder
    return "…" + holder[1 - MAX_HOLDER_CHARACTERS :]
