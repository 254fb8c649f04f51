"""What an administrator does with the accounts of others: hand out, lock, hand out anew."""

from dataclasses import replace
from datetime import datetime, timedelta

import argon2

from collector.access import passwords
from collector.access.roles import Role
from collector.access.shapes import NAME, AccessError, Account
from collector.access.sqlite_access import SqliteAccess

TEMPORARY = timedelta(hours=72)


def add(
    access: SqliteAccess,
    name: str,
    role: Role,
    now: datetime,
    hasher: argon2.PasswordHasher = passwords.HASHER,
) -> str:
    """The temporary password, shown once. Raise AccessError for a name that will not do or is taken."""
    if not NAME.fullmatch(name):
        raise AccessError("a name has 2 to 40 small letters a-z, digits, dots and hyphens")
    password = passwords.temporary()
    access.add(Account(name, role, passwords.hashed(password, hasher), now, now + TEMPORARY))
    return password


def lock(access: SqliteAccess, name: str) -> None:
    """At once: whoever is signed in is put out."""
    access.change(replace(_known(access, name), is_locked=True), ends_sessions=True)


def reset(
    access: SqliteAccess,
    name: str,
    now: datetime,
    hasher: argon2.PasswordHasher = passwords.HASHER,
) -> str:
    """A new temporary password; the second factor has to be set up again, a lock and all waits are lifted."""
    password = passwords.temporary()
    changed = replace(
        _known(access, name),
        password_hash=passwords.hashed(password, hasher),
        temporary_until=now + TEMPORARY,
        totp_secret="",
        totp_step=0,
        is_locked=False,
    )
    access.change(changed, ends_sessions=True)
    access.forgive(f"account {name}")
    return password


def _known(access: SqliteAccess, name: str) -> Account:
    account = access.account(name)
    if account is None:
        raise AccessError("there is no account of this name")
    return account
