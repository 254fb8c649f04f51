"""The authority: one folder with the key that signs certificates and the key that signs what is said to all kiosks.

`ca.key` signs the certificates of broker, collector and kiosks; `signing.key` (Ed25519) signs documents, and its public
half `authority.pub` goes out with every certificate. Keys of certificates are P-256. Certificates are backdated by two
days, for a kiosk without a clock chip may wake up in the past. They carry key identifiers: from Python 3.13 on `ssl`
refuses a chain without them.
"""

import datetime as dt
import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from collector.errors import CollectorError
from collector.pem import read_signing_key, write_private, write_public
from kiosk.durable_file import write_whole

BACKDATED = dt.timedelta(days=2)
AUTHORITY_VALID = dt.timedelta(days=3650)
ISSUER_VALID = dt.timedelta(days=1825)
DEVICE_VALID = dt.timedelta(days=365)

# also the names of files, and of topics: no slash, no leading dot; 64 is the longest common name (RFC 5280)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,63}")
_OWN = "ca"
ISSUER = "enrolment-ca"
SIGNING_KEY, PUBLIC = "signing.key", "authority.pub"


def create(folder: Path) -> None:
    """A new authority in `folder`, or the part of one that an older version did not make.

    Raise CollectorError when it is all there already: it is never overwritten.
    """
    has_ca, has_signing = ((folder / name).exists() for name in (f"{_OWN}.key", SIGNING_KEY))
    if has_ca and has_signing:
        raise CollectorError(f"{folder} holds an authority already: choose another folder")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not has_ca:
        _create_ca(folder, _OWN, "Venue kiosk authority", AUTHORITY_VALID)
    if not has_signing:
        signing = Ed25519PrivateKey.generate()
        write_private(folder / SIGNING_KEY, signing)
        write_public(folder / PUBLIC, signing.public_key())


def signing_key(folder: Path) -> Ed25519PrivateKey:
    """What signs documents. Raise CollectorError when it is not there."""
    remedy = f"make it with `collector authority init --dir {folder}`"
    return read_signing_key(folder / SIGNING_KEY, "key for documents", remedy)


def _create_ca(folder: Path, file: str, called: str, valid: dt.timedelta) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _common_name(called)
    certificate = (
        _builder(name, name, key.public_key(), valid)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    write_private(folder / f"{file}.key", key)
    _write_certificate(folder / f"{file}.pem", certificate)


def issue(folder: Path, name: str, out: Path, server_names: Sequence[str] = ()) -> None:
    """`NAME.pem`, `NAME.key` and the authority's `ca.pem` and `authority.pub` in `out`; `name` is the common name.

    With `server_names` (host names or addresses) it is a server's certificate, otherwise a client's. A pair of that
    name is replaced by a new one. Raise CollectorError when the name will not do or there is no authority.
    """
    if not _NAME.fullmatch(name) or name == _OWN:
        raise CollectorError(f"{name!r} is no name: use letters, digits, '.' and '-', and not 'ca'")
    remedy = f"make one with `collector authority init --dir {folder}`"
    issuer, issuer_key = _load(folder, _OWN, remedy)
    public = signing_key(folder).public_key()
    key = ec.generate_private_key(ec.SECP256R1())
    usage = ExtendedKeyUsageOID.SERVER_AUTH if server_names else ExtendedKeyUsageOID.CLIENT_AUTH
    builder = _client_or_server(name, issuer, key.public_key(), DEVICE_VALID)
    builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    if server_names:
        alternatives = x509.SubjectAlternativeName([_general_name(n) for n in server_names])
        builder = builder.add_extension(alternatives, critical=False)
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_private(out / f"{name}.key", key)
    _write_certificate(out / f"{name}.pem", builder.sign(issuer_key, hashes.SHA256()))
    _write_certificate(out / f"{_OWN}.pem", issuer)
    write_public(out / PUBLIC, public)


@dataclass(frozen=True, slots=True)
class Issuer:
    """Signs certificates of kiosks. Its own certificate vouches for clients and for no server."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)

    def certify(self, name: str, key: ec.EllipticCurvePublicKey, valid: dt.timedelta) -> str:
        """A kiosk's certificate in PEM, which outlives no issuer."""
        left = self.certificate.not_valid_after_utc - dt.datetime.now(dt.UTC)
        builder = _client_or_server(name, self.certificate, key, min(valid, left))
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False
        )
        signed = builder.sign(self.key, hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.PEM).decode()


def create_issuer(out: Path) -> None:
    """`enrolment-ca.pem` and its key in `out`: an authority of its own, trusted by the broker for clients only, so that
    the key of certificates can stay away from the collector.

    Raise CollectorError when there is one: it is never overwritten.
    """
    if (out / f"{ISSUER}.key").exists():
        raise CollectorError(f"{out} holds the key for enrolments already: choose another folder")
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    _create_ca(out, ISSUER, "Venue kiosk enrolment", ISSUER_VALID)


def load_issuer(folder: Path) -> Issuer:
    """Raise CollectorError when it is not there, or damaged."""
    return Issuer(
        *_load(folder, ISSUER, f"make it with `collector authority enrolment --out {folder}`")
    )


def _load(
    folder: Path, name: str, remedy: str
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    try:
        certificate = x509.load_pem_x509_certificate((folder / f"{name}.pem").read_bytes())
        key = serialization.load_pem_private_key((folder / f"{name}.key").read_bytes(), None)
    except FileNotFoundError as error:
        raise CollectorError(f"{folder} holds no authority: {remedy}") from error
    except ValueError as error:
        raise CollectorError(f"the authority in {folder} is damaged: restore its folder") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise CollectorError(f"{folder}/{name}.key is not the key of an authority made here")
    return certificate, key


def _client_or_server(
    name: str, issuer: x509.Certificate, key: ec.EllipticCurvePublicKey, valid: dt.timedelta
) -> x509.CertificateBuilder:
    return (
        _builder(_common_name(name), issuer.subject, key, valid)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(_key_of(issuer), critical=False)
    )


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public_key: ec.EllipticCurvePublicKey,
    valid: dt.timedelta,
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    identifier = x509.SubjectKeyIdentifier.from_public_key(public_key)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + valid)
        .add_extension(identifier, critical=False)
    )


def _key_of(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)


def _common_name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


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


def _write_certificate(path: Path, certificate: x509.Certificate) -> None:
    write_whole(path, certificate.public_bytes(serialization.Encoding.PEM), 0o644)
