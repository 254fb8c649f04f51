"""What the documents that come down say, kind by kind. docs/wire.md describes each body.

A body is checked when its document comes: one that is signed and does not hold together is refused as well, and the
one before stays.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from kiosk import settings
from kiosk.config import Config, KioskSettings
from kiosk.credentials.trust import BadCertificate, TrustList, trust_list
from kiosk.domain.policy import Policy
from kiosk.errors import ConfigError
from kiosk.questions.load import QuestionsError, parse
from kiosk.questions.shape import QuestionSet
from kiosk.wire import strict_json, updates
from kiosk.wire.documents import Document, DocumentKind
from kiosk.wire.errors import Refusal, WireError
from kiosk.wire.keys import AuthorityKeys

# which settings of docs/settings.md may come from afar: none that could cut the kiosk off
HANDED_DOWN: Mapping[str, frozenset[str]] = {
    "kiosk": frozenset({"door", "venue_name"}),
    "screen": frozenset({"near_communes", "preview"}),
    "voice": frozenset({"on", "languages", "volume_percent"}),
    "printer": frozenset({"automatic"}),
    "staff": frozenset({"occupancy_limit"}),
    "passes": frozenset({"valid_h"}),
}
_MAX_REVOKED = 10_000
_PASS_ID_BYTES, _KEY_ID_BYTES = 16, 8


@dataclass(frozen=True, slots=True)
class Pace:
    """How the uplink is to spread its work; None where the policy does not say."""

    spread_s: float | None = None
    resend_s: float | None = None


@dataclass(frozen=True, slots=True)
class Revoked:
    key_ids: frozenset[bytes] = frozenset()
    pass_ids: frozenset[bytes] = frozenset()


def check(document: Document) -> None:
    """Raise WireError(bad_data) for a body that could not be used."""
    reader = _READERS.get(document.kind)
    if reader is not None:
        reader(document)


def policy(document: Document | None, before: Policy) -> Policy:
    """`before` with what the document says. Its version becomes the policy's."""
    if document is None:
        return before
    body = document.body
    return replace(
        before,
        version=document.version,
        declaration_validity=timedelta(
            hours=_within(body, "declaration_valid_h", 0.1, 720, _hours(before))
        ),
        repeat_window=timedelta(
            seconds=_within(body, "repeat_window_s", 1, 3600, before.repeat_window.total_seconds())
        ),
        amend_window=timedelta(
            seconds=_within(body, "amend_window_s", 1, 7200, before.amend_window.total_seconds())
        ),
        paper_kept=timedelta(
            days=_within(body, "paper_days", 1, 30, before.paper_kept / timedelta(days=1))
        ),
        min_questions_version=_version(body, "min_questions_version", before.min_questions_version),
        min_pass_policy_version=_version(
            body, "min_pass_policy_version", before.min_pass_policy_version
        ),
    )


def pace(document: Document | None) -> Pace:
    if document is None:
        return Pace()
    return Pace(
        spread_s=_maybe_within(document.body, "spread_s", 0.1, 3600),
        resend_s=_maybe_within(document.body, "resend_s", 0.5, 3600),
    )


def trust(document: Document, own_delegations: list[bytes], revoked: Revoked) -> TrustList:
    """The trust list, as old as its document, and with what has been revoked since."""
    certificates = _blobs(document.body, "certificates")
    delegations = _blobs(document.body, "delegations")
    try:
        return trust_list(
            certificates,
            document.issued_at,
            delegations=[*delegations, *own_delegations],
            revoked_kids=revoked.key_ids,
            revoked_pass_ids=revoked.pass_ids,
        )
    except BadCertificate:
        raise WireError(Refusal.BAD_DATA, "certificates") from None


def revoked(document: Document | None) -> Revoked:
    if document is None:
        return Revoked()
    return Revoked(
        key_ids=_hex_set(document.body, "keys", _KEY_ID_BYTES),
        pass_ids=_hex_set(document.body, "passes", _PASS_ID_BYTES),
    )


def questions(document: Document | None) -> QuestionSet | None:
    """None for the set that this kiosk is shipped with."""
    if document is None:
        return None
    try:
        return parse(dict(document.body), Path("questions"))
    except QuestionsError:
        raise WireError(Refusal.BAD_DATA, "questions") from None


def settled(document: Document | None, config: Config) -> Config:
    """`config` with the settings that the document names in place of its own. Raise WireError(bad_data)."""
    if document is None:
        return config
    for table, values in document.body.items():
        known = HANDED_DOWN.get(table, frozenset())
        if not isinstance(values, dict) or not values.keys() <= known:
            raise WireError(Refusal.BAD_DATA, "settings")
    try:
        return settings.overlay(config, document.body, Path("settings"))
    except ConfigError:
        raise WireError(Refusal.BAD_DATA, "settings") from None


_READERS: dict[DocumentKind, Callable[[Document], object]] = {
    DocumentKind.KEYS: lambda document: AuthorityKeys.from_body(document.body),
    DocumentKind.POLICY: lambda document: (policy(document, Policy()), pace(document)),
    DocumentKind.TRUST: lambda document: trust(document, [], Revoked()),
    DocumentKind.REVOCATIONS: revoked,
    DocumentKind.QUESTIONS: questions,
    DocumentKind.UPDATE: lambda document: updates.rollout_of(document.body),
    DocumentKind.SETTINGS: lambda document: settled(document, Config(KioskSettings("any"))),
}


def _hours(policy: Policy) -> float:
    return policy.declaration_validity.total_seconds() / 3600


def _within(body: Mapping[str, Any], name: str, low: float, high: float, otherwise: float) -> float:
    found = _maybe_within(body, name, low, high)
    return otherwise if found is None else found


def _maybe_within(body: Mapping[str, Any], name: str, low: float, high: float) -> float | None:
    if name not in body:
        return None
    value = strict_json.number_of(body, name, Refusal.BAD_DATA)
    if not low <= value <= high:
        raise WireError(Refusal.BAD_DATA, name)
    return value


def _version(body: Mapping[str, Any], name: str, otherwise: int) -> int:
    return strict_json.whole_of({name: otherwise, **body}, name, Refusal.BAD_DATA)


def _blobs(body: Mapping[str, Any], name: str) -> list[bytes]:
    found = body.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise WireError(Refusal.BAD_DATA, name)
    try:
        return [base64.b64decode(one, validate=True) for one in found]
    except (binascii.Error, ValueError):
        raise WireError(Refusal.BAD_DATA, name) from None


def _hex_set(body: Mapping[str, Any], name: str, size: int) -> frozenset[bytes]:
    found = body.get(name, [])
    if not isinstance(found, list) or len(found) > _MAX_REVOKED:
        raise WireError(Refusal.BAD_DATA, name)
    try:
        raw = frozenset(bytes.fromhex(one) for one in found)
    except (TypeError, ValueError):
        raise WireError(Refusal.BAD_DATA, name) from None
    if any(len(one) != size for one in raw):
        raise WireError(Refusal.BAD_DATA, name)
    return raw
