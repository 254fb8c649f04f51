"""What a declaration made at the form becomes: who declared, what is judged of it, and the Pass it earns."""

from dataclasses import dataclass, replace
from datetime import datetime

from kiosk.asked import Declare
from kiosk.domain.declaration import Declaration, Source
from kiosk.domain.identity import CodeKind, Identifier, Identity, Scheme
from kiosk.domain.verdict import Outcome, Verdict, decide
from kiosk.entrance_parts import Parts
from kiosk.pass_desk import IssuedPass
from kiosk.sealing_desk import Sealer
from kiosk.web.ports import Declared


@dataclass(frozen=True)
class Made:
    """Nothing of it is stored yet. `person` is by whom they are remembered today."""

    identity: Identity
    person: bytes
    declaration: Declaration
    verdict: Verdict
    seal: Sealer
    issued: IssuedPass | None

    def told(self, *, stored: bool, must_wait: bool) -> Declared:
        """What the form hears. `must_wait`: accepted, and sent to staff all the same."""
        declared = Declared(self.verdict.outcome, stored)
        if stored and self.issued is not None:
            code, until = self.issued.code, self.issued.not_after
            declared = replace(declared, pass_code=code, pass_until=until)
        if stored and self.verdict.outcome is Outcome.ACCEPTED:
            declared = replace(declared, must_wait=must_wait)
        return declared


def make(request: Declare, parts: Parts, now: datetime) -> Made:
    """Raise PartError when more was answered than a sealed part can hold."""
    declaration = Declaration(
        id=parts.new_id(),
        made_at=now,
        source=Source.KIOSK_FORM,
        risk=request.risk,
        questions_version=request.questions_version,
        consent=request.consent,
    )
    identity = request.identity or Identity(kind=CodeKind.FORM, identifiers=())
    verdict = decide(identity, declaration, parts.policy, now)
    desk = parts.passes
    issued = desk.issue(identity.name, verdict, now) if desk is not None else None
    person = parts.declared.person_key(identity)
    if issued is not None:
        declaration = replace(declaration, pass_id=issued.pass_id)
        # whoever shows the pass is whoever declared, not one more person
        of_pass = Identifier(Scheme.PASS, issued.pass_id)
        identity = replace(identity, identifiers=(*identity.identifiers, of_pass))
    seal = parts.sealing.sealer(identity, request.answers, request.consent)
    return Made(identity, person, declaration, verdict, seal, issued)
