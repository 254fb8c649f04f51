import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.credentials import health_pass
from kiosk.credentials.identify import identify
from kiosk.credentials.trust import BadCertificate

CCCD = "084190000000|334000000|Thạch Thị Sa Rây|05091990|Nữ|Ấp Sóc Ớt, Long Hiệp, Trà Cú, Trà Vinh|15042021"
CAN_CUOC = "084190000000||Thạch Thị Sa Rây|05091990|Nữ|Xã Long Hiệp, Vĩnh Long|04102025||||"
NATIONAL = (
    "084190000000|THACH THI SA RAY|1990-09-05|0|100000000000000001|<2<GD4840000000000<0900000000"
)
BHYT = (
    "GD4840000000000|5468e1baa16368205468e1bb8b2053612052c3a279|05/09/1990|2|-|84 - 001|01/01/2021|31/12/2021|"
    "15/12/2020|$"
)


def test_a_card_is_answered_with_a_masked_holder(make):
    answer = identify(CCCD.encode(), make.now, [], reveal=False)

    assert answer == {
        "kind": "cccd",
        "holder": {
            "name": "Thạch T. S. R***",
            "birth_year": "1990",
            "sex": "female",
            "identifiers": [
                {"scheme": "cccd", "value": "*********000"},
                {"scheme": "cmnd", "value": "******000"},
            ],
        },
        "by_proxy": False,
        "warnings": [],
        "proof": None,
    }


def test_a_holder_is_revealed_only_when_asked(make):
    holder = identify(CCCD.encode(), make.now, [], reveal=True)["holder"]

    assert holder["name"] == "Thạch Thị Sa Rây"
    assert holder["birth"] == "1990-09-05"
    assert holder["identifiers"][0]["value"] == "084190000000"
    assert holder["address"].startswith("Ấp Sóc Ớt")


@pytest.mark.parametrize(
    ("code", "secrets"),
    [
        (CCCD, ["084190000000", "334000000", "Rây", "09-05", "Sóc Ớt"]),
        (CAN_CUOC, ["084190000000", "Rây", "Long Hiệp"]),
        (NATIONAL, ["084190000000", "100000000000000001", "0000000000", "RAY", "0900000000"]),
        (BHYT, ["4840000000000", "Rây", "0000000000", "GD4"]),
    ],
)
def test_no_full_identifier_is_in_the_answer(make, code, secrets):
    answer = json.dumps(identify(code.encode(), make.now, [], reveal=False), ensure_ascii=False)

    assert [secret for secret in secrets if secret in answer] == []


def test_a_certificate_is_answered_with_its_proof(make, ministry):
    code = make.certificate_code(ministry)

    answer = identify(code, make.now, [ministry.certificate], reveal=False)

    assert answer["kind"] == "dcc"
    assert answer["holder"]["name"] == "Thạch T. S. R***"
    assert "00000000#" not in json.dumps(answer)
    assert answer["proof"] == {
        "valid": True,
        "reason": None,
        "issuer": "VN",
        "expires_at": "2021-09-30T08:00:00+00:00",
    }


@pytest.mark.parametrize(
    ("days", "trusted", "reason"),
    [(0, False, "no_trust_list"), (2, True, "expired"), (-2, True, "not_yet_valid")],
)
def test_a_proof_that_does_not_hold_says_why(make, ministry, days, trusted, reason):
    trust = [ministry.certificate] if trusted else []

    answer = identify(
        make.certificate_code(ministry), make.now + timedelta(days=days), trust, reveal=False
    )

    assert answer["proof"]["valid"] is False
    assert answer["proof"]["reason"] == reason


def test_a_pass_is_checked_by_the_certificate_of_its_issuer(make):
    province = make.signatory(Ed25519PrivateKey.generate())
    code = health_pass.issue(
        province.key,
        pass_id=bytes(16),
        name="Thạch Thị Sa Rây",
        not_before=make.now,
        not_after=make.now + timedelta(hours=24),
        policy_version=1,
    )

    answer = identify(code.encode(), make.now, [province.certificate], reveal=False)

    assert (answer["kind"], answer["proof"]["valid"]) == ("pass", True)
    assert answer["holder"]["name"] == "Thạch T. S. R***"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (b"https://qr.pccovid.gov.vn/AbCdEf", "place"),
        (b"000201010211", "payment"),
        (b"WIFI:S:cho;;", "wifi"),
        (b"https://example.org/", "web"),
        (b"MECARD:N:Mau;;", "contact"),
        (b"shc:/5676", "health_card"),
        (b"\xff", "unreadable"),
        (b"HC1:NONSENSE", "malformed"),
        (b"8936000000000", "unknown"),
    ],
)
def test_a_code_of_nobody_is_answered_with_the_reason(make, code, reason):
    assert identify(code, make.now, [], reveal=False) == {"kind": "not_personal", "reason": reason}


def test_every_answer_is_json(make, ministry):
    for code in (CCCD.encode(), make.certificate_code(ministry), b"\xff"):
        answer = identify(code, make.now, [ministry.certificate], reveal=True)

        assert json.loads(json.dumps(answer)) == answer


def test_a_file_that_is_no_certificate_is_said_before_anything_is_answered(make):
    with pytest.raises(BadCertificate):
        identify(CCCD.encode(), make.now, [b"no certificate"], reveal=False)
