"""The tables, step by step. A step that has been released is never edited: the next change is a new step.

Ids are NOT NULL although they are keys: SQLite lets a key that is no integer be NULL, any number of times.
"""

import secrets

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("kiosk")

# one row: the numbered sequence that this database is, and how often it has lived
_STREAM = """
CREATE TABLE stream (
    id TEXT NOT NULL,
    last_seq INTEGER NOT NULL,
    last_position INTEGER NOT NULL,
    boot_id TEXT NOT NULL,
    boots INTEGER NOT NULL,
    births INTEGER NOT NULL
) STRICT
"""

# `payload` is the event as it will be sent, byte for byte, at every attempt. `stream` stands in each row so that rows
# salvaged from another database keep their own name and number; `position` is never used twice.
_OUTBOX = """
CREATE TABLE outbox (
    position INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    seq INTEGER NOT NULL CHECK (seq >= 1),
    id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    payload BLOB NOT NULL,
    at_ms INTEGER NOT NULL,
    boot_id TEXT NOT NULL,
    boottime_ns INTEGER NOT NULL,
    parked TEXT,
    UNIQUE (stream, seq)
) STRICT
"""

_VISITS = """
CREATE TABLE visits (
    id TEXT NOT NULL PRIMARY KEY,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    direction TEXT NOT NULL,
    code_kind TEXT NOT NULL,
    follows TEXT
) STRICT, WITHOUT ROWID
"""


@migrations()
def m001_stream_outbox_visits(db: Database) -> None:
    for statement in (_STREAM, _OUTBOX, _VISITS):
        db.conn.execute(statement)
    db.conn.execute("CREATE INDEX visits_by_time ON visits (at_ms)")
    db.conn.execute("CREATE INDEX outbox_parked ON outbox (parked) WHERE parked IS NOT NULL")
    db.conn.execute("INSERT INTO stream VALUES (?, 0, 0, '', 0, 0)", [secrets.token_hex(16)])
