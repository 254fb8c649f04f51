import zlib
from dataclasses import replace
from datetime import timedelta

import base45
import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from kiosk.credentials import classify, dcc
from kiosk.credentials.trust import trust_list
from kiosk.domain.identity import CodeKind, Identity, NotPersonal, Scheme

TEST, VACCINATION, RECOVERY = (f"1.3.6.1.4.1.1847.2021.1.{number}" for number in (1, 2, 3))
MISTAKEN_VACCINATION = "1.3.6.1.4.1.0.1847.2021.1.2"


def judged(data, trust, now):
    """None when the proof holds, else why not."""
    shown = classify(data, trust=trust, now=now)
    assert isinstance(shown, Identity)
    assert shown.proof is not None
    assert shown.proof.valid == (shown.proof.reason is None)
    return shown.proof.reason


def test_a_genuine_certificate_tells_whom_it_is_about(make, ministry, trust):
    shown = classify(make.certificate_code(ministry), trust=trust, now=make.now)

    assert isinstance(shown, Identity)
    assert shown.kind is CodeKind.DCC
    assert [(i.scheme, i.value) for i in shown.identifiers] == [
        (Scheme.CERTIFICATE, "URN:UVCI:01:VN:00000000#0")
    ]
    assert (shown.name, shown.birth) == ("Thạch Thị Sa Rây", "1990-09-05")
    assert shown.proof is not None
    assert shown.proof.valid
    assert (shown.proof.issuer, shown.proof.expires_at) == ("VN", "2021-09-30T08:00:00+00:00")


def test_a_ministry_with_an_rsa_key_is_believed_too(make, ministry_with_rsa, trust):
    assert judged(make.certificate_code(ministry_with_rsa), trust, make.now) is None


def test_a_longer_curve_with_es256_is_believed_too(make):
    longer = make.signatory(ec.generate_private_key(ec.SECP384R1()))

    reason = judged(
        make.certificate_code(longer), trust_list([longer.certificate], make.now), make.now
    )

    assert reason is None


@pytest.mark.parametrize(
    ("wrap", "taken"),
    [
        pytest.param(lambda m: cbor2.CBORTag(18, m), True, id="tag 18"),
        pytest.param(lambda m: m, True, id="no tag"),
        pytest.param(lambda m: cbor2.CBORTag(61, cbor2.CBORTag(18, m)), True, id="61 around 18"),
        pytest.param(lambda m: cbor2.CBORTag(61, m), False, id="61 around nothing"),
        pytest.param(lambda m: cbor2.CBORTag(18, cbor2.CBORTag(61, m)), False, id="18 around 61"),
        pytest.param(lambda m: cbor2.CBORTag(17, m), False, id="another tag"),
        pytest.param(lambda m: cbor2.CBORTag(61, cbor2.CBORTag(61, m)), False, id="61 around 61"),
        pytest.param(lambda m: m[:3], False, id="three parts"),
        pytest.param(lambda m: [*m, b""], False, id="five parts"),
        pytest.param(lambda m: [m[0], [], *m[2:]], False, id="headers that are no map"),
        pytest.param(lambda m: [b"\x80", *m[1:]], False, id="protected headers that are no map"),
        pytest.param(lambda m: [*m[:3], "text"], False, id="a signature of text"),
        pytest.param(lambda m: [b"", {1: -7, 4: "kid"}, *m[2:]], False, id="a key id of text"),
        pytest.param(
            lambda m: [b"", {1: "ES256", 4: b""}, *m[2:]], False, id="an algorithm in words"
        ),
    ],
)
def test_three_shapes_of_a_message_are_taken_and_nothing_else(make, ministry, trust, wrap, taken):
    message = make.signed(ministry, make.claims())

    shown = classify(make.code(wrap(message)), trust=trust, now=make.now)

    assert isinstance(shown, Identity) if taken else shown == NotPersonal("malformed")


