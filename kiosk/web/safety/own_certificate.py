"""The certificate by which the staff pages of this kiosk speak TLS: its own, made here, known by its fingerprint, which
stands on the kiosk's own screen. No authority vouches for a name on a venue's network."""

import ipaddress
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kiosk.durable_file import write_whole
from kiosk.web.safety.web_server import Certificate

# browsers take no longer ones
VALID = timedelta(days=820)
RENEWED_BEFORE = timedelta(days=30)
# a kiosk whose clock ran behind when it was made must still be believed
BACKDATED = timedelta(days=2)


def own_certificate(folder: Path, names: Sequence[str], now: datetime | None = None) -> Certificate:
    """That in `folder`, or a new one when there is none, it ends soon, or it is for other names. Raise OSError."""
    now = now or datetime.now(UTC)
    file, key_file = folder / "staff.pem", folder / "staff.key"
    wanted = _names(names)
    try:
        found = x509.load_pem_x509_certificate(file.read_bytes())
        told = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        is_good = found.not_valid_after_utc - RENEWED_BEFORE > now and set(wanted) <= set(told)
    except (OSError, ValueError, x509.ExtensionNotFound):
        is_good = False
    if not (is_good and key_file.exists()):
        _make(file, key_file, wanted, now)
    return Certificate(file, key_file, remedy="take them away and start again: new ones are made")


def fingerprint(certificate: Certificate) -> str:
    """SHA-256, as browsers show it: pairs with colons between."""
    found = x509.load_pem_x509_certificate(certificate.file.read_bytes())
    return found.fingerprint(hashes.SHA256()).hex(":").upper()


def _make(file: Path, key_file: Path, names: list[x509.GeneralName], now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kiosk staff pages")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + VALID)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    write_whole(key_file, private, 0o600)
    write_whole(file, certificate.public_bytes(serialization.Encoding.PEM), 0o644)


def _names(names: Sequence[str]) -> list[x509.GeneralName]:
    made: list[x509.GeneralName] = []
    for name in names:
        try:
            made.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            made.append(x509.DNSName(name))
    return made
