"""The tables, step by step. A step that has been released is never edited: the next change is a new step.

Ids are NOT NULL although they are keys: SQLite lets a key that is no integer be NULL, any number of times.
"""

import hashlib
import secrets
import sqlite3

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from kiosk.wire import events

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


# A visitor's commit writes two pages, this table's and the stream's, and waits for nothing else: hence no index that
# every row is in. `position` is the seq plus a number that is the same for a whole stream (`receipts.base`), so a
# receipt finds its rows by the key. `hash` is SHA-256 of `payload`; `outcome` and `direction` are those of a visit.
_OUTBOX_2 = """
CREATE TABLE outbox (
    position INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    seq INTEGER NOT NULL CHECK (seq >= 1),
    id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    boot_id TEXT NOT NULL,
    boottime_ns INTEGER NOT NULL,
    outcome TEXT,
    direction TEXT,
    received_at_ms INTEGER,
    parked TEXT,
    hash BLOB NOT NULL,
    payload BLOB NOT NULL
) STRICT
"""

# the newest word of the collector on each stream that has rows here
_RECEIPTS = """
CREATE TABLE receipts (
    stream TEXT NOT NULL PRIMARY KEY,
    base INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    ledger TEXT NOT NULL
) STRICT, WITHOUT ROWID
"""

# visits whose event has left the outbox
_VISITS_2 = """
CREATE TABLE visits (
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    direction TEXT NOT NULL
) STRICT
"""


@migrations()
def m002_chain_receipts_salvage(db: Database) -> None:
    conn = db.conn
    conn.create_function("sha256", 1, _sha256, deterministic=True)
    conn.create_function("first_hash", 1, _first_hash, deterministic=True)
    for table in ("outbox", "visits"):
        conn.execute(f"ALTER TABLE {table} RENAME TO {table}_1")
    for statement in (_OUTBOX_2, _RECEIPTS, _VISITS_2):
        conn.execute(statement)
    conn.execute("DROP INDEX outbox_parked")
    _carry_over(conn)
    for table in ("outbox", "visits"):
        conn.execute(f"DROP TABLE {table}_1")
    conn.execute(
        "CREATE INDEX outbox_received ON outbox (received_at_ms) WHERE received_at_ms IS NOT NULL"
    )
    conn.execute("CREATE INDEX outbox_parked ON outbox (parked) WHERE parked IS NOT NULL")


def _sha256(payload: bytes) -> bytes:
    return hashlib.sha256(payload).digest()


def _first_hash(stream: str) -> bytes:
    return bytes.fromhex(events.first_hash(stream))


def _carry_over(conn: sqlite3.Connection) -> None:
    """In the tables of m001 a position was its seq: nothing had ever been salvaged."""
    for statement in (
        """
        INSERT INTO outbox
        SELECT o.position, o.stream, o.seq, o.id, o.at_ms, o.boot_id, o.boottime_ns,
            v.outcome, v.direction, NULL, o.parked, sha256(o.payload), o.payload
        FROM outbox_1 AS o LEFT JOIN visits_1 AS v ON v.id = o.id
        """,
        """
        INSERT INTO visits
        SELECT seq, id, at_ms, outcome, direction FROM visits_1
        WHERE id NOT IN (SELECT id FROM outbox)
        """,
        "INSERT INTO receipts SELECT id, last_position - last_seq, 0, '' FROM stream",
        # the last event's hash; not known when that event has left already: then the next one is chained to nothing
        "ALTER TABLE stream ADD COLUMN last_hash BLOB",
        "ALTER TABLE stream ADD COLUMN kept INTEGER NOT NULL DEFAULT 0",  # rows in the outbox
        # no row before this position is to be sent
        "ALTER TABLE stream ADD COLUMN waiting_from INTEGER NOT NULL DEFAULT 0",
        """
        UPDATE stream SET kept = (SELECT COUNT(*) FROM outbox),
            last_hash = (SELECT hash FROM outbox WHERE position = last_position)
        """,
        "UPDATE stream SET last_hash = first_hash(id) WHERE last_seq = 0",
    ):
        conn.execute(statement)