@pytest.mark.parametrize(
    ("protected", "unprotected", "reason"),
    [
        ("right", None, None),
        ("right", "right", None),
        ("right", "wrong", None),
        (None, "right", None),
        ("wrong", "right", "unknown_issuer"),
        (None, "wrong", "unknown_issuer"),
        (None, None, "unknown_issuer"),
    ],
)
def test_the_protected_key_id_wins(make, ministry, trust, protected, unprotected, reason):
    ids = {"right": ministry.kid, "wrong": b"\0" * 8}
    message = make.signed(
        ministry,
        make.claims(),
        protected={1: -7} | ({4: ids[protected]} if protected else {}),
        unprotected={4: ids[unprotected]} if unprotected else {},
    )

    assert judged(make.code(message), trust, make.now) == reason


def test_an_algorithm_that_is_not_the_keys_is_a_bad_signature(make, ministry, trust):
    message = make.signed(ministry, make.claims(), protected={1: -37, 4: ministry.kid})

    assert judged(make.code(message), trust, make.now) == "bad_signature"


@pytest.mark.parametrize("part", [0, 2, 3])
def test_a_changed_byte_anywhere_is_a_bad_signature(make, ministry, trust, part):
    other = make.signed(
        ministry,
        make.claims(make.vaccination(dob="1991-09-05")),
        protected={1: -7, 4: ministry.kid, 3: 0},
    )
    message = make.signed(ministry, make.claims())

    message[part] = other[part]

    assert judged(make.code(message), trust, make.now) == "bad_signature"


@pytest.mark.parametrize(
    "signature", [b"", b"\0", b"\0" * 64, b"\xff" * 64, b"\1" * 63, b"\1" * 900]
)
def test_a_signature_that_is_no_signature_is_a_bad_one(make, ministry, trust, signature):
    message = make.signed(ministry, make.claims())

    assert judged(make.code([*message[:3], signature]), trust, make.now) == "bad_signature"


@pytest.mark.parametrize(
    ("days", "reason"),
    [
        (-1.1, "not_yet_valid"),
        (-1, None),
        (0.999, None),
        (1, "expired"),
        (100, "expired"),
    ],
)
def test_a_certificate_counts_from_its_first_second_to_its_last(
    make, ministry, trust, days, reason
):
    certificate = make.certificate_code(ministry)

    assert judged(certificate, trust, make.now + timedelta(days=days)) == reason


@pytest.mark.parametrize("issued", [1632816000, 1632816000.5, cbor2.CBORTag(1, 1632816000)])
def test_a_time_may_be_whole_broken_or_tagged(make, ministry, trust, issued):
    assert judged(make.certificate_code(ministry, issued=issued), trust, make.now) is None


def test_a_certificate_without_an_end_has_none(make, ministry, trust):
    shown = classify(make.certificate_code(ministry, expires=None), trust=trust, now=make.now)

    assert isinstance(shown, Identity)
    assert shown.proof is not None
    assert (shown.proof.valid, shown.proof.expires_at) == (True, None)


@pytest.mark.parametrize(
    "expires", [float("nan"), float("inf"), 1e300, -(2**63), "soon", True, [1], b"1"]
)
def test_a_time_that_is_none_makes_no_certificate(make, ministry, trust, expires):
    shown = classify(make.certificate_code(ministry, expires=expires), trust=trust, now=make.now)

    assert shown == NotPersonal("malformed")


def test_without_a_trust_list_it_cannot_be_checked(make, ministry):
    assert judged(make.certificate_code(ministry), None, make.now) == "no_trust_list"


def test_a_signer_who_is_not_on_the_list_cannot_be_checked(make, trust):
    stranger = make.signatory(ec.generate_private_key(ec.SECP256R1()))

    assert judged(make.certificate_code(stranger), trust, make.now) == "unknown_issuer"


def test_without_a_clock_it_cannot_be_checked(make, ministry, trust):
    assert judged(make.certificate_code(ministry), trust, None) == "no_clock"


@pytest.mark.parametrize(("days", "reason"), [(30, None), (30.01, "old_trust_list")])
def test_an_old_list_cannot_check_what_it_would_have_believed(make, ministry, trust, days, reason):
    old = replace(trust, dated_at=make.now - timedelta(days=days))

    assert judged(make.certificate_code(ministry), old, make.now) == reason


