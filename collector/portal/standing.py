"""What counts now at the portal: policy, trust, questions and the lent key, from the documents that came down."""

import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk import document_bodies, trust_folder
from kiosk.credentials.pass_issuers import kid_of
from kiosk.credentials.trust import TrustList
from kiosk.documents import Documents
from kiosk.domain.policy import Policy
from kiosk.errors import ConfigError
from kiosk.pass_desk import PassDesk
from kiosk.questions import QuestionSet, shipped
from kiosk.wire.documents import DocumentKind

log = logging.getLogger(__name__)

PASS_KEY = "pass.key"
OWN_DELEGATION = "pass.delegation"


@dataclass(frozen=True)
class Standing:
    """`passes` is None when no key has been lent to this portal: it declares without issuing a Pass."""

    policy: Policy
    questions: QuestionSet
    trust: TrustList | None
    passes: PassDesk | None


def standing(documents: Documents, passes_folder: Path | None) -> Standing:
    """Raise ConfigError when the folder of passes holds what cannot be used."""
    policy = document_bodies.policy(documents.get(DocumentKind.POLICY), Policy())
    questions = document_bodies.questions(documents.get(DocumentKind.QUESTIONS)) or shipped()
    trust = _trust(documents, passes_folder)
    return Standing(policy, questions, trust, _desk(passes_folder, trust, policy))


def _trust(documents: Documents, folder: Path | None) -> TrustList | None:
    """The document's list with this portal's own delegation, or else the folder's; less what is revoked."""
    revoked = document_bodies.revoked(documents.get(DocumentKind.REVOCATIONS))
    if (document := documents.get(DocumentKind.TRUST)) is not None:
        own = [] if folder is None else [_read(folder / OWN_DELEGATION)]
        return document_bodies.trust(document, own, revoked)
    if folder is None:
        return None
    return replace(
        trust_folder.read(folder),
        revoked_kids=revoked.key_ids,
        revoked_pass_ids=revoked.pass_ids,
    )


def _desk(folder: Path | None, trust: TrustList | None, policy: Policy) -> PassDesk | None:
    if folder is None or trust is None:
        return None
    key = _key(folder / PASS_KEY)
    issuer = trust.pass_issuers.get(kid_of(key.public_key()))
    if issuer is None:
        log.error("no passes: no authority known here has lent the key in %s", folder)
        return None
    return PassDesk(
        key, issuer, min(policy.declaration_validity, timedelta(hours=72)), policy.version
    )


def _key(path: Path) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(_read(path), None)
    except (ValueError, TypeError):  # not a key, or one under a password
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError([f"portal.passes_folder: {path} is no key for passes"])
    return key


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError([f"portal.passes_folder: {path}: {error.strerror}"]) from error
