"""CBOR Web Token (RFC 8392): the claims our codes use, and times as strangers write them."""

from datetime import UTC, datetime


class Claim:
    """Keys of a token's map."""

    ISSUER = 1
    SUBJECT = 2
    EXPIRES = 4
    ISSUED = 6
    ID = 7
    CONFIRMATION = 8  # a key of the subject, RFC 8747
    HEALTH = -260  # the health certificates of the EU
    # private use, below -65536
    HOLDER = -70001
    POLICY = -70002


class BadClaim(ValueError):
    """A claim of the wrong type, or a time that does not exist."""


def moment(claim: object) -> datetime:
    """A time claim as UTC: seconds since 1970, whole or broken, or a tagged date. Raise BadClaim."""
    try:
        if isinstance(claim, datetime):
            return (claim if claim.tzinfo else claim.replace(tzinfo=UTC)).astimezone(UTC)
        if isinstance(claim, int | float) and not isinstance(claim, bool):
            return datetime.fromtimestamp(claim, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise BadClaim("a time that does not exist") from error
    raise BadClaim("a time of the wrong type")


def moment_if_any(claim: object) -> datetime | None:
    """The same for a claim that may be absent."""
    return None if claim is None else moment(claim)
