"""Cases and releases in one SQLite file, for its owner alone."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from collector.cases.port import Approval, Case, CasesError, Opening, Period, Release
from collector.cases.rules import vet_approval
from collector.days import ZONE, at_ms, ms_of
from collector.sqlite_file import SqliteFile

migrations = Migrations("cases")

_FIRST = (
    """
    CREATE TABLE case_file (
        id TEXT NOT NULL PRIMARY KEY,
        title TEXT NOT NULL,
        reason TEXT NOT NULL,
        first_day TEXT NOT NULL,
        last_day TEXT NOT NULL,
        opened_by TEXT NOT NULL,
        opened_ms INTEGER NOT NULL,
        closed_ms INTEGER
    ) STRICT
    """,
    """
    CREATE TABLE case_person (
        case_id TEXT NOT NULL REFERENCES case_file,
        person INTEGER NOT NULL,
        PRIMARY KEY (case_id, person)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE release (
        id TEXT NOT NULL PRIMARY KEY,
        case_id TEXT NOT NULL REFERENCES case_file,
        asked_by TEXT NOT NULL,
        asked_ms INTEGER NOT NULL,
        reason TEXT NOT NULL,
        needs INTEGER NOT NULL CHECK (needs >= 1),
        people TEXT NOT NULL,
        events TEXT NOT NULL,
        refused_by TEXT NOT NULL,
        made_ms INTEGER,
        contacts INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE approval (
        release_id TEXT NOT NULL REFERENCES release,
        who TEXT NOT NULL,
        at_ms INTEGER NOT NULL,
        PRIMARY KEY (release_id, who)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE opening (
        id TEXT NOT NULL PRIMARY KEY,
        release_id TEXT NOT NULL REFERENCES release,
        at_ms INTEGER NOT NULL,
        opened INTEGER NOT NULL,
        unopened INTEGER NOT NULL
    ) STRICT
    """,
)


@migrations()
def m001_cases(db: Database) -> None:
    for statement in _FIRST:
        db.conn.execute(statement)


@migrations()
def m002_what_was_seen(db: Database) -> None:
    db.conn.execute(
        """
        CREATE TABLE case_seen (
            case_id TEXT NOT NULL PRIMARY KEY REFERENCES case_file,
            stay_change INTEGER NOT NULL
        ) STRICT
        """
    )


class SqliteCases:
    """Implements collector.cases.port.Cases. Each call opens the file for itself, so that any thread may ask."""

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path, "the cases", CasesError, migrations.apply)

    def cases(self) -> Sequence[Case]:
        with self._file.open() as db:
            rows = db.execute("SELECT * FROM case_file ORDER BY opened_ms DESC, id DESC")
            return [_case(db, row) for row in rows.fetchall()]

    def case(self, case: str) -> Case | None:
        with self._file.open() as db:
            row = db.execute("SELECT * FROM case_file WHERE id = ?", [case]).fetchone()
            return _case(db, row) if row else None

    def open(self, title: str, reason: str, period: Period, who: str, now: datetime) -> Case:
        with self._file.writing() as db:
            year = now.astimezone(ZONE).year
            found = db.execute(
                "SELECT count(*) FROM case_file WHERE id LIKE ?", [f"{year}-%"]
            ).fetchone()
            case = Case(f"{year}-{found[0] + 1:04}", title, reason, period, who, now)
            days = (period.first.isoformat(), period.last.isoformat())
            row = (case.id, title, reason, *days, who, ms_of(now), None)
            db.execute("INSERT INTO case_file VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
            return case

    def close(self, case: str, now: datetime) -> None:
        with self._file.writing() as db:
            sql = "UPDATE case_file SET closed_ms = ? WHERE id = ? AND closed_ms IS NULL"
            if db.execute(sql, [ms_of(now), case]).rowcount != 1:
                raise CasesError(f"there is no open case {case}")

    def add_people(self, case: str, people: Sequence[int]) -> None:
        with self._file.writing() as db:
            _open_case(db, case)
            rows = [(case, person) for person in people]
            db.conn.executemany(
                "INSERT INTO case_person VALUES (?, ?) ON CONFLICT DO NOTHING", rows
            )

    def seen(self, case: str) -> int | None:
        with self._file.open() as db:
            sql = "SELECT stay_change FROM case_seen WHERE case_id = ?"
            row = db.execute(sql, [case]).fetchone()
            return row[0] if row else None

    def see(self, case: str, stay_change: int) -> None:
        with self._file.writing() as db:
            sql = "INSERT INTO case_seen VALUES (?, ?) ON CONFLICT DO UPDATE SET stay_change = ?"
            db.execute(sql, [case, stay_change, stay_change])

    def releases(self, case: str) -> Sequence[Release]:
        with self._file.open() as db:
            sql = "SELECT * FROM release WHERE case_id = ? ORDER BY asked_ms DESC, id"
            return [_release(db, row) for row in db.execute(sql, [case]).fetchall()]

    def release(self, release: str) -> Release | None:
        with self._file.open() as db:
            return _found(db, release)

    def ask(self, release: Release) -> None:
        with self._file.writing() as db:
            _open_case(db, release.case)
            lists = (json.dumps(release.people), json.dumps(release.events))
            asked = (release.asked_by, ms_of(release.asked_at), release.reason, release.needs)
            row = (release.id, release.case, *asked, *lists, "", None, 0)
            db.execute("INSERT INTO release VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def approve(self, release: str, who: str, now: datetime) -> Release:
        with self._file.writing() as db:
            vet_approval(_known(db, release), who)
            db.execute("INSERT INTO approval VALUES (?, ?, ?)", [release, who, ms_of(now)])
            return _known(db, release)

    def refuse(self, release: str, who: str) -> None:
        with self._file.writing() as db:
            if _known(db, release).state != "asked":
                raise CasesError("this request is decided already")
            db.execute("UPDATE release SET refused_by = ? WHERE id = ?", [who, release])

    def made(self, release: str, contacts: int, now: datetime) -> None:
        with self._file.writing() as db:
            if _known(db, release).state not in ("approved", "made"):
                raise CasesError("this request is not approved")
            sql = "UPDATE release SET made_ms = ?, contacts = ? WHERE id = ?"
            db.execute(sql, [ms_of(now), contacts, release])

    def opened(self, opening: Opening) -> None:
        with self._file.writing() as db:
            if _known(db, opening.release).made_at is None:
                raise CasesError("the bundle of this request was never made")
            row = (opening.id, opening.release, ms_of(opening.at), opening.opened, opening.unopened)
            try:
                db.execute("INSERT INTO opening VALUES (?, ?, ?, ?, ?)", row)
            except sqlite3.IntegrityError:
                raise CasesError("this record of an opening is known already") from None


def _open_case(db: Database, case: str) -> None:
    sql = "SELECT 1 FROM case_file WHERE id = ? AND closed_ms IS NULL"
    if db.execute(sql, [case]).fetchone() is None:
        raise CasesError(f"there is no open case {case}")


def _known(db: Database, release: str) -> Release:
    found = _found(db, release)
    if found is None:
        raise CasesError("there is no such request")
    return found


def _found(db: Database, release: str) -> Release | None:
    row = db.execute("SELECT * FROM release WHERE id = ?", [release]).fetchone()
    return _release(db, row) if row else None


def _case(db: Database, row: Any) -> Case:
    sql = "SELECT person FROM case_person WHERE case_id = ? ORDER BY person"
    return Case(
        row["id"],
        row["title"],
        row["reason"],
        Period(date.fromisoformat(row["first_day"]), date.fromisoformat(row["last_day"])),
        row["opened_by"],
        at_ms(row["opened_ms"]),
        None if row["closed_ms"] is None else at_ms(row["closed_ms"]),
        tuple(person for (person,) in db.execute(sql, [row["id"]])),
    )


def _release(db: Database, row: Any) -> Release:
    approvals = db.execute(
        "SELECT who, at_ms FROM approval WHERE release_id = ? ORDER BY at_ms, who", [row["id"]]
    )
    openings = db.execute(
        "SELECT * FROM opening WHERE release_id = ? ORDER BY at_ms, id", [row["id"]]
    )
    return Release(
        row["id"],
        row["case_id"],
        row["asked_by"],
        at_ms(row["asked_ms"]),
        row["reason"],
        row["needs"],
        tuple(json.loads(row["people"])),
        tuple(json.loads(row["events"])),
        tuple(Approval(who, at_ms(ms)) for who, ms in approvals),
        row["refused_by"],
        None if row["made_ms"] is None else at_ms(row["made_ms"]),
        row["contacts"],
        tuple(Opening(it[0], it[1], at_ms(it[2]), it[3], it[4]) for it in openings),
    )
