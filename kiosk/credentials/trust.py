"""Whose signatures count, as of a date: a value that comes down from the authority or, in `kiosk identify`, from files.

A missing or an old list means "cannot check now", never "invalid certificate".
"""

import hashlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.credentials.pass_issuers import BadDelegation, PassIssuer, accept, authority
from kiosk.errors import KioskError

log = logging.getLogger(__name__)

# Countries change their signers a few times a year; a month without news is where "cannot check now" begins.
MAX_AGE = timedelta(days=30)
_KID_BYTES = 8
# what a signer may be limited to: t test, v vaccination, r recovery. The second form is a mistake that occurs.
_KINDS = {
    f"1.3.6.1.4.1.{arc}1847.2021.1.{number}": kind
    for arc in ("", "0.")
    for number, kind in ((1, "t"), (2, "v"), (3, "r"))
}


class BadCertificate(KioskError):
    """A file given as a signer's certificate is none, or its key is of a kind no code is signed with."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A signer of health certificates. `kinds` is what it may sign, of "t", "v" and "r"."""

    kid: bytes
    key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey
    kinds: frozenset[str]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TrustList:
    """Signers of health certificates and issuers of passes, each by key id; `dated_at` is when the list was made."""

    dated_at: datetime
    signers: Mapping[bytes, Signer] = field(default_factory=dict)
    pass_issuers: Mapping[bytes, PassIssuer] = field(default_factory=dict)
    revoked_kids: frozenset[bytes] = frozenset()
    revoked_pass_ids: frozenset[bytes] = frozenset()

    def is_old(self, now: datetime) -> bool:
        return now - self.dated_at > MAX_AGE


def trust_list(
    certificates: Sequence[bytes],
    dated_at: datetime,
    *,
    delegations: Sequence[bytes] = (),
    revoked_kids: Iterable[bytes] = (),
    revoked_pass_ids: Iterable[bytes] = (),
) -> TrustList:
    """A list of the certificates in these PEM or DER blobs, and of the kiosks whom they have lent a key.

    A certificate with an Ed25519 key is an authority for passes, one with an elliptic curve or RSA key signs health
    certificates. A delegation that does not hold is left out and logged. Raise BadCertificate.
    """
    signers: dict[bytes, Signer] = {}
    authorities: dict[bytes, PassIssuer] = {}
    for number, blob in enumerate(certificates, start=1):
        for entry in _entries(blob, number):
            if isinstance(entry, Signer):
                signers[entry.kid] = entry
            else:
                authorities[entry.kid] = entry
    delegates = _delegates(delegations, authorities.values())
    return TrustList(
        dated_at,
        signers,
        delegates | authorities,
        frozenset(revoked_kids),
        frozenset(revoked_pass_ids),
    )


def _delegates(
    delegations: Sequence[bytes], authorities: Iterable[PassIssuer]
) -> dict[bytes, PassIssuer]:
    delegates = {}
    for delegation in delegations:
        try:
            issuer = accept(delegation, authorities)
        except BadDelegation as error:
            log.warning("a delegation of the trust list is left out: %s", error)
        else:
            delegates[issuer.kid] = issuer
    return delegates


def _entries(blob: bytes, number: int) -> list[Signer | PassIssuer]:
    try:
        if b"-----BEGIN" in blob:
            certificates = x509.load_pem_x509_certificates(blob)
        else:
            certificates = [x509.load_der_x509_certificate(blob)]
        return [_entry(certificate, number) for certificate in certificates]
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise BadCertificate(
            f"certificate {number} of the trust list: not an X.509 certificate in PEM or DER"
        ) from error


def _entry(certificate: x509.Certificate, number: int) -> Signer | PassIssuer:
    key = certificate.public_key()
    if isinstance(key, Ed25519PublicKey):
        return authority(key, _common_name(certificate))
    if not isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
        raise BadCertificate(
            f"certificate {number} of the trust list: its key is not EC, RSA or Ed25519"
        )
    der = certificate.public_bytes(serialization.Encoding.DER)
    kid = hashlib.sha256(der).digest()[:_KID_BYTES]
    return Signer(kid, key, _kinds(certificate, kid), certificate.not_valid_after_utc)


def _kinds(certificate: x509.Certificate, kid: bytes) -> frozenset[str]:
    """Everything, unless the extended key usage names some kinds."""
    everything = frozenset(_KINDS.values())
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return everything
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        # some signers in use have extensions that the parser refuses
        log.warning("signer %s: extensions cannot be read, taken as no limits", kid.hex())
        return everything
    named = {_KINDS[oid.dotted_string] for oid in usage if oid.dotted_string in _KINDS}
    return frozenset(named) or everything


def _common_name(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""
