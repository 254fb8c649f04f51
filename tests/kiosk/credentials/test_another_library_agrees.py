"""`cwt`, written by others, as an oracle: it reads what we sign, and judges certificates as we do."""

import base64
import hashlib
import zlib
from datetime import datetime, timedelta
from typing import Any

import base45
import cbor2
import cwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kiosk.credentials import cbor, cose, dcc, health_pass, pass_issuers
from kiosk.credentials.trust import trust_list

# cwt does not take a CWT tag around COSE_Sign1; we must (facts on the public test certificates)
ONLY_OURS = {"common/CO28"}


def key_of(public_key: Any, kid: bytes) -> cwt.COSEKey:
    pem = public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    alg = {"alg": "PS256"} if isinstance(public_key, rsa.RSAPublicKey) else {}
    return cwt.COSEKey.from_pem(pem, kid=kid, **alg)


def cwt_payload(message: bytes, key: cwt.COSEKey) -> bytes | None:
    """What is signed, or None when cwt refuses the message. It refuses with many kinds of error."""
    try:
        payload: bytes = cwt.COSE.new().decode(message, key)
    except (ValueError, TypeError, cwt.CWTError):
        return None
    return payload


@pytest.mark.corpus
def test_a_public_certificate_verifies_here_when_it_does_there(public_case):
    if "EXPECTEDVERIFY" not in public_case["EXPECTEDRESULTS"]:
        return
    der = base64.b64decode(public_case["TESTCTX"]["CERTIFICATE"])
    public_key = x509.load_der_x509_certificate(der).public_key()
    raw = zlib.decompress(base45.b45decode(public_case["PREFIX"][4:]))

    theirs = cwt_payload(raw, key_of(public_key, hashlib.sha256(der).digest()[:8])) is not None
    ours = verifies_here(public_case["PREFIX"], der, public_case["TESTCTX"]["VALIDATIONCLOCK"])

    assert theirs == (ours and public_case["name"] not in ONLY_OURS)


def verifies_here(text: str, der: bytes, at: str) -> bool:
    try:
        message = cose.parse(dcc.inflate(dcc.unbase45(text)))
    except (dcc.NotACertificate, cose.BadCose, cbor.BadCbor):
        return False
    signer = dcc.signer_of(message, trust_list([der], datetime.fromisoformat(at)))
    return signer is not None and cose.verify(message, signer.key)


def test_a_pass_of_ours_is_a_token_there(make):
    key = Ed25519PrivateKey.generate()
    kid = pass_issuers.kid_of(key.public_key())
    text = health_pass.issue(
        key,
        pass_id=b"\7" * 16,
        name="Thạch Thị Sa Rây",
        not_before=make.now,
        not_after=make.now + timedelta(hours=24),
        policy_version=3,
    )

    payload = cwt_payload(base45.b45decode(text[4:]), key_of(key.public_key(), kid))

    assert payload is not None
    assert cbor2.loads(payload) == {
        7: b"\7" * 16,
        6: 1632902400,
        4: 1632988800,
        -70001: "Thạch T. S. R***",
        -70002: 3,
    }


def test_a_delegation_of_ours_is_a_token_with_a_key_there(make):
    key, lent = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    paper = pass_issuers.delegate(
        key,
        lent.public_key(),
        venue="Chợ Trà Cú",
        not_before=make.now,
        not_after=make.now + timedelta(hours=72),
    )

    payload = cwt_payload(paper, key_of(key.public_key(), pass_issuers.kid_of(key.public_key())))

    assert payload is not None
    confirmed = cwt.COSEKey.new(cbor2.loads(payload)[8][1] | {2: b"x", 3: -8, 4: [2]})
    assert confirmed.key.public_bytes_raw() == lent.public_key().public_bytes_raw()


def test_a_pass_made_there_is_a_pass_here(make):
    key = Ed25519PrivateKey.generate()
    kid = pass_issuers.kid_of(key.public_key())
    pem = key.private_bytes_raw().hex()
    theirs = cwt.COSEKey.new({1: 1, 2: kid, 3: -8, -1: 6, -4: bytes.fromhex(pem), -2: b""})
    claims = {7: b"\7" * 16, 6: 1632902400, 4: 1632988800, -70001: "T***", -70002: 1}
    raw = cwt.COSE.new(kid_auto_inclusion=True, alg_auto_inclusion=True).encode(
        cbor2.dumps(claims), theirs
    )

    message, said = health_pass.unpack("VP1:" + base45.b45encode(raw).decode())

    assert cose.verify(message, key.public_key())
    assert said.pass_id == b"\7" * 16
