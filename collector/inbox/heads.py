"""Is the end of a stream, as a kiosk's health tells it, really sworn to by that kiosk? Checked once for each new end.

What has been shown under this oath cannot be un-said: the ledger holds it against what has come or is still to come.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from collector.errors import CollectorError
from collector.ledger.port import Batch, SwornHead
from kiosk.wire.health import ChainHead, Health, head_statement


@dataclass(frozen=True, slots=True)
class _Device:
    """A certificate that has been checked, and its key."""

    der: bytes
    begins_at: datetime
    ends_at: datetime
    key: ec.EllipticCurvePublicKey


class _NotSworn(Exception):
    pass


class HeadVerifier:
    """For one thread. The constructor reads nothing; `open` does. Remembers one certificate and one end a kiosk."""

    def __init__(self, ca_file: Path) -> None:
        self._ca_file = ca_file
        self._authorities: list[x509.Certificate] = []
        self._devices: dict[str, _Device] = {}
        self._seen: dict[str, tuple[str, int, str]] = {}

    def open(self) -> None:
        """Raise CollectorError when the authority's certificate cannot be read."""
        try:
            self._authorities = x509.load_pem_x509_certificates(self._ca_file.read_bytes())
        except (OSError, ValueError) as error:
            raise CollectorError(
                f"{self._ca_file} cannot be read: `collector authority issue` makes it"
            ) from error

    def verified(self, batch: Batch, now: datetime) -> Batch:
        """With what the health messages swear. Of several of one kiosk only the last counts: the chain covers the rest,
        and a flood costs one signature a batch."""
        last = {kiosk: health for kiosk, health in batch.health if health.head is not None}
        found = (self._head(kiosk, health, now) for kiosk, health in last.items())
        return replace(batch, heads=[head for head in found if head is not None])

    def _head(self, kiosk: str, health: Health, now: datetime) -> SwornHead | None:
        """None when there is nothing new."""
        head = health.head
        if head is None or self._seen.get(kiosk) == (health.stream, head.seq, head.hash):
            return None
        told = SwornHead(kiosk, health.stream, head.seq, bytes.fromhex(head.hash))
        try:
            statement = head_statement(kiosk, health.stream, head.seq, head.hash, health.at)
            key = self._key(kiosk, head, now.astimezone(UTC))
            key.verify(head.signature, statement, ec.ECDSA(hashes.SHA256()))
        except (_NotSworn, InvalidSignature):
            return replace(told, is_sworn=False)
        self._seen[kiosk] = (health.stream, head.seq, head.hash)
        return told

    def _key(self, kiosk: str, head: ChainHead, now: datetime) -> ec.EllipticCurvePublicKey:
        device = self._devices.get(kiosk)
        if device is None or device.der != head.certificate:
            device = self._checked(kiosk, head.certificate)
            self._devices[kiosk] = device
        if not device.begins_at <= now <= device.ends_at:
            raise _NotSworn
        return device.key

    def _checked(self, kiosk: str, der: bytes) -> _Device:
        """Hostile bytes are no certificate, whatever the parser makes of them."""
        try:
            certificate = x509.load_der_x509_certificate(der)
            names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
            key = certificate.public_key()
            is_ours = any(_issued(certificate, authority) for authority in self._authorities)
        except (ValueError, TypeError, x509.InvalidVersion, InvalidSignature) as error:
            raise _NotSworn from error
        if not is_ours or [name.value for name in names] != [kiosk]:
            raise _NotSworn
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise _NotSworn
        begins_at, ends_at = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        return _Device(der, begins_at, ends_at, key)


def _issued(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
