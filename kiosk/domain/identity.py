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


@dataclass(frozen=True, slots=True)
class Proof:
    """What a signature inside the code is worth, checked with no network.

    `reason` is a code in lower_snake_case (`expired`, `unknown_issuer`, `bad_signature` ...), None when valid.
    `expires_at` is ISO 8601 UTC, or None when the code states no end.
    """

    valid: bool
    reason: str | None = None
    issuer: str | None = None
    expires_at: str | None = None


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


@dataclass(frozen=True, slots=True)
class NotPersonal:
    """A code that speaks of nobody, and why."""

    reason: NotPersonalReason
