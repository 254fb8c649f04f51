"""Who a code speaks of.

A parser in `kiosk.credentials` turns the bytes of a code into an `Identity`, or into `NotPersonal` with
the reason. Both are values; nothing here looks anything up.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class CodeKind(StrEnum):
    """The personal codes a visitor here may hold up (facts: docs/codes.md)."""

    CCCD = "cccd"  # chip citizen card of 2021
    CAN_CUOC = "can_cuoc"  # its successor of July 2024
    NATIONAL_QR = "national_qr"  # national unified personal QR, v1.1
    BHYT = "bhyt"  # health-insurance card
    DCC = "dcc"  # EU digital COVID certificate, HC1:
    PASS = "pass"  # the project's own signed pass
    FORM = "form"  # no code at all: somebody at the touch form
    PAPER = "paper"  # no code: a form on paper, typed in later


class NotPersonalReason(StrEnum):
    """Why a code speaks of nobody. Each has its own words on the screen."""

    PLACE = "place"  # a venue's own code
    PAYMENT = "payment"  # EMV / VietQR
    WIFI = "wifi"
    WEB = "web"
    CONTACT = "contact"
    HEALTH_CARD = "health_card"  # SMART Health Card: known, not taken here
    UNREADABLE = "unreadable"  # bytes that are no text
    MALFORMED = "malformed"  # begins like a personal code, but does not hold together
    UNKNOWN = "unknown"


class Scheme(StrEnum):
    """Who issued an identifier, and therefore what it may be compared with."""

    CCCD = "cccd"  # 12-digit personal number
    CMND = "cmnd"  # 9-digit number of the older card
    PASSPORT = "passport"
    QID = "qid"  # id given by the national platform
    BHYT = "bhyt"  # last ten digits of the insurance number
    CERTIFICATE = "certificate"  # id inside a signed certificate
    PASS = "pass"  # random id of a pass


@dataclass(frozen=True, slots=True)
class Identifier:
    """One number by which somebody is known. `value` never leaves the process in clear."""

    scheme: Scheme
    value: str = field(repr=False)


class Sex(StrEnum):
    MALE = "male"
    FEMALE = "female"
    OTHER = "other"
    UNKNOWN = "unknown"


class ProofFailure(StrEnum):
    """Why a proof does not hold: because of the code, or because it cannot be checked here and now."""

    BAD_SIGNATURE = "bad_signature"
    BAD_CONTENT = "bad_content"  # signed or not, what it says does not follow its own format
    KEY_USAGE = "key_usage"  # a genuine signer, but not for this kind of statement
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    REVOKED = "revoked"
    UNKNOWN_ISSUER = "unknown_issuer"  # the signer is not on the trust list
    NO_TRUST_LIST = "no_trust_list"
    OLD_TRUST_LIST = "old_trust_list"
    NO_CLOCK = "no_clock"  # it is not known what time it is


CANNOT_CHECK = frozenset(
    {
        ProofFailure.UNKNOWN_ISSUER,
        ProofFailure.NO_TRUST_LIST,
        ProofFailure.OLD_TRUST_LIST,
        ProofFailure.NO_CLOCK,
    }
)


@dataclass(frozen=True, slots=True)
class Proof:
    """What a signature inside the code is worth, checked with no network.

    `reason` is a `ProofFailure`, None when valid. `expires_at` is ISO 8601 UTC, or None when the code states no end.
    """

    valid: bool
    reason: str | None = None
    issuer: str | None = None
    expires_at: str | None = None

    @property
    def refuted(self) -> bool:
        """Whether the code itself is bad. What merely cannot be checked now is never called invalid."""
        return not self.valid and self.reason not in CANNOT_CHECK


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody, as one code tells it.

    `identifiers` is ordered: the first is the one to key this person by. `birth` is `YYYY`, `YYYY-MM`,
    `YYYY-MM-DD`, or empty: a partial date stays partial. `warnings` are soft remarks for staff, never a refusal.
    Personal fields stay out of `repr`, so that no log line or traceback can carry them.
    """

    kind: CodeKind
    identifiers: tuple[Identifier, ...]
    name: str = field(default="", repr=False)
    birth: str = field(default="", repr=False)
    sex: Sex = field(default=Sex.UNKNOWN, repr=False)
    address: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    by_proxy: bool = False  # the code was made by somebody else for this person
    warnings: tuple[str, ...] = ()
    proof: Proof | None = None
    policy_version: int | None = None  # of a pass: the policy under which its holder declared


@dataclass(frozen=True, slots=True)
class NotPersonal:
    """A code that speaks of nobody, and why."""

    reason: NotPersonalReason
