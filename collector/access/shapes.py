"""An account, and whoever is signed in with one."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from collector.access.roles import Right, Role, may, needs_second_factor
from collector.errors import CollectorError

NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,38}[a-z0-9])")


class AccessError(CollectorError):
    """The accounts cannot be had, or what was asked for may not be. Nothing was changed."""


class Due(StrEnum):
    """What somebody who is signed in has to do before anything else."""

    NOTHING = "nothing"
    PASSWORD = "password"
    SECOND_FACTOR = "second_factor"


@dataclass(frozen=True, slots=True)
class Account:
    """`temporary_until` is set while the password is one that somebody else has made."""

    name: str
    role: Role
    password_hash: str = field(repr=False)
    made_at: datetime
    temporary_until: datetime | None = None
    totp_secret: str = field(default="", repr=False)
    totp_step: int = 0  # of the last code that was taken: none counts twice
    is_locked: bool = False
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`csrf` stands in the forms of this session and no other."""

    account: Account
    token: str = field(repr=False)
    csrf: str = field(repr=False)

    @property
    def due(self) -> Due:
        if self.account.temporary_until is not None:
            return Due.PASSWORD
        if needs_second_factor(self.account.role) and not self.account.totp_secret:
            return Due.SECOND_FACTOR
        return Due.NOTHING

    def may(self, right: Right) -> bool:
        return self.due is Due.NOTHING and may(self.account.role, right)
