"""Accounts, sessions and failures in one SQLite file, for its owner alone.

Of a session's token only the hash is kept, so that whoever reads the file is not signed in by it. The secrets of the
second factor are kept as they are: this file belongs into no backup that others can read.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from collector.access.roles import Role
from collector.access.shapes import AccessError, Account
from collector.days import at_ms, ms_of
from collector.sqlite_file import SqliteFile
from kiosk.web.safety.waits import FORGOTTEN_S, Limit, wait_s

migrations = Migrations("access")

_FIRST = (
    """
    CREATE TABLE account (
        name TEXT NOT NULL PRIMARY KEY,
        role TEXT NOT NULL,
        password_hash TEXT NOT NULL,
        made_ms INTEGER NOT NULL,
        temporary_until_ms INTEGER,
        totp_secret TEXT NOT NULL,
        totp_step INTEGER NOT NULL,
        is_locked INTEGER NOT NULL,
        seen_ms INTEGER
    ) STRICT
    """,
    """
    CREATE TABLE session (
        token_hash BLOB NOT NULL PRIMARY KEY,
        account TEXT NOT NULL REFERENCES account ON DELETE CASCADE,
        made_ms INTEGER NOT NULL,
        seen_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    # `who` is a hash under the salt: people type passwords into the field of the name
    "CREATE TABLE failure (who BLOB NOT NULL PRIMARY KEY, times INTEGER NOT NULL, last_ms INTEGER NOT NULL) STRICT",
    "CREATE TABLE salt (salt BLOB NOT NULL) STRICT",
)


@migrations()
def m001_access(db: Database) -> None:
    for statement in _FIRST:
        db.conn.execute(statement)
    db.conn.execute("INSERT INTO salt VALUES (?)", [secrets.token_bytes(16)])


class SqliteAccess:
    """Each call opens the file for itself, so that any thread may ask. Raises AccessError when it cannot be had."""

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path, "the accounts", AccessError, migrations.apply)

    def accounts(self) -> Sequence[Account]:
        with self._file.open() as db:
            return [_account(row) for row in db.execute("SELECT * FROM account ORDER BY 1")]

    def account(self, name: str) -> Account | None:
        with self._file.open() as db:
            found = db.execute("SELECT * FROM account WHERE name = ?", [name]).fetchone()
            return _account(found) if found else None

    def add(self, account: Account) -> None:
        """Raise AccessError when there is one of this name."""
        if self.account(account.name) is not None:
            raise AccessError(f"there is an account {account.name} already")
        self._put(account)

    def change(self, account: Account, *, ends_sessions: bool) -> None:
        self._put(account)
        if ends_sessions:
            with self._file.writing() as db:
                db.execute("DELETE FROM session WHERE account = ?", [account.name])

    def took_code(self, name: str, step: int) -> bool:
        """False when this code, or a later one, has been taken before, by whoever was faster."""
        with self._file.writing() as db:
            changed = db.execute(
                "UPDATE account SET totp_step = ? WHERE name = ? AND totp_step < ?",
                [step, name, step],
            )
            return changed.rowcount == 1

    def begin_session(self, token_hash: bytes, name: str, now: datetime) -> None:
        with self._file.writing() as db:
            db.execute(
                "INSERT INTO session VALUES (?, ?, ?, ?)",
                [token_hash, name, ms_of(now), ms_of(now)],
            )
            db.execute("UPDATE account SET seen_ms = ? WHERE name = ?", [ms_of(now), name])

    def session(self, token_hash: bytes) -> tuple[Account, datetime, datetime] | None:
        """Whose it is, when it was made, when it was last used."""
        with self._file.open() as db:
            found = db.execute(
                """
                SELECT session.made_ms AS began_ms, session.seen_ms AS used_ms, account.*
                FROM session JOIN account ON account.name = session.account WHERE token_hash = ?
                """,
                [token_hash],
            ).fetchone()
            return (_account(found), at_ms(found[0]), at_ms(found[1])) if found else None

    def use_session(self, token_hash: bytes, now: datetime) -> None:
        with self._file.writing() as db:
            db.execute(
                "UPDATE session SET seen_ms = ? WHERE token_hash = ?", [ms_of(now), token_hash]
            )

    def end_session(self, token_hash: bytes) -> None:
        with self._file.writing() as db:
            db.execute("DELETE FROM session WHERE token_hash = ?", [token_hash])

    def forget_sessions(self, made_before: datetime) -> None:
        with self._file.writing() as db:
            db.execute("DELETE FROM session WHERE made_ms < ?", [ms_of(made_before)])

    def try_once(self, who: Sequence[tuple[str, Limit]], now: datetime) -> int:
        """Counts a try as failed before it is looked at, so that many at once are not free; 0, or the seconds that
        are still to be waited, and then nothing was counted."""
        now_ms = ms_of(now)
        with self._file.writing() as db:
            db.execute("DELETE FROM failure WHERE last_ms < ?", [now_ms - FORGOTTEN_S * 1000])
            salt = _salt(db)
            for name, limit in who:
                found = db.execute(
                    "SELECT times, last_ms FROM failure WHERE who = ?", [_whom(salt, name)]
                ).fetchone()
                # a clock that was set back must not lock anybody out for longer than a wait
                since_s = max(0, now_ms - found[1]) // 1000 if found else 0
                if found and (left := wait_s(found[0], limit) - since_s) > 0:
                    return int(left)
            for name, _ in who:
                db.execute(
                    """
                    INSERT INTO failure VALUES (?, 1, ?)
                    ON CONFLICT (who) DO UPDATE SET times = times + 1, last_ms = excluded.last_ms
                    """,
                    [_whom(salt, name), now_ms],
                )
        return 0

    def forgive(self, account: str, address: str = "") -> None:
        """All failures of an account; of an address only the last try, for others come from there too."""
        with self._file.writing() as db:
            salt = _salt(db)
            db.execute("DELETE FROM failure WHERE who = ?", [_whom(salt, account)])
            db.execute("UPDATE failure SET times = times - 1 WHERE who = ?", [_whom(salt, address)])

    def _put(self, account: Account) -> None:
        with self._file.writing() as db:
            db.execute(
                """
                INSERT INTO account VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (name) DO UPDATE SET role = excluded.role,
                    password_hash = excluded.password_hash,
                    temporary_until_ms = excluded.temporary_until_ms,
                    totp_secret = excluded.totp_secret, totp_step = excluded.totp_step,
                    is_locked = excluded.is_locked
                """,
                [
                    account.name,
                    str(account.role),
                    account.password_hash,
                    ms_of(account.made_at),
                    ms_of(account.temporary_until) if account.temporary_until else None,
                    account.totp_secret,
                    account.totp_step,
                    int(account.is_locked),
                    ms_of(account.seen_at) if account.seen_at else None,
                ],
            )


def _account(row: Any) -> Account:
    until_ms, seen_ms = row["temporary_until_ms"], row["seen_ms"]
    return Account(
        row["name"],
        Role(row["role"]),
        row["password_hash"],
        at_ms(row["made_ms"]),
        None if until_ms is None else at_ms(until_ms),
        row["totp_secret"],
        row["totp_step"],
        bool(row["is_locked"]),
        None if seen_ms is None else at_ms(seen_ms),
    )


def _salt(db: Database) -> bytes:
    return bytes(db.execute("SELECT salt FROM salt").fetchone()[0])


def _whom(salt: bytes, name: str) -> bytes:
    return hashlib.sha256(salt + name.encode()).digest()
