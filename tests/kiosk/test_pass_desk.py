from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.credentials import classify, pass_issuers
from kiosk.credentials.trust import TrustList
from kiosk.domain.verdict import Outcome, Verdict
from kiosk.pass_desk import PassDesk

NOW = datetime(2026, 11, 24, 1, tzinfo=UTC)
ACCEPTED = Verdict(Outcome.ACCEPTED, "kiosk_form")


@pytest.fixture
def desk():
    """A desk whose key is lent to it for three days, by an authority."""
    authority, key = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    delegation = pass_issuers.delegate(
        authority,
        key.public_key(),
        venue="Chợ Mẫu",
        not_before=NOW,
        not_after=NOW + timedelta(hours=72),
    )
    lender = pass_issuers.authority(authority.public_key(), "Made-up authority")
    return PassDesk(key, pass_issuers.accept(delegation, [lender]), timedelta(hours=24), 1)


def test_whoever_is_accepted_gets_a_pass_that_this_kiosk_takes(desk):
    trust = TrustList(NOW, pass_issuers={desk.issuer.kid: desk.issuer})

    issued = desk.issue("Thạch Thị Mẫu", ACCEPTED, NOW)

    shown = classify(issued.code.encode(), trust=trust, now=NOW + timedelta(hours=23))
    assert (shown.proof.valid, shown.proof.issuer) == (True, "Chợ Mẫu")
    assert shown.identifiers[0].value == issued.pass_id
    assert shown.name == "Thạch T. M***"


def test_a_pass_ends_when_it_says(desk):
    trust = TrustList(NOW, pass_issuers={desk.issuer.kid: desk.issuer})

    issued = desk.issue("Thạch Thị Mẫu", ACCEPTED, NOW)

    assert classify(issued.code.encode(), trust=trust, now=issued.not_after).proof.refuted


@pytest.mark.parametrize("outcome", [o for o in Outcome if o is not Outcome.ACCEPTED])
def test_whoever_is_not_accepted_gets_none(desk, outcome):
    assert desk.issue("Thạch Thị Mẫu", Verdict(outcome, "declared_risk"), NOW) is None


def test_nobody_gets_a_pass_without_a_name(desk):
    assert desk.issue(" ", ACCEPTED, NOW) is None


@pytest.mark.parametrize("off", [timedelta(hours=-1), timedelta(hours=72)])
def test_no_pass_is_issued_when_the_key_is_not_lent(desk, off):
    assert desk.issue("Thạch Thị Mẫu", ACCEPTED, NOW + off) is None


def test_two_passes_have_nothing_in_common(desk):
    passes = [desk.issue("Thạch Thị Mẫu", ACCEPTED, NOW) for _ in range(2)]

    assert passes[0].pass_id != passes[1].pass_id
    assert passes[0].code not in repr(passes[0])


def test_a_longer_validity_than_a_delegate_may_give_is_cut(desk):
    long = PassDesk(desk.key, desk.issuer, timedelta(days=20), 1)

    assert long.issue("A Mẫu", ACCEPTED, NOW).not_after == NOW + timedelta(hours=72)
