"""Enrolment codes: a technician shows one to a new kiosk, which joins with it once, within fifteen minutes."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import segno
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from collector.config import CollectorConfig
from collector.errors import CollectorError
from collector.pem import write_private
from collector.registry.port import Enrolment, Registry, RegistryError
from collector.registry.shapes import RegisteredKiosk
from kiosk.wire import enrolment as wire
from kiosk.wire.enrolment_answer import Denial
from kiosk.wire.errors import WireError

VALID = timedelta(minutes=15)


class EnrolmentRefused(CollectorError):
    def __init__(self, reason: Denial) -> None:
        super().__init__(f"this enrolment code is refused ({reason}): show the kiosk a new one")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Site:
    """Where kiosks come to, and by what they know that it is the right place."""

    address: str
    fingerprint: bytes
    key: Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class Permit:
    """`text` is what the QR holds: alphanumeric, so that the QR stays small."""

    text: str
    expires_at: datetime

    @property
    def qr(self) -> segno.QRCode:
        return segno.make_qr(self.text, error="m", boost_error=False)


def site(config: CollectorConfig) -> Site:
    """As configured; the key is made when there is none. Raise CollectorError when something is missing."""
    address = config.enrolment.address
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.hostname:
        raise CollectorError(
            "kiosks have nowhere to come to: set [enrolment] address to https://..."
        )
    try:
        certificate = x509.load_pem_x509_certificate(config.broker.ca_file.read_bytes())
    except (OSError, ValueError) as error:
        raise CollectorError(
            f"{config.broker.ca_file} cannot be read: `collector authority issue` makes it"
        ) from error
    fingerprint = certificate.fingerprint(hashes.SHA256())
    return Site(address, fingerprint, _key(config.registry.enrolment_key_file))


def permit(
    registry: Registry,
    kiosk: RegisteredKiosk,
    where: Site,
    now: datetime,
    wifi: wire.Wifi | None = None,
) -> Permit:
    """Raise RegistryError when it cannot be kept, or this kiosk was shut out; CollectorError when the Wi-Fi's name or
    passphrase cannot be. Then no code is shown."""
    before = registry.admission(kiosk.id)
    if before is not None and before.revoked_at is not None:
        raise RegistryError(
            f"{kiosk.id} has been shut out for good: register the new device under another id"
        )
    token = secrets.token_bytes(wire.TOKEN_BYTES)
    # the code holds whole seconds
    expires_at = (now + VALID).replace(microsecond=0)
    code = wire.EnrolmentCode(
        where.address, kiosk.venue, kiosk.id, where.fingerprint, expires_at, token, wifi
    )
    try:
        text = wire.encode(code, where.key)
    except WireError as error:
        raise CollectorError(
            f"this does not fit into a code ({error}): is the Wi-Fi right?"
        ) from error
    registry.add_enrolment(Enrolment(_hashed(token), kiosk.venue, kiosk.id, now, expires_at))
    return Permit(text, expires_at)


def redeem(
    registry: Registry, token: bytes, venue: str, kiosk: str, key_hash: bytes, now: datetime
) -> RegisteredKiosk:
    """The kiosk that this token lets in, by the key with this SHA-256 and no other. That key may come again with it,
    for the answer may have been lost on its way.

    Raise EnrolmentRefused; RegistryError when the registry cannot be asked, and then it may be tried again.
    """
    registered = registry.kiosk(kiosk)
    if registered is None or registered.venue != venue:
        raise EnrolmentRefused(Denial.FOREIGN)
    found = registry.claim_enrolment(_hashed(token), kiosk, key_hash, now)
    if found is None:
        raise EnrolmentRefused(Denial.UNKNOWN)
    if (found.venue, found.kiosk) != (venue, kiosk):
        raise EnrolmentRefused(Denial.FOREIGN)
    if found.key_hash is None:
        raise EnrolmentRefused(Denial.EXPIRED)
    if found.key_hash != key_hash:
        raise EnrolmentRefused(Denial.USED)
    return registered


def _hashed(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()


def _key(path: Path) -> Ed25519PrivateKey:
    if not path.exists():
        write_private(path, Ed25519PrivateKey.generate())
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (TypeError, ValueError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise RegistryError(f"{path} is no enrolment key: move it away, a new one is made")
    return key
