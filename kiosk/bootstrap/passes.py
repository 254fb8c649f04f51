"""The desk that issues passes, from the two files that the authority gave to this kiosk."""

import logging
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.config import Config
from kiosk.credentials.pass_issuers import kid_of
from kiosk.credentials.trust import TrustList
from kiosk.domain.policy import Policy
from kiosk.errors import ConfigError
from kiosk.pass_desk import PassDesk

log = logging.getLogger(__name__)

UNUSABLE = "passes_unusable"


def own_delegation(config: Config) -> list[bytes]:
    """What makes this kiosk accept its own passes: one delegation, or none. Raise ConfigError for half a setting."""
    passes = config.passes
    if (passes.key_file is None) != (passes.delegation_file is None):
        raise ConfigError(["passes.key_file and passes.delegation_file go together"])
    if passes.delegation_file is not None and config.trust.folder is None:
        raise ConfigError(["passes need trust.folder, with the certificate of their authority"])
    read = _read(passes.delegation_file) if passes.delegation_file is not None else None
    return [read] if read is not None else []


def pass_desk(
    config: Config, trust: TrustList | None, policy: Policy, notes: list[str]
) -> PassDesk | None:
    """None when no passes are set up, or what is set up does not hold: a note then, for a door must run without."""
    if config.passes.key_file is None:
        return None
    key = _key(config.passes.key_file)
    issuer = trust.pass_issuers.get(kid_of(key.public_key())) if key and trust else None
    if key is None or issuer is None:
        log.error("no passes: their key cannot be used, or no authority known here has lent it")
        notes.append(UNUSABLE)
        return None
    validity = min(timedelta(hours=config.passes.valid_h), policy.declaration_validity)
    return PassDesk(key, issuer, validity, policy.version)


def _key(path: Path) -> Ed25519PrivateKey | None:
    pem = _read(path)
    try:
        key = serialization.load_pem_private_key(pem, None) if pem is not None else None
    except (ValueError, TypeError):  # not a key, or one under a password
        return None
    return key if isinstance(key, Ed25519PrivateKey) else None


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError as error:
        log.error("%s: %s", path, error.strerror)
        return None
