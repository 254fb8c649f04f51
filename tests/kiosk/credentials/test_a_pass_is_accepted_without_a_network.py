from dataclasses import replace
from datetime import timedelta

import base45
import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.credentials import classify, cose, health_pass, pass_issuers
from kiosk.credentials.trust import TrustList, trust_list
from kiosk.domain.identity import CodeKind, Identity, NotPersonal, Scheme

ID = bytes(range(16))
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def province(make):
    return make.signatory(Ed25519PrivateKey.generate())


@pytest.fixture(scope="module")
def kiosk_key():
    return Ed25519PrivateKey.generate()


@pytest.fixture
def trust(province, make) -> TrustList:
    return trust_list([province.certificate], make.now)


@pytest.fixture
def lent(province, kiosk_key, make) -> bytes:
    """The province's word that the kiosk may issue, for two days from now."""
    return pass_issuers.delegate(
        province.key,
        kiosk_key.public_key(),
        venue="Chợ Trà Cú",
        not_before=make.now,
        not_after=make.now + 48 * HOUR,
    )


def issue(key, begins, *, lasts=24 * HOUR, name="Thạch Thị Sa Rây", pass_id=ID) -> bytes:
    return health_pass.issue(
        key,
        pass_id=pass_id,
        name=name,
        not_before=begins,
        not_after=begins + lasts,
        policy_version=3,
    ).encode()


def judged(data, trust, now):
    """None when the pass counts, else why not."""
    shown = classify(data, trust=trust, now=now)
    assert isinstance(shown, Identity)
    assert shown.proof is not None
    assert shown.proof.valid == (shown.proof.reason is None)
    return shown.proof.reason


def test_a_pass_tells_its_id_a_masked_name_and_nothing_else(province, trust, make):
    shown = classify(issue(province.key, make.now), trust=trust, now=make.now)

    assert isinstance(shown, Identity)
    assert shown.kind is CodeKind.PASS
    assert [(i.scheme, i.value) for i in shown.identifiers] == [(Scheme.PASS, ID.hex())]
    assert (shown.name, shown.birth, shown.address, shown.phone) == ("Thạch T. S. R***", "", "", "")
    assert shown.policy_version == 3
    assert shown.proof is not None
    assert shown.proof.valid
    assert shown.proof.issuer == "Made-up ministry"
    assert shown.proof.expires_at == "2021-09-30T08:00:00+00:00"


def test_no_full_name_is_inside_the_code(province, make):
    text = issue(province.key, make.now)

    raw = base45.b45decode(text[4:].decode())

    assert "Thạch".encode() in raw
    assert "Thị".encode() not in raw
    assert "Rây".encode() not in raw


@pytest.mark.parametrize(
    "name",
    [
        "Thạch Thị Sa Rây",
        "Nguyễn" + " Ngọc" * 30,
        "សុខ" * 30 + " ចាន់",
        "W" * 80,
        "W" * 80 + " " + "W" * 80,
        "",
    ],
)
def test_a_pass_fits_350_characters_whoever_holds_it(province, trust, make, name):
    text = issue(province.key, make.now, name=name)

    assert len(text) <= 350
    assert judged(text, trust, make.now) is None


def test_a_usual_pass_is_a_small_code(province, make):
    assert len(issue(province.key, make.now)) <= 240


@pytest.mark.parametrize(
    ("hours", "reason"),
    [
        (-0.2, "not_yet_valid"),
        (-0.1, None),
        (0, None),
        (23.99, None),
        (24, "expired"),
    ],
)
def test_a_pass_counts_from_its_beginning_to_its_end(province, trust, make, hours, reason):
    text = issue(province.key, make.now)

    assert judged(text, trust, make.now + hours * HOUR) == reason


def test_a_checkpoint_without_network_for_weeks_still_takes_passes(province, trust, make):
    weeks_later = make.now + timedelta(days=60)

    assert judged(issue(province.key, weeks_later), trust, weeks_later) is None


