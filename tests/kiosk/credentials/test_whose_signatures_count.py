import logging

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from kiosk.credentials.trust import BadCertificate, trust_list
from kiosk.errors import KioskError


def as_pem(certificate: bytes) -> bytes:
    return x509.load_der_x509_certificate(certificate).public_bytes(Encoding.PEM)


def test_certificates_come_as_pem_or_der_and_several_in_one_file(ministry, ministry_with_rsa, make):
    both = (
        b"a line of text\n" + as_pem(ministry.certificate) + as_pem(ministry_with_rsa.certificate)
    )

    from_pem = trust_list([both], make.now)
    from_der = trust_list([ministry.certificate, ministry_with_rsa.certificate], make.now)

    assert set(from_pem.signers) == set(from_der.signers) == {ministry.kid, ministry_with_rsa.kid}


def test_a_certificate_with_an_ed25519_key_issues_passes_and_signs_nothing_else(make):
    province = make.signatory(Ed25519PrivateKey.generate())

    trust = trust_list([province.certificate], make.now)

    assert not trust.signers
    assert [issuer.name for issuer in trust.pass_issuers.values()] == ["Made-up ministry"]


@pytest.mark.parametrize(
    "blob",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x30\x03\x02\x01\x01", id="another DER"),
        pytest.param(
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", id="empty PEM"
        ),
        pytest.param(
            ec.generate_private_key(ec.SECP256R1()).private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
            ),
            id="a private key",
        ),
    ],
)
def test_a_file_that_is_no_certificate_is_named_by_its_place(ministry, make, blob):
    with pytest.raises(BadCertificate, match="certificate 2 of the trust list") as caught:
        trust_list([ministry.certificate, blob], make.now)

    assert isinstance(caught.value, KioskError)


@pytest.mark.parametrize(
    "key", [ed448.Ed448PrivateKey.generate(), dsa.generate_private_key(2048)], ids=["Ed448", "DSA"]
)
def test_a_key_that_no_code_is_signed_with_is_refused(make, key):
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(x509.Name([]))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(make.now)
        .not_valid_after(make.now.replace(year=2022))
    )
    signer = Ed25519PrivateKey.generate()
    certificate = builder.sign(signer, None).public_bytes(Encoding.DER)

    with pytest.raises(BadCertificate, match="not EC, RSA or Ed25519"):
        trust_list([certificate], make.now)


def test_extensions_that_cannot_be_read_mean_no_limits_and_are_logged_once(make, caplog):
    # an extended key usage with nothing in it, as some signers in use have
    broken = make.signatory(ec.generate_private_key(ec.SECP256R1()), raw_usage=b"\x30\x00")

    with caplog.at_level(logging.WARNING):
        signers = trust_list([broken.certificate], make.now).signers

    assert [signer.kinds for signer in signers.values()] == [{"t", "v", "r"}]
    assert caplog.text.count("extensions cannot be read") == 1
