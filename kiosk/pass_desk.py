"""Issues the Pass at the end of a declaration, with the key that the authority has lent to this kiosk."""

import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.credentials import health_pass
from kiosk.credentials.pass_issuers import PassIssuer
from kiosk.domain.verdict import Outcome, Verdict


@dataclass(frozen=True, slots=True)
class IssuedPass:
    """What the holder takes away. `code` is the `VP1:` text, `pass_id` its random id in hexadecimal."""

    pass_id: str = field(repr=False)
    code: str = field(repr=False)
    not_after: datetime


@dataclass(frozen=True)
class PassDesk:
    """`issuer` is this kiosk as the trust list knows it, with the time within which it may issue. For one thread."""

    key: Ed25519PrivateKey = field(repr=False)
    issuer: PassIssuer
    validity: timedelta
    policy_version: int

    def issue(self, name: str, verdict: Verdict, now: datetime) -> IssuedPass | None:
        """A pass for whoever has just been accepted. None for anybody else, for somebody without a name (a pass that
        names nobody could be anybody's), and when the key is not lent for this moment."""
        if verdict.outcome is not Outcome.ACCEPTED or not name.strip() or not self.is_open(now):
            return None
        pass_id = os.urandom(health_pass.PASS_ID_BYTES)
        not_after = now + min(self.validity, health_pass.MAX_DELEGATED_VALIDITY)
        code = health_pass.issue(
            self.key,
            pass_id=pass_id,
            name=name,
            not_before=now,
            not_after=not_after,
            policy_version=self.policy_version,
        )
        return IssuedPass(pass_id.hex(), code, not_after)

    def is_open(self, now: datetime) -> bool:
        """Whether the key is lent to this kiosk now. A clock that is wrong closes the desk as well."""
        return self.issuer.may_issue_at(now)
