"""`kiosk identify`: what a code is and whom it speaks of, masked unless asked to reveal."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from kiosk.credentials.classify import classify
from kiosk.credentials.trust import trust_list
from kiosk.domain.identity import Identity, NotPersonal, Proof
from kiosk.privacy.masking import mask_name, mask_number


def identify(data: bytes, at: datetime, trust: Sequence[bytes], *, reveal: bool) -> dict[str, Any]:
    """One JSON-able object. `kind` is a CodeKind, or `not_personal` with a `reason`.

    `proof` is None, or {"valid", "reason", "issuer", "expires_at"}, judged at `at` (aware) by the signer certificates
    in `trust` (PEM or DER). Raise BadCertificate when one of these is none.
    """
    known = trust_list(trust, dated_at=at) if trust else None
    shown = classify(data, trust=known, now=at)
    if isinstance(shown, NotPersonal):
        return {"kind": "not_personal", "reason": shown.reason.value}
    return {
        "kind": shown.kind.value,
        "holder": _holder(shown, reveal=reveal),
        "by_proxy": shown.by_proxy,
        "warnings": list(shown.warnings),
        "proof": _proof(shown.proof),
    }


def _holder(shown: Identity, *, reveal: bool) -> dict[str, Any]:
    holder: dict[str, Any] = {
        "name": shown.name if reveal else mask_name(shown.name),
        "birth_year": shown.birth[:4],
        "sex": shown.sex.value,
        "identifiers": [
            {"scheme": i.scheme.value, "value": i.value if reveal else mask_number(i.value)}
            for i in shown.identifiers
        ],
    }
    if reveal:
        holder |= {"birth": shown.birth, "address": shown.address, "phone": shown.phone}
    return holder


def _proof(proof: Proof | None) -> dict[str, Any] | None:
    if proof is None:
        return None
    return {
        "valid": proof.valid,
        "reason": str(proof.reason) if proof.reason else None,
        "issuer": proof.issuer,
        "expires_at": proof.expires_at,
    }
