"""The public test certificates of the EU, each against every step that its authors name (docs/codes.md)."""

import base64
from datetime import datetime
from typing import Any

import pytest

from kiosk.credentials import cbor, classify, cose, dcc, dcc_content
from kiosk.credentials.trust import Signer, TrustList, trust_list
from kiosk.domain.identity import Identity
from kiosk.eye.still import read_files

pytestmark = pytest.mark.corpus

# why a case may differ from what its authors expect; docs/codes.md explains each
DEFECTS = {("FR/test_pcr_ok", "VALIDJSON")}  # the hours in its JSON are not those in its CBOR


class Case:
    """The stages of one case, each computed from the one before it."""

    def __init__(self, case: dict[str, Any]) -> None:
        self.text: str = case["PREFIX"]
        self.at = datetime.fromisoformat(case["TESTCTX"]["VALIDATIONCLOCK"])
        self.certificate = base64.b64decode(case["TESTCTX"]["CERTIFICATE"])
        self.trust: TrustList = trust_list([self.certificate], self.at)
        self.stages = case

    def compressed(self) -> bytes:
        return dcc.unbase45(self.text)

    def message(self) -> cose.Signed:
        return cose.parse(dcc.inflate(self.compressed()))

    def claims(self) -> dcc.Claims:
        return dcc.claims_of(self.message().payload)

    def signer(self) -> Signer | None:
        return dcc.signer_of(self.message(), self.trust)


def unprefixed(case: Case) -> bool:
    return case.text.startswith(dcc.PREFIX) and case.text[4:] == case.stages["BASE45"]


def unpacked(case: Case) -> bool:
    return case.compressed().hex() == case.stages["COMPRESSED"].lower()


def inflated(case: Case) -> bool:
    return dcc.inflate(case.compressed()).hex() == case.stages["COSE"].lower()


def verified(case: Case) -> bool:
    message, signer = case.message(), case.signer()
    return signer is not None and cose.verify(message, signer.key)


def decoded(case: Case) -> bool:
    return case.claims().certificate is not None


def same_as_json(case: Case) -> bool:
    return bool(case.claims().certificate == case.stages["JSON"])


def follows_the_schema(case: Case) -> bool:
    return dcc_content.content_of(case.claims().certificate) is not None


def in_force(case: Case) -> bool:
    claims = case.claims()
    assert claims.issued_at is not None
    assert claims.expires_at is not None
    return claims.issued_at <= case.at < claims.expires_at


def may_be_signed_by(case: Case) -> bool:
    content, signer = dcc_content.content_of(case.claims().certificate), case.signer()
    assert content is not None
    return signer is not None and content.kind in signer.kinds


STEPS = {
    "UNPREFIX": unprefixed,
    "B45DECODE": unpacked,
    "COMPRESSION": inflated,
    "VERIFY": verified,
    "DECODE": decoded,
    "VALIDJSON": same_as_json,
    "SCHEMAVALIDATION": follows_the_schema,
    "EXPIRATIONCHECK": in_force,
    "KEYUSAGE": may_be_signed_by,
}


@pytest.mark.parametrize("step", STEPS)
def test_a_public_certificate_does_what_its_authors_expect(public_case, step):
    expected = public_case["EXPECTEDRESULTS"].get(f"EXPECTED{step}")
    if expected is None:
        return
    case = Case(public_case)

    try:
        outcome = STEPS[step](case)
    except (dcc.NotACertificate, cose.BadCose, cbor.BadCbor):
        outcome = False

    agrees = outcome == expected
    assert agrees is ((public_case["name"], step) not in DEFECTS)


def test_a_public_certificate_as_a_whole_is_valid_only_when_every_step_is(public_case):
    case = Case(public_case)
    expected = {
        key.removeprefix("EXPECTED"): value
        for key, value in public_case["EXPECTEDRESULTS"].items()
        if key != "EXPECTEDPICTUREDECODE"
    }

    shown = classify(case.text.encode(), trust=case.trust, now=case.at)

    proven = isinstance(shown, Identity) and shown.proof is not None and shown.proof.valid
    if not all(expected.values()):
        assert not proven
    elif expected.get("EXPIRATIONCHECK"):
        assert proven


def test_a_pictured_certificate_is_read_as_its_authors_expect(public_case, tmp_path):
    expected = public_case["EXPECTEDRESULTS"].get("EXPECTEDPICTUREDECODE")
    if expected is None or "2DCODE" not in public_case:  # 22 name the step and bring no picture
        return
    picture = tmp_path / "code.png"
    picture.write_bytes(base64.b64decode(public_case["2DCODE"]))

    readings = next(read_files([str(picture)]))["readings"]

    texts = [base64.b64decode(reading["bytes_b64"]).decode() for reading in readings]
    assert (texts == [public_case["PREFIX"]]) is expected