@pytest.mark.parametrize(
    ("revoked", "reason"),
    [("kid", "revoked"), ("id", "revoked"), ("other", None)],
)
def test_a_pass_is_revoked_by_its_issuer_or_by_itself(province, trust, make, revoked, reason):
    kid = pass_issuers.kid_of(province.key.public_key())
    changed = {
        "kid": replace(trust, revoked_kids=frozenset({kid})),
        "id": replace(trust, revoked_pass_ids=frozenset({ID})),
        "other": replace(trust, revoked_pass_ids=frozenset({b"\0" * 16})),
    }[revoked]

    assert judged(issue(province.key, make.now), changed, make.now) == reason


def test_a_pass_of_an_unknown_issuer_or_without_a_list_cannot_be_checked(trust, make):
    text = issue(Ed25519PrivateKey.generate(), make.now)

    assert judged(text, trust, make.now) == "unknown_issuer"
    assert judged(text, None, make.now) == "no_trust_list"


def test_without_a_clock_a_pass_cannot_be_checked(province, trust, make):
    assert judged(issue(province.key, make.now), trust, None) == "no_clock"


def test_a_key_that_claims_to_be_the_provinces_is_found_out(province, trust, make):
    forged = cose.sign(
        cose.parse(base45.b45decode(issue(province.key, make.now)[4:].decode())).payload,
        Ed25519PrivateKey.generate(),
        pass_issuers.kid_of(province.key.public_key()),
    )

    assert judged(b"VP1:" + base45.b45encode(forged), trust, make.now) == "bad_signature"


def test_a_signer_of_health_certificates_issues_no_passes(ministry, make):
    trust = trust_list([ministry.certificate], make.now)
    message = make.signed(
        ministry, {7: ID, 6: 1632902400, 4: 1632988800, -70001: "T***", -70002: 1}
    )

    text = b"VP1:" + base45.b45encode(cbor2.dumps(cbor2.CBORTag(18, message)))

    assert judged(text, trust, make.now) == "unknown_issuer"


def test_a_kiosk_with_a_lent_key_issues_passes_that_other_kiosks_take(
    province, kiosk_key, lent, make
):
    trust = trust_list([province.certificate], make.now, delegations=[lent])

    shown = classify(issue(kiosk_key, make.now + HOUR), trust=trust, now=make.now + 2 * HOUR)

    assert isinstance(shown, Identity)
    assert shown.proof is not None
    assert shown.proof.valid
    assert shown.proof.issuer == "Chợ Trà Cú"


@pytest.mark.parametrize(
    ("hours", "lasts", "reason"),
    [
        pytest.param(-0.01, 24, "key_usage", id="before the key was lent"),
        pytest.param(0, 24, None, id="in the first second"),
        pytest.param(47.99, 24, None, id="in the last minute"),
        pytest.param(48, 24, "key_usage", id="when the time is over"),
        pytest.param(1, 72, None, id="for three days"),
        pytest.param(1, 72.01, "key_usage", id="for longer than a key is ever lent"),
    ],
)
def test_a_lent_key_issues_only_in_its_time_and_only_for_a_while(
    province, kiosk_key, lent, make, hours, lasts, reason
):
    trust = trust_list([province.certificate], make.now, delegations=[lent])
    begins = make.now + hours * HOUR

    assert judged(issue(kiosk_key, begins, lasts=lasts * HOUR), trust, begins + HOUR) == reason


@pytest.mark.parametrize("whose", ["province", "kiosk"])
def test_a_lent_key_falls_with_its_own_id_and_with_the_lenders(
    province, kiosk_key, lent, make, whose
):
    key = {"province": province.key, "kiosk": kiosk_key}[whose]
    revoked = pass_issuers.kid_of(key.public_key())
    trust = trust_list([province.certificate], make.now, delegations=[lent], revoked_kids=[revoked])

    assert judged(issue(kiosk_key, make.now), trust, make.now) == "revoked"


def test_a_key_may_not_be_lent_for_longer_than_three_days_or_to_nowhere(province, kiosk_key, make):
    begins = make.now

    def delegate(venue, hours):
        return pass_issuers.delegate(
            province.key,
            kiosk_key.public_key(),
            venue=venue,
            not_before=begins,
            not_after=begins + hours * HOUR,
        )

    assert delegate("Chợ", 72)
    for venue, hours in (("Chợ", 72.01), ("Chợ", 0), ("", 1), ("x" * 65, 1)):
        with pytest.raises(pass_issuers.BadDelegation):
            delegate(venue, hours)


