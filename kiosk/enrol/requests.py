"""Signing requests, and whether what came back for one is what was asked for."""

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kiosk.wire.check_words import check_words


def csr_of(key: ec.EllipticCurvePrivateKey, name: str) -> str:
    """In PEM."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject)
    return (
        request.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode("ascii")
    )


def words_for(key: ec.EllipticCurvePrivateKey) -> tuple[str, ...]:
    """The four that kiosk and registry show."""
    return check_words(_public(key.public_key()))


def is_for(pem: str, key: ec.EllipticCurvePrivateKey, name: str) -> bool:
    """Whether this certificate is of this key and bears this name."""
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
        public = certificate.public_key()
    except ValueError:
        return False
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return (
        isinstance(public, ec.EllipticCurvePublicKey)
        and _public(public) == _public(key.public_key())
        and [each.value for each in names] == [name]
    )


def _public(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
