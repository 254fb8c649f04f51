"""Signers and certificates of nobody: keys are made afresh, names are invented, serial parts are zeros."""

import hashlib
import json
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import base45
import cbor2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from kiosk.credentials.trust import TrustList, trust_list

NOW = datetime(2021, 9, 29, 8, 0, tzinfo=UTC)
CORPUS = Path(__file__).parents[4] / "shared" / "corpus" / "dcc"
TEST_CASES = sorted(CORPUS.glob("*/*.json"))


@dataclass(frozen=True)
class Signatory:
    """A private key with its certificate, as a health ministry has one."""

    key: Any
    certificate: bytes  # DER

    @property
    def kid(self) -> bytes:
        return hashlib.sha256(self.certificate).digest()[:8]

    @property
    def alg(self) -> int:
        return -37 if isinstance(self.key, rsa.RSAPrivateKey) else -7

    def sign(self, message: bytes) -> bytes:
        if isinstance(self.key, rsa.RSAPrivateKey):
            pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
            return self.key.sign(message, pss, hashes.SHA256())
        r, s = decode_dss_signature(self.key.sign(message, ec.ECDSA(hashes.SHA256())))
        half = (self.key.curve.key_size + 7) // 8
        return r.to_bytes(half, "big") + s.to_bytes(half, "big")


def signatory(
    key: Any, *usages: str, ends: datetime | None = None, raw_usage: bytes | None = None
) -> Signatory:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Made-up ministry")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=30))
        .not_valid_after(ends or NOW + timedelta(days=365))
    )
    if usages:
        oids = [x509.ObjectIdentifier(usage) for usage in usages]
        builder = builder.add_extension(x509.ExtendedKeyUsage(oids), critical=False)
    if raw_usage is not None:
        extension = x509.UnrecognizedExtension(x509.ExtensionOID.EXTENDED_KEY_USAGE, raw_usage)
        builder = builder.add_extension(extension, critical=False)
    algorithm = None if isinstance(key, Ed25519PrivateKey) else hashes.SHA256()
    certificate = builder.sign(key, algorithm)
    return Signatory(key, certificate.public_bytes(serialization.Encoding.DER))


@pytest.fixture(scope="session")
def ministry() -> Signatory:
    return signatory(ec.generate_private_key(ec.SECP256R1()))


@pytest.fixture(scope="session")
def ministry_with_rsa() -> Signatory:
    return signatory(rsa.generate_private_key(public_exponent=65537, key_size=2048))


@pytest.fixture(scope="session")
def trust(ministry: Signatory, ministry_with_rsa: Signatory) -> TrustList:
    return trust_list([ministry.certificate, ministry_with_rsa.certificate], NOW)


def vaccination(**changes: Any) -> dict[str, Any]:
    """What a certificate says of somebody who does not exist."""
    certificate = {
        "ver": "1.3.0",
        "nam": {"fn": "Thạch", "fnt": "THACH", "gn": "Thị Sa Rây", "gnt": "THI<SA<RAY"},
        "dob": "1990-09-05",
        "v": [{"ci": "URN:UVCI:01:VN:00000000#0", "co": "VN", "tg": "840539006", "dn": 2}],
        **changes,
    }
    return {key: value for key, value in certificate.items() if value is not None}


def claims(certificate: Any = None, **changes: Any) -> dict[Any, Any]:
    """A token's map; `issuer`, `issued`, `expires` change its claims."""
    return {
        1: changes.get("issuer", "VN"),
        6: changes.get("issued", int((NOW - timedelta(days=1)).timestamp())),
        4: changes.get("expires", int((NOW + timedelta(days=1)).timestamp())),
        -260: {1: vaccination() if certificate is None else certificate},
    }


def signed(
    by: Signatory,
    payload: Any,
    *,
    protected: dict[Any, Any] | None = None,
    unprotected: dict[Any, Any] | None = None,
) -> list[Any]:
    """The four parts of a message."""
    headers = {1: by.alg, 4: by.kid} if protected is None else protected
    raw_headers, raw = cbor2.dumps(headers) if headers else b"", cbor2.dumps(payload)
    signature = by.sign(cbor2.dumps(["Signature1", raw_headers, b"", raw]))
    return [raw_headers, unprotected or {}, raw, signature]


def code(message: Any) -> bytes:
    """The text in the QR."""
    return b"HC1:" + base45.b45encode(zlib.compress(cbor2.dumps(message)))


def certificate_code(by: Signatory, certificate: Any = None, **changes: Any) -> bytes:
    return code(cbor2.CBORTag(18, signed(by, claims(certificate, **changes))))


@pytest.fixture(scope="session")
def make() -> Any:
    """The makers of this file, for tests to call by name."""

    class Make:
        now = NOW
        signatory = staticmethod(signatory)
        vaccination = staticmethod(vaccination)
        claims = staticmethod(claims)
        signed = staticmethod(signed)
        code = staticmethod(code)
        certificate_code = staticmethod(certificate_code)

    return Make


@pytest.fixture(params=TEST_CASES or [None], ids=lambda p: f"{p.parent.name}/{p.stem}" if p else "")
def public_case(request: pytest.FixtureRequest) -> dict[str, Any]:
    """One public test certificate with what is expected of each step."""
    if request.param is None:
        pytest.skip(f"no public test certificates at {CORPUS}")
    case: dict[str, Any] = json.loads(request.param.read_text(encoding="utf-8"))
    case["name"] = f"{request.param.parent.name}/{request.param.stem}"
    return case
