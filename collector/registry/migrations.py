"""The tables of the registry, step by step. A step that has been released is never edited: a change is a new step."""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("registry")

_FIRST = (
    """
    CREATE TABLE organisation (
        id TEXT NOT NULL PRIMARY KEY,
        name TEXT NOT NULL,
        kind TEXT NOT NULL,
        parent TEXT NOT NULL
    ) STRICT
    """,
    # `folded` is what is searched: id, name and address without marks
    """
    CREATE TABLE venue (
        id TEXT NOT NULL PRIMARY KEY,
        name TEXT NOT NULL,
        type TEXT NOT NULL,
        organisation TEXT NOT NULL REFERENCES organisation,
        commune TEXT NOT NULL,
        district TEXT NOT NULL,
        address TEXT NOT NULL,
        responsible TEXT NOT NULL,
        phone TEXT NOT NULL,
        hours TEXT NOT NULL,
        stay_min INTEGER,
        state TEXT NOT NULL,
        folded TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE kiosk (
        id TEXT NOT NULL PRIMARY KEY,
        venue TEXT NOT NULL REFERENCES venue,
        door TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX kiosk_of_venue ON kiosk (venue)",
    "CREATE TABLE stay (type TEXT NOT NULL PRIMARY KEY, minutes INTEGER NOT NULL) STRICT",
    """
    CREATE TABLE enrolment (
        token_hash BLOB NOT NULL PRIMARY KEY,
        venue TEXT NOT NULL,
        kiosk TEXT NOT NULL,
        made_ms INTEGER NOT NULL,
        expires_ms INTEGER NOT NULL,
        used_ms INTEGER
    ) STRICT, WITHOUT ROWID
    """,
)


_ADMISSIONS = (
    "ALTER TABLE enrolment ADD COLUMN key_hash BLOB",
    # outlives the kiosk's entry: whoever was shut out stays out
    """
    CREATE TABLE admission (
        kiosk TEXT NOT NULL PRIMARY KEY,
        key_hash BLOB NOT NULL,
        admitted_ms INTEGER NOT NULL,
        revoked_ms INTEGER
    ) STRICT
    """,
)


@migrations()
def m001_registry(db: Database) -> None:
    for statement in _FIRST:
        db.conn.execute(statement)


@migrations()
def m002_admissions(db: Database) -> None:
    for statement in _ADMISSIONS:
        db.conn.execute(statement)