def test_an_old_list_still_knows_a_bad_signature(make, ministry, trust):
    old = replace(trust, dated_at=make.now - timedelta(days=99))
    message = make.signed(ministry, make.claims())

    assert judged(make.code([*message[:3], b"\1" * 64]), old, make.now) == "bad_signature"


def test_a_revoked_signer_is_no_signer(make, ministry, trust):
    revoked = replace(trust, revoked_kids=frozenset({ministry.kid}))

    assert judged(make.certificate_code(ministry), revoked, make.now) == "revoked"


@pytest.mark.parametrize(
    ("usages", "reason"),
    [
        pytest.param([], None, id="no limits"),
        pytest.param([VACCINATION], None, id="vaccinations"),
        pytest.param([MISTAKEN_VACCINATION], None, id="vaccinations, the mistaken form"),
        pytest.param([TEST, VACCINATION], None, id="tests and vaccinations"),
        pytest.param(["1.3.6.1.5.5.7.3.1"], None, id="a limit that has nothing to do with it"),
        pytest.param([TEST], "key_usage", id="tests only"),
        pytest.param([RECOVERY], "key_usage", id="recoveries only"),
    ],
)
def test_a_signer_may_be_limited_to_a_kind(make, usages, reason):
    limited = make.signatory(ec.generate_private_key(ec.SECP256R1()), *usages)
    trust = trust_list([limited.certificate], make.now)

    assert judged(make.certificate_code(limited), trust, make.now) == reason


def test_a_signer_whose_own_certificate_has_ended_is_a_remark_for_staff(make):
    ended = make.signatory(
        ec.generate_private_key(ec.SECP256R1()), ends=make.now - timedelta(days=1)
    )
    trust = trust_list([ended.certificate], make.now)

    shown = classify(make.certificate_code(ended), trust=trust, now=make.now)

    assert isinstance(shown, Identity)
    assert shown.warnings == ("signer_certificate_ended",)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"v": None}, id="says nothing"),
        pytest.param({"v": []}, id="says nothing in a list"),
        pytest.param({"t": [{"ci": "x", "co": "VN", "tg": "1"}]}, id="says two things"),
        pytest.param({"v": [{"ci": "x", "co": "VN", "tg": "1"}] * 2}, id="says one thing twice"),
        pytest.param({"v": {"ci": "x"}}, id="says it outside a list"),
        pytest.param({"v": [{"co": "VN", "tg": "1"}]}, id="has no id"),
        pytest.param({"v": [{"ci": " ", "co": "VN", "tg": "1"}]}, id="has a blank id"),
        pytest.param({"v": [{"ci": 7, "co": "VN", "tg": "1"}]}, id="has a number for an id"),
        pytest.param({"v": [{"ci": "a\nb", "co": "VN", "tg": "1"}]}, id="has a line end in its id"),
        pytest.param({"nam": {}}, id="names nobody"),
        pytest.param({"nam": "Thạch"}, id="names somebody in plain text"),
        pytest.param({"nam": {"fn": "Thạch"}}, id="has no name as on a passport"),
        pytest.param({"nam": {"fn": "Th\x1b[2J", "fnt": "T"}}, id="has an escape in the name"),
        pytest.param({"nam": {"fn": "T\u202eh", "fnt": "T"}}, id="has a name that turns around"),
        pytest.param({"nam": {"fn": "T" * 301, "fnt": "T"}}, id="has a name without end"),
        pytest.param({"nam": {"fn": 7, "fnt": "T"}}, id="has a number for a name"),
        pytest.param({"dob": None}, id="has no birth date"),
        pytest.param({"dob": 1990}, id="has a number for a birth date"),
        pytest.param({"ver": None}, id="has no version"),
    ],
)
def test_a_signed_certificate_that_breaks_its_own_format_is_about_nobody(
    make, ministry, trust, changes
):
    certificate = make.certificate_code(ministry, make.vaccination(**changes))

    shown = classify(certificate, trust=trust, now=make.now)

    assert isinstance(shown, Identity)
    assert (shown.identifiers, shown.name, shown.birth) == ((), "", "")
    assert shown.proof is not None
    assert shown.proof.reason == "bad_content"


