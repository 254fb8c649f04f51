"""The tags of each day, a list that only grows at its end, by district: what is fetched need not be fetched again.

In a file of its own, apart from the ledger and its backups: days that are over are deleted with their keys.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from sqlite_utils import Database

from collector.days import ZONE
from collector.errors import LedgerError
from collector.sqlite_file import SqliteFile
from kiosk.domain.declaration import Risk
from kiosk.privacy.parts import Link
from kiosk.privacy.tags import KEY_BYTES, tag

# a declaration of 30 days would be the longest that any policy asks for
MAX_DAYS = 31
_PRAGMAS = ("synchronous=NORMAL", "secure_delete=ON")
_TABLES = (
    "CREATE TABLE IF NOT EXISTS day (day TEXT NOT NULL PRIMARY KEY, key BLOB NOT NULL) STRICT",
    """
    CREATE TABLE IF NOT EXISTS entry (
        day TEXT NOT NULL,
        district TEXT NOT NULL,
        position INTEGER NOT NULL,
        tag BLOB NOT NULL,
        withdrawn INTEGER NOT NULL,
        PRIMARY KEY (day, district, position)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX IF NOT EXISTS entry_by_tag ON entry (day, district, tag, position)",
    # whose tag it is, for whoever has their pseudonym: a mark under the key of the day, gone with it
    """
    CREATE TABLE IF NOT EXISTS owner (
        day TEXT NOT NULL,
        mark BLOB NOT NULL,
        district TEXT NOT NULL,
        tag BLOB NOT NULL,
        PRIMARY KEY (day, mark, district, tag)
    ) STRICT, WITHOUT ROWID
    """,
)
_MARK_BYTES = 16


@dataclass(frozen=True, slots=True)
class Page:
    """The entries of one day and district that follow a position: pairs of tag and whether it is withdrawn."""

    key: bytes
    position: int
    entries: Sequence[tuple[bytes, bool]]
    count: int  # of all entries of this day and district


class Declared(NamedTuple):
    """One declaration as it is published. `people` are the pseudonyms of whoever it is about."""

    link: Link
    made_at: datetime
    valid: timedelta
    risk: Risk
    district: str = ""
    people: Sequence[bytes] = ()


class TagStore:
    """Each call opens the file for itself, so that any thread may ask. Raises LedgerError when it cannot be had."""

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path, "the tags", LedgerError, _make_tables, pragmas=_PRAGMAS)

    def declared(self, declarations: Iterable[Declared], today: date) -> None:
        """People have declared: from `today` on they are known on every day that the declaration stays valid. A
        declared risk is never published: it takes back what stands of this person, on every day. All, or none."""
        with self._file.writing() as db:
            for each in declarations:
                if each.risk is Risk.DECLARED:
                    _withdraw(db, each)
                else:
                    _publish(db, each, today)

    def withdraw(self, people: Sequence[bytes]) -> int:
        """Take back what stands of somebody, by their pseudonyms, in every district and on every day; how many tags."""
        done = 0
        with self._file.writing() as db:
            for day, key in db.conn.execute("SELECT day, key FROM day").fetchall():
                for who in people:
                    mine = "DELETE FROM owner WHERE day = ? AND mark = ? RETURNING district, tag"
                    for district, made in db.conn.execute(mine, [day, _mark(key, who)]).fetchall():
                        if _stands(db, day, district, made):
                            _append(db, date.fromisoformat(day), district, made, withdrawn=True)
                            done += 1
        return done

    def page(self, day: date, district: str, position: int, limit: int) -> Page | None:
        """None when there is no such day. A position beyond the end answers no entries."""
        with self._file.open() as db:
            found = db.conn.execute("SELECT key FROM day WHERE day = ?", [str(day)]).fetchone()
            if found is None:
                return None
            rows = db.conn.execute(
                """
                SELECT tag, withdrawn FROM entry
                WHERE day = ? AND district = ? AND position >= ? ORDER BY position LIMIT ?
                """,
                [str(day), district, position, limit],
            ).fetchall()
            return Page(
                found[0],
                position,
                [(row[0], bool(row[1])) for row in rows],
                _count(db, str(day), district),
            )

    def counts(self) -> dict[str, int]:
        """How many entries each day has, over all districts: what is announced to the kiosks."""
        with self._file.open() as db:
            rows = db.conn.execute(
                "SELECT day.day, COUNT(entry.day) FROM day LEFT JOIN entry USING (day) GROUP BY 1"
            )
            return dict(rows.fetchall())

    def forget_before(self, day: date) -> int:
        """Delete the days that are over, with their keys; how many."""
        with self._file.writing() as db:
            for table in ("entry", "owner"):
                db.conn.execute(f"DELETE FROM {table} WHERE day < ?", [str(day)])  # noqa: S608 - our own words
            return int(db.conn.execute("DELETE FROM day WHERE day < ?", [str(day)]).rowcount)


