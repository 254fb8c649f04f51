"""The authority that signs the certificates of brokers, collectors and kiosks: one folder with a key and a certificate.

Keys are P-256. Certificates are backdated by two days, for a kiosk without a clock chip may wake up in the past.
"""

import datetime as dt
import ipaddress
import os
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from collector.errors import CollectorError

BACKDATED = dt.timedelta(days=2)
AUTHORITY_VALID = dt.timedelta(days=3650)
DEVICE_VALID = dt.timedelta(days=365)

_CERTIFICATE, _KEY = "ca.pem", "ca.key"


def create(folder: Path) -> None:
    """A new authority in `folder`. Raise CollectorError when there is one already: it is never overwritten."""
    if (folder / _KEY).exists():
        raise CollectorError(f"{folder} holds an authority already: choose another folder")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("Venue kiosk authority")
    certificate = (
        _builder(name, name, key.public_key(), AUTHORITY_VALID)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write_key(folder / _KEY, key)
    _write_certificate(folder / _CERTIFICATE, certificate)


def issue(folder: Path, name: str, out: Path, server_names: Sequence[str] = ()) -> None:
    """`NAME.pem`, `NAME.key` and the authority's `ca.pem` in `out`, with `name` as common name.

    With `server_names` (host names or addresses) it is a server's certificate, otherwise a client's.
    """
    try:
        issuer = x509.load_pem_x509_certificate((folder / _CERTIFICATE).read_bytes())
        issuer_key = serialization.load_pem_private_key((folder / _KEY).read_bytes(), None)
    except (OSError, ValueError) as error:
        raise CollectorError(
            f"{folder} holds no authority: collector authority init --dir {folder}"
        ) from error
    if not isinstance(issuer_key, ec.EllipticCurvePrivateKey):
        raise CollectorError(f"{folder / _KEY} is not the key of an authority made here")
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = ec.generate_private_key(ec.SECP256R1())
    usage = ExtendedKeyUsageOID.SERVER_AUTH if server_names else ExtendedKeyUsageOID.CLIENT_AUTH
    builder = (
        _builder(_name(name), issuer.subject, key.public_key(), DEVICE_VALID)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    )
    if server_names:
        alternatives = x509.SubjectAlternativeName([_general_name(n) for n in server_names])
        builder = builder.add_extension(alternatives, critical=False)
    _write_key(out / f"{name}.key", key)
    _write_certificate(out / f"{name}.pem", builder.sign(issuer_key, hashes.SHA256()))
    _write_certificate(out / _CERTIFICATE, issuer)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public_key: ec.EllipticCurvePublicKey,
    valid: dt.timedelta,
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + valid)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)


def _write_certificate(path: Path, certificate: x509.Certificate) -> None:
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