@pytest.mark.parametrize(
    ("written", "birth"),
    [
        ("1990-09-05", "1990-09-05"),
        ("1990-09", "1990-09"),
        ("1990", "1990"),
        ("", ""),
        ("1990-09-05T00:00:00Z", "1990-09-05"),
        ("05.09.1990", ""),
    ],
)
def test_a_birth_date_may_be_partial(make, ministry, trust, written, birth):
    certificate = make.certificate_code(ministry, make.vaccination(dob=written))

    shown = classify(certificate, trust=trust, now=make.now)

    assert isinstance(shown, Identity)
    assert shown.birth == birth


def test_a_name_only_as_on_a_passport_is_a_name(make, ministry, trust):
    names = {"fnt": "THACH", "gnt": "THI<SA<RAY"}
    certificate = make.certificate_code(ministry, make.vaccination(nam=names))

    shown = classify(certificate, trust=trust, now=make.now)

    assert isinstance(shown, Identity)
    assert shown.name == "THACH THI SA RAY"


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(7, id="a number"),
        pytest.param([], id="a list"),
        pytest.param({}, id="no claims"),
        pytest.param({-260: {}}, id="no certificate"),
        pytest.param({-260: {1: b"bytes"}}, id="a certificate of bytes"),
        pytest.param({-260: [1]}, id="certificates in a list"),
        pytest.param({1: 7, -260: {1: {}}}, id="a number for an issuer"),
        pytest.param({1: "V\nN", -260: {1: {}}}, id="a line end in the issuer"),
        pytest.param({1: "V" * 41, -260: {1: {}}}, id="an issuer without end"),
    ],
)
def test_claims_that_hold_no_certificate_are_nobody(make, ministry, trust, payload):
    message = make.signed(ministry, payload)

    assert classify(make.code(message), trust=trust, now=make.now) == NotPersonal("malformed")


def test_spaces_belong_to_the_code(make, ministry, trust):
    # one certificate in three has a space in its base45
    text = next(
        text
        for seconds in range(1000)
        if b" " in (text := make.certificate_code(ministry, issued=1632816000 - seconds))
    )

    assert judged(text, trust, make.now) is None
    assert classify(text.replace(b" ", b""), trust=trust) == NotPersonal("malformed")
    assert classify(text + b" ", trust=trust) == NotPersonal("malformed")


@pytest.mark.parametrize(
    ("compressed", "what"),
    [
        (zlib.compress(b"\0" * 2_000_000), "a bomb"),
        (zlib.compress(b"\0" * 65_537), "one byte more than is taken"),
        (b"", "nothing"),
        (b"\x80", "no stream"),
    ],
)
def test_a_stream_is_inflated_whole_alone_and_to_a_limit(compressed, what):
    code = b"HC1:" + base45.b45encode(compressed)

    assert len(code) <= 3000, what
    assert classify(code) == NotPersonal("malformed")


@pytest.mark.parametrize(("cut", "added"), [(1, b""), (4, b""), (0, b"more"), (0, b"\0")], ids=str)
def test_a_genuine_certificate_in_a_stream_that_is_cut_or_goes_on_is_refused(
    make, ministry, trust, cut, added
):
    stream = base45.b45decode(make.certificate_code(ministry)[4:].decode())
    damaged = stream[: len(stream) - cut] + added

    shown = classify(b"HC1:" + base45.b45encode(damaged), trust=trust, now=make.now)

    assert shown == NotPersonal("malformed")


def test_what_has_no_prefix_is_not_unpacked():
    with pytest.raises(dcc.NotACertificate, match="prefix"):
        dcc.unbase45("HC2:6BF")


@pytest.mark.parametrize("prefix", [b"hc1:", b"HC2:", b"HL0:", b" HC1:", b"HC1"])
def test_another_prefix_is_another_code(make, ministry, prefix):
    code = make.certificate_code(ministry).replace(b"HC1:", prefix)

    assert classify(code) == NotPersonal("unknown")
