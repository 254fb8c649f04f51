"""In and out: who signs in, who is signed in, and what people do with their own account."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

import argon2

from collector.access import passwords, second_factor
from collector.access.shapes import Account, SignedIn
from collector.access.sqlite_access import SqliteAccess
from collector.both import Both
from collector.errors import CollectorError
from kiosk.web.safety.waits import BY_ACCOUNT, BY_ADDRESS

_TOKEN_BYTES = 32
# a session is marked as used at most this often: each mark is a commit
_MARK_EVERY = timedelta(minutes=1)


class Refused(StrEnum):
    """Nothing tells whether the name, the password or the code was wrong."""

    WRONG = "wrong"
    WAIT = "wait"


class SignInRefused(CollectorError):
    """`wait_s` is how long to wait before another try is looked at."""

    def __init__(self, reason: Refused, wait_s: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Door:
    access: SqliteAccess
    longest: timedelta = timedelta(hours=12)
    idle: timedelta = timedelta(minutes=30)
    hasher: argon2.PasswordHasher = passwords.HASHER
    of_nobody: str = passwords.OF_NOBODY

    def sign_in(self, name: str, password: str, code: str, address: str, now: datetime) -> SignedIn:
        """`code` is that of the second factor, where one is set up. Raise SignInRefused."""
        # passwords are never longer; what is, is no name either
        tried = (f"account {name[:64]}", BY_ACCOUNT), (f"address {address}", BY_ADDRESS)
        if left_s := self.access.try_once(tried, now):
            raise SignInRefused(Refused.WAIT, left_s)
        account = self.access.account(name)
        known = account.password_hash if account else self.of_nobody
        is_right = passwords.matches(password, known, self.hasher)
        if account is None or not is_right or not self._is_let_in(account, code, now):
            raise SignInRefused(Refused.WRONG)
        self.access.forgive(tried[0][0], tried[1][0])
        if self.hasher.check_needs_rehash(known):
            better = replace(account, password_hash=passwords.hashed(password, self.hasher))
            self.access.change(better, ends_sessions=False)
        return self._begin(name, now)

    def signed_in(
        self, token: str, now: datetime, *, counts_as_use: bool = True
    ) -> SignedIn | None:
        """None when the session is over or nobody's. What a page asks for by itself does not count as use."""
        found = self.access.session(_hashed(token)) if token else None
        if found is None:
            return None
        account, made_at, seen_at = found
        is_over = now - made_at >= self.longest or now - seen_at >= self.idle
        if is_over or account.is_locked:
            self.access.end_session(_hashed(token))
            return None
        if counts_as_use and now - seen_at >= min(_MARK_EVERY, self.idle / 2):
            self.access.use_session(_hashed(token), now)
        return SignedIn(account, token, csrf_of(token))

    def sign_out(self, token: str) -> None:
        self.access.end_session(_hashed(token))

    def set_password(self, who: SignedIn, old: str, new: str, now: datetime) -> SignedIn | Both:
        """Every other session ends, this one goes on under a new token; or what is wrong with it."""
        account = who.account
        if not passwords.matches(old, account.password_hash, self.hasher):
            return Both("mật khẩu hiện tại không đúng", "the present password is wrong")
        if fault := passwords.fault_of(new, account.name):
            return fault
        if hmac.compare_digest(old.encode(), new.encode()):
            return Both("vẫn là mật khẩu cũ", "is the old one")
        changed = replace(
            account, password_hash=passwords.hashed(new, self.hasher), temporary_until=None
        )
        self.access.change(changed, ends_sessions=True)
        return self._begin(account.name, now)

    def set_second_factor(
        self, who: SignedIn, secret: str, code: str, now: datetime
    ) -> SignedIn | None:
        """None when the code is not one of this secret: then nothing is changed."""
        step = second_factor.step_of(code, secret, now)
        if step is None:
            return None
        changed = replace(who.account, totp_secret=secret, totp_step=step)
        self.access.change(changed, ends_sessions=True)
        return self._begin(who.account.name, now)

    def _is_let_in(self, account: Account, code: str, now: datetime) -> bool:
        is_late = account.temporary_until is not None and now >= account.temporary_until
        if account.is_locked or is_late:
            return False
        if not account.totp_secret:
            return True
        step = second_factor.step_of(code, account.totp_secret, now)
        return step is not None and self.access.took_code(account.name, step)

    def _begin(self, name: str, now: datetime) -> SignedIn:
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        self.access.forget_sessions(now - self.longest)
        self.access.begin_session(_hashed(token), name, now)
        account = self.access.account(name)
        if account is None:
            raise SignInRefused(Refused.WRONG)
        return SignedIn(account, token, csrf_of(token))


def csrf_of(token: str) -> str:
    """Of the session alone, and the same after a restart: a form that stands open can still be sent."""
    return hmac.new(token.encode(), b"csrf", hashlib.sha256).hexdigest()


def _hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
