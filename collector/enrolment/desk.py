"""Lets a kiosk in: token and key in, everything it needs out. All of it or nothing, and twice is harmless.

The order makes it so: what could be missing is looked for first, then the token is bound to the key, the admission
written down, the broker told. A kiosk whose answer was lost, or whose collector failed half-way, comes again with the
same token and key and gets the same.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from collector.authority import Issuer
from collector.config import CollectorConfig
from collector.errors import CollectorError
from collector.registry import enrolment
from collector.registry.enrolment import EnrolmentRefused
from collector.registry.port import Admission, Registry
from kiosk.wire.documents import DocumentKind
from kiosk.wire.enrolment_answer import Denial, Enrolled, Request, Server


@dataclass(frozen=True, slots=True)
class Province:
    """What every new kiosk is told. Certificates and keys are PEM."""

    authority: str
    signing_key: str
    broker: Server
    tags: Server
    valid: timedelta


def province_of(config: CollectorConfig) -> Province:
    """As configured. Raise CollectorError when a file is missing or no address is set."""
    section = config.enrolment
    own = urlsplit(section.address).hostname
    if not own:
        raise CollectorError(
            "kiosks have nowhere to come to: set [enrolment] address to https://..."
        )
    tags = urlsplit(config.devices.address)
    has_tags = config.devices.port >= 0 and bool(tags.hostname)
    return Province(
        _read(config.broker.ca_file),
        _read(section.authority_key_file),
        Server(section.broker_host or own, config.broker.port),
        Server(tags.hostname or "", tags.port or 443) if has_tags else Server(),
        timedelta(days=section.certificate_days),
    )


class EnrolmentDesk:
    """`documents_for` gives what lies ready for a kiosk of that id; `admit` lets it in at the broker, and raises
    CollectorError when the broker does not; `note` writes into the audit, before anybody is let in."""

    def __init__(
        self,
        registry: Registry,
        issuer: Issuer,
        province: Province,
        documents_for: Callable[[str], Mapping[DocumentKind, bytes]],
        admit: Callable[[str], None],
        note: Callable[[str, str, Mapping[str, str]], None],
        now: Callable[[], datetime],
    ) -> None:
        self._note = note
        self._registry = registry
        self._issuer = issuer
        self._province = province
        self._documents_for = documents_for
        self._admit = admit
        self._now = now

    def enrol(self, asked: Request) -> Enrolled:
        """Raise EnrolmentRefused; CollectorError when registry, broker or documents cannot be had just now."""
        key, key_hash = _key_in(asked.csr)
        before = self._registry.admission(asked.kiosk)
        if before is not None and before.revoked_at is not None:
            raise EnrolmentRefused(Denial.REVOKED)
        documents = self._documents_for(asked.kiosk)
        if DocumentKind.KEYS not in documents:
            raise CollectorError("no keys are published: `collector keys publish` does it")
        venue = self._registry.venue(asked.venue)
        kiosk = enrolment.redeem(
            self._registry, asked.token, asked.venue, asked.kiosk, key_hash, self._now()
        )
        if before is None or before.key_hash != key_hash:  # it may come again with the same
            about = {"kiosk": kiosk.id, "venue": kiosk.venue, "key": key_hash.hex()}
            self._note("enrolment", "kiosk_admitted", about)
        self._registry.put_admission(Admission(kiosk.id, key_hash, self._now()))
        self._admit(kiosk.id)
        province = self._province
        return Enrolled(
            kiosk=kiosk.id,
            venue=kiosk.venue,
            venue_name=venue.name if venue is not None else "",
            certificate=self._issuer.certify(kiosk.id, key, province.valid),
            authority=province.authority,
            signing_key=province.signing_key,
            broker=province.broker,
            tags=province.tags,
            documents=documents,
        )

    def renew(self, kiosk: str, csr: str) -> str:
        """A new certificate for the key that joined as this kiosk, in PEM. Raise EnrolmentRefused; CollectorError when
        the registry cannot be had."""
        key, key_hash = _key_in(csr)
        admission = self._registry.admission(kiosk)
        if admission is None or admission.key_hash != key_hash:
            raise EnrolmentRefused(Denial.UNKNOWN)
        if admission.revoked_at is not None or self._registry.kiosk(kiosk) is None:
            raise EnrolmentRefused(Denial.REVOKED)
        return self._issuer.certify(kiosk, key, self._province.valid)


def _key_in(csr: str) -> tuple[ec.EllipticCurvePublicKey, bytes]:
    """The key of a request that its own key has signed, and the SHA-256 of it. Of the rest nothing counts."""
    try:
        request = x509.load_pem_x509_csr(csr.encode())
        key, is_whole = request.public_key(), request.is_signature_valid
    except (ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature):
        raise EnrolmentRefused(Denial.BAD_REQUEST) from None
    if (
        not is_whole
        or not isinstance(key, ec.EllipticCurvePublicKey)
        or not isinstance(key.curve, ec.SECP256R1)
    ):
        raise EnrolmentRefused(Denial.BAD_REQUEST)
    der = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return key, hashlib.sha256(der).digest()


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError as error:
        raise CollectorError(
            f"{path} cannot be read ({error.strerror}): `collector authority issue` makes it"
        ) from error
