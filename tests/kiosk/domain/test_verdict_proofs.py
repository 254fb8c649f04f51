from datetime import UTC, datetime, timedelta

import pytest

from kiosk.domain.declaration import Declaration, Risk, Source
from kiosk.domain.identity import CANNOT_CHECK, CodeKind, Identity, Proof, ProofFailure
from kiosk.domain.policy import Policy
from kiosk.domain.verdict import Outcome, Verdict, decide

NOW = datetime(2021, 9, 29, 8, 0, tzinfo=UTC)
FRESH = Declaration("d", NOW - timedelta(hours=1), Source.KIOSK_FORM, Risk.NONE, 1)
SIGNED = [CodeKind.DCC, CodeKind.PASS]


def shown(kind: CodeKind, reason: ProofFailure) -> Identity:
    return Identity(kind, (), proof=Proof(valid=False, reason=reason))


@pytest.mark.parametrize("kind", SIGNED)
@pytest.mark.parametrize(
    "reason", ["unknown_issuer", "no_trust_list", "old_trust_list", "no_clock"]
)
def test_what_cannot_be_checked_now_is_never_called_invalid(kind, reason):
    verdict = decide(shown(kind, ProofFailure(reason)), None, Policy(), NOW)

    assert verdict == Verdict(Outcome.MISSING, "cannot_check")


@pytest.mark.parametrize("kind", SIGNED)
@pytest.mark.parametrize(
    "reason",
    ["bad_signature", "bad_content", "key_usage", "not_yet_valid", "expired", "revoked"],
)
def test_a_code_that_is_itself_bad_is_invalid_and_says_why(kind, reason):
    verdict = decide(shown(kind, ProofFailure(reason)), FRESH, Policy(), NOW)

    assert verdict == Verdict(Outcome.INVALID, reason)


@pytest.mark.parametrize("reason", sorted(CANNOT_CHECK))
def test_a_declaration_on_record_counts_also_where_the_code_cannot_be_checked(reason):
    verdict = decide(shown(CodeKind.DCC, reason), FRESH, Policy(), NOW)

    assert verdict == Verdict(Outcome.ACCEPTED, "kiosk_form")


def test_a_pass_that_nobody_has_checked_is_no_proof():
    verdict = decide(Identity(CodeKind.PASS, ()), None, Policy(), NOW)

    assert verdict == Verdict(Outcome.MISSING, "none")


def test_every_failure_is_either_the_codes_fault_or_cannot_be_checked():
    refuted = {reason for reason in ProofFailure if Proof(valid=False, reason=reason).refuted}

    assert refuted == set(ProofFailure) - CANNOT_CHECK
    assert not Proof(valid=True).refuted
