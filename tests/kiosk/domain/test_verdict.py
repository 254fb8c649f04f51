from datetime import UTC, datetime, timedelta

import pytest

from kiosk.domain.declaration import Declaration, Risk, Source
from kiosk.domain.identity import CodeKind, Identity, NotPersonal, NotPersonalReason, Proof
from kiosk.domain.policy import Policy
from kiosk.domain.verdict import Outcome, Verdict, decide, on_record

NOW = datetime(2021, 9, 29, 8, 0, tzinfo=UTC)
CARD = Identity(kind=CodeKind.CCCD, identifiers=())


def declared(hours_ago: float, *, risk: Risk = Risk.NONE, version: int = 1) -> Declaration:
    made_at = NOW - timedelta(hours=hours_ago)
    return Declaration("d", made_at, Source.KIOSK_FORM, risk, version)


@pytest.mark.parametrize(
    ("declaration", "outcome", "reason"),
    [
        pytest.param(None, "missing", "none", id="nobody has declared"),
        pytest.param(declared(1), "accepted", "kiosk_form", id="declared an hour ago"),
        pytest.param(declared(23.99), "accepted", "kiosk_form", id="just within a day"),
        pytest.param(declared(24), "missing", "expired", id="a day is over at its last second"),
        pytest.param(declared(25), "missing", "expired", id="older than a day"),
        pytest.param(declared(-0.1), "accepted", "kiosk_form", id="a clock six minutes ahead"),
        pytest.param(declared(-1), "missing", "from_the_future", id="a clock an hour ahead"),
        pytest.param(declared(1, version=0), "missing", "incomplete", id="old questions"),
        pytest.param(declared(1, risk=Risk.DECLARED), "refer", "declared_risk", id="symptoms"),
        pytest.param(declared(99, risk=Risk.DECLARED), "refer", "declared_risk", id="old symptoms"),
    ],
)
def test_a_card_is_judged_by_the_declaration_on_record(declaration, outcome, reason):
    assert decide(CARD, declaration, Policy(), NOW) == Verdict(Outcome(outcome), reason)


@pytest.mark.parametrize(
    ("here", "elsewhere", "outcome", "reason"),
    [
        (None, False, Outcome.MISSING, "none"),
        (None, True, Outcome.ACCEPTED, "portal"),
        (declared(1), True, Outcome.ACCEPTED, "kiosk_form"),
        (declared(25), False, Outcome.MISSING, "expired"),
        (declared(25), True, Outcome.ACCEPTED, "portal"),
        (declared(25, risk=Risk.DECLARED), True, Outcome.REFER, "declared_risk"),
    ],
)
def test_a_declaration_made_elsewhere_counts_where_none_here_does(here, elsewhere, outcome, reason):
    found = on_record(here, Policy(), NOW, elsewhere=elsewhere)

    assert decide(CARD, found, Policy(), NOW) == Verdict(outcome, reason)


@pytest.mark.parametrize("reason", list(NotPersonalReason))
def test_a_code_of_nobody_is_not_personal_whatever_it_is(reason):
    verdict = decide(NotPersonal(reason), None, Policy(), NOW)

    assert verdict == Verdict(Outcome.NOT_PERSONAL, reason)
    assert not verdict.is_visit


def test_a_valid_pass_is_accepted_with_no_declaration_on_record():
    shown = Identity(CodeKind.PASS, (), proof=Proof(valid=True), policy_version=1)

    assert decide(shown, None, Policy(), NOW) == Verdict(Outcome.ACCEPTED, "pass")


@pytest.mark.parametrize("version", [None, 1])
def test_a_pass_made_under_an_older_policy_is_incomplete(version):
    shown = Identity(CodeKind.PASS, (), proof=Proof(valid=True), policy_version=version)

    verdict = decide(shown, None, Policy(min_pass_policy_version=2), NOW)

    assert verdict == Verdict(Outcome.MISSING, "incomplete")


def test_a_forged_pass_is_invalid_even_when_a_declaration_is_on_record():
    shown = Identity(CodeKind.PASS, (), proof=Proof(valid=False, reason="bad_signature"))

    assert decide(shown, declared(1), Policy(), NOW).outcome is Outcome.INVALID


def test_a_genuine_certificate_is_no_declaration():
    shown = Identity(CodeKind.DCC, (), proof=Proof(valid=True))

    assert decide(shown, None, Policy(), NOW) == Verdict(Outcome.MISSING, "none")


@pytest.mark.parametrize("outcome", list(Outcome))
def test_only_people_make_visits(outcome):
    people = {Outcome.ACCEPTED, Outcome.MISSING, Outcome.REFER}

    assert Verdict(outcome, "any").is_visit == (outcome in people)