def test_what_is_lent_cannot_be_lent_on(province, kiosk_key, lent, make):
    third = Ed25519PrivateKey.generate()
    lent_on = pass_issuers.delegate(
        kiosk_key, third.public_key(), venue="Quán", not_before=make.now, not_after=make.now + HOUR
    )

    trust = trust_list([province.certificate], make.now, delegations=[lent, lent_on])

    assert judged(issue(third, make.now), trust, make.now) == "unknown_issuer"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({2: 7}, id="a number for a venue"),
        pytest.param({2: ""}, id="no venue"),
        pytest.param({4: 1632902400 + 73 * 3600}, id="73 hours"),
        pytest.param({4: None}, id="no end"),
        pytest.param({4: "soon"}, id="an end in words"),
        pytest.param({6: 1e300}, id="a beginning that never comes"),
        pytest.param({8: None}, id="no key"),
        pytest.param({8: {1: {1: 2, -1: 6, -2: b"\0" * 32}}}, id="a key of another type"),
        pytest.param({8: {1: {1: 1, -1: 6, -2: b"\0" * 31}}}, id="a key that is too short"),
    ],
)
def test_a_signed_paper_that_is_no_delegation_lends_nothing(province, make, change):
    claims = {
        2: "Chợ",
        6: 1632902400,
        4: 1632902400 + 3600,
        8: {1: {1: 1, -1: 6, -2: Ed25519PrivateKey.generate().public_key().public_bytes_raw()}},
        **change,
    }
    claims = {key: value for key, value in claims.items() if value is not None}
    kid = pass_issuers.kid_of(province.key.public_key())
    paper = cose.sign(cbor2.dumps(claims), province.key, kid)

    with pytest.raises(pass_issuers.BadDelegation):
        pass_issuers.accept(
            paper, trust_list([province.certificate], make.now).pass_issuers.values()
        )


@pytest.mark.parametrize(
    "paper", [b"", b"\x00", b"\xff" * 40, cbor2.dumps([b"", {}, b"\x00", b""])]
)
def test_garbage_lends_nothing(province, make, paper, caplog):
    trust = trust_list([province.certificate], make.now, delegations=[paper])

    assert len(trust.pass_issuers) == 1
    assert "left out" in caplog.text


def test_a_pass_is_no_delegation_and_a_delegation_no_pass(province, trust, lent, make):
    a_pass = base45.b45decode(issue(province.key, make.now)[4:].decode())

    with pytest.raises(pass_issuers.BadDelegation):
        pass_issuers.accept(a_pass, trust.pass_issuers.values())
    assert classify(b"VP1:" + base45.b45encode(lent), trust=trust) == NotPersonal("malformed")


@pytest.mark.parametrize(
    "change",
    [
        {7: b"\0" * 15},
        {7: "0" * 16},
        {7: None},
        {6: None},
        {6: 1.5},
        {4: 2**63},
        {-70001: 7},
        {-70001: "x" * 33},
        {-70001: "a\x1bb"},
        {-70002: "1"},
    ],
)
def test_a_signed_token_that_is_no_pass_is_nobody(province, trust, make, change):
    claims = {7: ID, 6: 1632902400, 4: 1632988800, -70001: "T***", -70002: 1, **change}
    claims = {key: value for key, value in claims.items() if value is not None}
    kid = pass_issuers.kid_of(province.key.public_key())

    message = cose.sign(cbor2.dumps(claims), province.key, kid)

    shown = classify(b"VP1:" + base45.b45encode(message), trust=trust, now=make.now)
    assert shown == NotPersonal("malformed")


def test_more_than_350_characters_are_no_pass(province, trust, make):
    longer = issue(province.key, make.now) + b"000" * 60

    assert len(longer) > 350
    assert classify(longer, trust=trust, now=make.now) == NotPersonal("malformed")


@pytest.mark.parametrize(("pass_id", "hours"), [(b"short", 24), (ID, 0), (ID, -1), (ID, 721)])
def test_an_issuer_is_told_when_no_kiosk_would_take_its_pass(province, make, pass_id, hours):
    with pytest.raises(ValueError, match="pass"):
        issue(province.key, make.now, lasts=hours * HOUR, pass_id=pass_id)
