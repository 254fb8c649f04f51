"""What may be said of a visitor now: the one decision the kiosk exists for.

In: what the code said (`Identity` or `NotPersonal`), the declaration on record for that person if any, the policy,
and the time. Out: a `Verdict`, always with a reason.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kiosk.domain.declaration import Declaration, Risk, Source
from kiosk.domain.identity import CodeKind, Identity, NotPersonal
from kiosk.domain.policy import Policy


class Outcome(StrEnum):
    ACCEPTED = "accepted"
    MISSING = "missing"
    REFER = "refer"
    INVALID = "invalid"
    NOT_PERSONAL = "not_personal"


# what is said of a person who stood there; the others are counted notices
VISITS = (Outcome.ACCEPTED, Outcome.MISSING, Outcome.REFER)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` is a code in lower_snake_case: of the rule that decided, or of the code that was shown."""

    outcome: Outcome
    reason: str

    @property
    def is_visit(self) -> bool:
        """Whether a person stood there."""
        return self.outcome in VISITS


def decide(
    shown: Identity | NotPersonal, declaration: Declaration | None, policy: Policy, now: datetime
) -> Verdict:
    """The verdict for whoever shows this code now. Total: every combination has an answer."""
    if isinstance(shown, NotPersonal):
        return Verdict(Outcome.NOT_PERSONAL, shown.reason)
    proof = shown.proof
    if proof is not None and proof.refuted:
        return Verdict(Outcome.INVALID, proof.reason or "bad_proof")
    if declaration is not None:
        return _judge(declaration, policy, now)
    if proof is not None and not proof.valid:
        # no trust list, or a signer nobody here knows: that is not the visitor's fault, and no proof either
        return Verdict(Outcome.MISSING, "cannot_check")
    if shown.kind is CodeKind.PASS and proof is not None:
        return _of_pass(shown, policy)
    return Verdict(Outcome.MISSING, "none")


def on_record(
    here: Declaration | None, policy: Policy, now: datetime, *, elsewhere: bool
) -> Declaration | None:
    """The declaration that counts: the one made here, unless it no longer counts and the authority says that this
    person has declared `elsewhere` since. A risk that was declared here is not undone by that."""
    if not elsewhere:
        return here
    if here is not None and (
        here.risk is Risk.DECLARED or _judge(here, policy, now).outcome is Outcome.ACCEPTED
    ):
        return here
    return Declaration("", now, Source.PORTAL, Risk.NONE, policy.min_questions_version)


def _of_pass(shown: Identity, policy: Policy) -> Verdict:
    """A valid pass is itself the proof that its holder has declared, under the policy that it names."""
    if (shown.policy_version or 0) < policy.min_pass_policy_version:
        return Verdict(Outcome.MISSING, "incomplete")
    return Verdict(Outcome.ACCEPTED, "pass")


def _judge(declaration: Declaration, policy: Policy, now: datetime) -> Verdict:
    if declaration.risk is Risk.DECLARED:
        # a declared risk does not lapse with the declaration that made it visible
        return Verdict(Outcome.REFER, "declared_risk")
    if declaration.made_at > now + policy.clock_tolerance:
        return Verdict(Outcome.MISSING, "from_the_future")
    if now >= declaration.made_at + policy.declaration_validity:
        return Verdict(Outcome.MISSING, "expired")
    if declaration.questions_version < policy.min_questions_version:
        return Verdict(Outcome.MISSING, "incomplete")
    return Verdict(Outcome.ACCEPTED, declaration.source)
