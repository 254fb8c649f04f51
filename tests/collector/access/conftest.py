from datetime import UTC, datetime, timedelta
from pathlib import Path

import argon2
import pyotp
import pytest

from collector.access import hand_out
from collector.access.door import Door
from collector.access.roles import Role
from collector.access.sqlite_access import SqliteAccess

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
# real, but without the 64 MiB
QUICK = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
OWN = "bốn mùa ở chợ mẫu"


class Clerk:
    """Somebody with an account and, when the role wants one, an app for the second factor."""

    def __init__(self, access: SqliteAccess, name: str, role: Role) -> None:
        self.access, self.name = access, name
        self.door = Door(access, hasher=QUICK, of_nobody=QUICK.hash("nobody"))
        self.password = hand_out.add(access, name, role, NOW, QUICK)
        self.secret = ""

    def sign_in(self, now=NOW, *, password="", code="", address="192.0.2.7"):
        code = code or (pyotp.TOTP(self.secret).at(now) if self.secret else "")
        return self.door.sign_in(self.name, password or self.password, code, address, now)

    def settle(self, now=NOW):
        """Signs in for the first time and does what is due. A minute later the next code counts."""
        who = self.sign_in(now)
        who = self.door.set_password(who, self.password, OWN, now)
        self.password = OWN
        if who.due == "second_factor":
            self.secret = pyotp.random_base32()
            code = pyotp.TOTP(self.secret).at(now)
            who = self.door.set_second_factor(who, self.secret, code, now)
        return who


@pytest.fixture
def access(tmp_path: Path) -> SqliteAccess:
    return SqliteAccess(tmp_path / "access.db")


@pytest.fixture
def clerk(access):
    def made(role=Role.REGISTRAR, name="kim.mau") -> Clerk:
        return Clerk(access, name, role)

    return made


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def minute() -> timedelta:
    return timedelta(minutes=1)
