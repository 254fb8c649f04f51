"""The bundle: a case, a reason, and contacts that are still sealed, signed by the office. One JSON file.

`{"signed": TEXT, "key": ID, "signature": BASE64}`: Ed25519 over `collector/v1/release`, a NUL and the text. The text is
JSON: `bundle` (1), `release`, `case`, `title`, `reason`, `first_day`, `last_day`, `asked_by`, `approved_by`, `made_at`,
and `contacts`, each with `event`, `kiosk`, `stream`, `seq`, `at`, `type`, `person`, and `key` and `sealed`, or `why`
there is no sealed part.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from collector.cases.port import Case, CasesError, Held, NotUnwrapped, Release, Unwrap
from collector.pem import read_signing_key, write_private, write_public
from kiosk.privacy.sealing import Context
from kiosk.wire.data import Sealed
from kiosk.wire.signed import key_id

VERSION = 1
_PURPOSE = b"collector/v1/release\0"
_SCHEMA = {"event": str, "kiosk": str, "stream": str, "seq": int, "at": str, "type": str}


class BundleError(CasesError):
    """It is no bundle, or not one of this office."""


@dataclass(frozen=True, slots=True)
class Released:
    """One contact of a bundle. Without `sealed` it could not be released: `why` is the word for it."""

    context: Context
    at: datetime
    type: str
    person: int | None
    sealed: Sealed | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Bundle:
    """`digest` is the SHA-256 of the file, in hexadecimal."""

    release: str
    case: str
    title: str
    reason: str
    asked_by: str
    approved_by: Sequence[str]
    made_at: datetime
    contacts: Sequence[Released]
    digest: str


def release_key(path: Path) -> Ed25519PrivateKey:
    """Made when there is none, with its public half beside it."""
    if not path.exists():
        key = Ed25519PrivateKey.generate()
        write_private(path, key)
        write_public(path.with_suffix(".pub"), key.public_key())
    return read_signing_key(path, "key of releases", "restore it from its backup")


def make(
    case: Case,
    release: Release,
    held: Sequence[Held],
    unwrap: Unwrap,
    key: Ed25519PrivateKey,
    now: datetime,
) -> bytes:
    """The file. What cannot be unwrapped stands in it with the reason. Raise CollectorError when nobody unwraps."""
    text = json.dumps(
        {
            "bundle": VERSION,
            "release": release.id,
            "case": case.id,
            "title": case.title,
            "reason": release.reason,
            "first_day": case.period.first.isoformat(),
            "last_day": case.period.last.isoformat(),
            "asked_by": release.asked_by,
            "approved_by": [each.who for each in release.approvals],
            "made_at": now.isoformat(),
            "contacts": [_fields(each, unwrap) for each in held],
        },
        ensure_ascii=False,
    )
    envelope = {
        "signed": text,
        "key": key_id(key.public_key()),
        "signature": base64.b64encode(key.sign(_PURPOSE + text.encode())).decode("ascii"),
    }
    return json.dumps(envelope, ensure_ascii=False).encode()


def parse(payload: bytes, office: Ed25519PublicKey) -> Bundle:
    """Raise BundleError, which quotes nothing of it."""
    try:
        envelope = json.loads(payload)
        text, signature = envelope["signed"], base64.b64decode(envelope["signature"], validate=True)
        office.verify(signature, _PURPOSE + text.encode())
    except InvalidSignature:
        raise BundleError("this bundle is not signed by this office, or was altered") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, binascii.Error):
        raise BundleError("this file is no bundle of the office") from None
    try:
        fields = json.loads(text)
        if fields["bundle"] != VERSION:
            raise BundleError("this bundle is of a newer office: use the newer `collector open`")
        return Bundle(
            release=str(fields["release"]),
            case=str(fields["case"]),
            title=str(fields["title"]),
            reason=str(fields["reason"]),
            asked_by=str(fields["asked_by"]),
            approved_by=tuple(map(str, fields["approved_by"])),
            made_at=datetime.fromisoformat(fields["made_at"]),
            contacts=tuple(_released(each) for each in fields["contacts"]),
            digest=hashlib.sha256(payload).hexdigest(),
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BundleError("this bundle holds what is none: make it again") from None


def office_key(path: Path) -> Ed25519PublicKey:
    """Raise BundleError when it cannot be read."""
    try:
        key = serialization.load_pem_public_key(path.read_bytes())
    except FileNotFoundError:
        raise BundleError(
            f"there is no {path}: fetch release.pub from the page of the case, and name it by --office"
        ) from None
    except ValueError:
        raise BundleError(f"{path} is no public key") from None
    if not isinstance(key, Ed25519PublicKey):
        raise BundleError(f"{path} is no key of an office")
    return key


def _fields(held: Held, unwrap: Unwrap) -> Mapping[str, Any]:
    context = held.context
    known: dict[str, Any] = {
        "event": context.event_id,
        "kiosk": context.kiosk,
        "stream": context.stream,
        "seq": context.seq,
        "at": held.at.isoformat(),
        "type": held.type,
        "person": held.person,
    }
    try:
        sealed = unwrap(held)
    except NotUnwrapped as error:
        return {**known, "why": error.reason}
    text = base64.b64encode(sealed.ciphertext).decode("ascii")
    return {**known, "key": sealed.key, "sealed": text}


def _released(fields: Mapping[str, Any]) -> Released:
    if not all(isinstance(fields[name], kind) for name, kind in _SCHEMA.items()):
        raise ValueError
    sealed = None
    if "sealed" in fields:
        ciphertext = base64.b64decode(fields["sealed"], validate=True)
        sealed = Sealed(str(fields["key"]), ciphertext)
    person = fields["person"]
    return Released(
        Context(fields["event"], fields["kiosk"], fields["stream"], fields["seq"]),
        datetime.fromisoformat(fields["at"]),
        fields["type"],
        person if isinstance(person, int) else None,
        sealed,
        str(fields.get("why", "")),
    )