def _publish(db: Database, declared: Declared, today: date) -> None:
    link, district = declared.link, declared.district
    for day in _days(declared.made_at, declared.valid):
        if day < today:
            continue
        key = _key(db, day)
        for identifier in link.identifiers:
            made = tag(key, identifier, link.birth_year, link.name)
            _append(db, day, district, made, withdrawn=False)
            rows = [(str(day), _mark(key, who), district, made) for who in declared.people]
            db.conn.executemany("INSERT OR IGNORE INTO owner VALUES (?, ?, ?, ?)", rows)


def _withdraw(db: Database, declared: Declared) -> None:
    link, district = declared.link, declared.district
    for day, key in db.conn.execute("SELECT day, key FROM day").fetchall():
        for identifier in link.identifiers:
            made = tag(key, identifier, link.birth_year, link.name)
            if _stands(db, day, district, made):
                _append(db, date.fromisoformat(day), district, made, withdrawn=True)


def _make_tables(db: Database) -> None:
    for statement in _TABLES:
        db.conn.execute(statement)


def _days(made_at: datetime, valid: timedelta) -> list[date]:
    first = made_at.astimezone(ZONE).date()
    last = (made_at + valid - timedelta(microseconds=1)).astimezone(ZONE).date()
    return [first + timedelta(days=n) for n in range(min(MAX_DAYS, (last - first).days + 1))]


def _key(db: Database, day: date) -> bytes:
    db.conn.execute(
        "INSERT OR IGNORE INTO day VALUES (?, ?)", [str(day), secrets.token_bytes(KEY_BYTES)]
    )
    return bytes(db.conn.execute("SELECT key FROM day WHERE day = ?", [str(day)]).fetchone()[0])


def _mark(key: bytes, pseudonym: bytes) -> bytes:
    return hmac.digest(key, b"owner\0" + pseudonym, hashlib.sha256)[:_MARK_BYTES]


def _append(db: Database, day: date, district: str, made: bytes, *, withdrawn: bool) -> None:
    """Nothing when this is how the tag stands already."""
    if _stands(db, str(day), district, made) != withdrawn:
        return
    position = _count(db, str(day), district)
    db.conn.execute(
        "INSERT INTO entry VALUES (?, ?, ?, ?, ?)",
        [str(day), district, position, made, int(withdrawn)],
    )


def _stands(db: Database, day: str, district: str, made: bytes) -> bool:
    last = db.conn.execute(
        """
        SELECT withdrawn FROM entry WHERE day = ? AND district = ? AND tag = ?
        ORDER BY position DESC LIMIT 1
        """,
        [day, district, made],
    ).fetchone()
    return last is not None and not last[0]


def _count(db: Database, day: str, district: str) -> int:
    last = db.conn.execute(
        "SELECT position FROM entry WHERE day = ? AND district = ? ORDER BY position DESC LIMIT 1",
        [day, district],
    ).fetchone()
    return 0 if last is None else int(last[0]) + 1
