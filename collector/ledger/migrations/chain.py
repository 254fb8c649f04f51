"""The chain of events and their place in time, the pseudonyms of who was there, and what kiosks swear to."""

import hashlib
import json
import secrets

from sqlite_utils import Database

# `key` is the order of arrival and never changes, so that other tables can point to it. `hash` is that of the bytes as
# they came; `message` lacks `link` once that was opened. `placed_*` is the collector's own view of when it happened.
_EVENT_2 = """
CREATE TABLE event_2 (
    key INTEGER PRIMARY KEY,
    kiosk TEXT NOT NULL,
    stream TEXT NOT NULL,
    seq INTEGER NOT NULL CHECK (seq >= 1),
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    verdict TEXT,
    reason TEXT,
    direction TEXT,
    code TEXT,
    follows TEXT,
    message TEXT NOT NULL,
    hash BLOB NOT NULL,
    prevhash BLOB,
    boot INTEGER,
    boottime_ns INTEGER NOT NULL,
    placed_ms INTEGER NOT NULL,
    placed_quality TEXT NOT NULL,
    placed_width_ms INTEGER,
    link INTEGER NOT NULL,
    UNIQUE (kiosk, stream, seq),
    UNIQUE (kiosk, id)
) STRICT
"""

# what an older ledger holds is taken as it stands: its boots are not looked at again
_EVENTS_MOVE = """
INSERT INTO event_2
SELECT rowid, kiosk, stream, seq, id, type, at_ms, received_ms, verdict, reason, direction, code, follows, message,
       chain_hash(message), prev_hash(message), NULL, 0, at_ms, 'unknown', NULL, 0
FROM event
"""

# events whose place in time may still change
_TO_PLACE = "CREATE INDEX event_to_place ON event (boot, key) WHERE placed_quality <> 'ntp'"
_UNOPENED = "CREATE INDEX event_unopened ON event (kiosk) WHERE link = 2"
_QUARANTINE_PLACE = "CREATE INDEX quarantine_place ON quarantine (kiosk, stream, seq)"

# `ends`: the last number that a stream which ended in damage is known to have had
_STREAM_ARCHIVED = "ALTER TABLE stream ADD COLUMN archived_upto INTEGER NOT NULL DEFAULT 0"
_STREAM_ENDS = "ALTER TABLE stream ADD COLUMN ends INTEGER"

# the event whose `prevhash` is not the hash of the one before it
_CHAIN_BREAK = """
CREATE TABLE chain_break (
    kiosk TEXT NOT NULL,
    stream TEXT NOT NULL,
    seq INTEGER NOT NULL,
    found_ms INTEGER NOT NULL,
    PRIMARY KEY (kiosk, stream, seq)
) STRICT, WITHOUT ROWID
"""

# the boots of a stream, by collector.clocks: when its boot time was 0, and how far off that may be
_BOOT = """
CREATE TABLE boot (
    key INTEGER PRIMARY KEY,
    kiosk TEXT NOT NULL,
    stream TEXT NOT NULL,
    boot_id TEXT NOT NULL,
    first_seq INTEGER NOT NULL,
    last_ns INTEGER NOT NULL,
    first_anchor_ns INTEGER,
    last_anchor_ns INTEGER,
    base_ms INTEGER,
    width_ms INTEGER,
    redo_from INTEGER,
    UNIQUE (kiosk, stream, boot_id)
) STRICT
"""
_BOOT_ORDER = "CREATE INDEX boot_order ON boot (kiosk, stream, first_seq)"
_BOOT_REDO = "CREATE INDEX boot_redo ON boot (redo_from) WHERE redo_from IS NOT NULL"

_ANCHOR = """
CREATE TABLE anchor (
    boot INTEGER NOT NULL,
    boottime_ns INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (boot, boottime_ns)
) STRICT, WITHOUT ROWID
"""

# who was there, by keyed pseudonyms that only the inbox can make
_PERSON_KEY = """
CREATE TABLE person_key (
    pseudonym BLOB NOT NULL,
    event INTEGER NOT NULL,
    PRIMARY KEY (pseudonym, event)
) STRICT, WITHOUT ROWID
"""
_PERSON_OF_EVENT = "CREATE INDEX person_of_event ON person_key (event)"

# one row: which ledger this is, told in every receipt
_LEDGER = "CREATE TABLE ledger (id TEXT NOT NULL) STRICT"


def m002_chain_clocks_people_ledger_id(db: Database) -> None:
    db.conn.create_function("chain_hash", 1, _chain_hash, deterministic=True)
    db.conn.create_function("prev_hash", 1, _prev_hash, deterministic=True)
    for statement in (
        *(_EVENT_2, _EVENTS_MOVE, "DROP TABLE event", "ALTER TABLE event_2 RENAME TO event"),
        *(_TO_PLACE, _UNOPENED, _QUARANTINE_PLACE, _STREAM_ARCHIVED, _STREAM_ENDS, _CHAIN_BREAK),
        *(_BOOT, _BOOT_ORDER, _BOOT_REDO, _ANCHOR, _PERSON_KEY, _PERSON_OF_EVENT, _LEDGER),
    ):
        db.conn.execute(statement)
    db.conn.execute("INSERT INTO ledger VALUES (?)", [secrets.token_hex(16)])


# the newest end of each stream that its kiosk has sworn to, and those ends whose events have not come
_SWORN = """
CREATE TABLE sworn (
    kiosk TEXT NOT NULL,
    stream TEXT NOT NULL,
    upto INTEGER NOT NULL,
    told_ms INTEGER NOT NULL,
    PRIMARY KEY (kiosk, stream)
) STRICT, WITHOUT ROWID
"""
_SWORN_HEAD = """
CREATE TABLE sworn_head (
    kiosk TEXT NOT NULL,
    stream TEXT NOT NULL,
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (kiosk, stream, seq)
) STRICT, WITHOUT ROWID
"""

# a kiosk has sworn to another event of this number than the one that came, or to two; `hash` is the sworn one
_HEAD_BREAK = """
CREATE TABLE head_break (
    kiosk TEXT NOT NULL,
    stream TEXT NOT NULL,
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL,
    found_ms INTEGER NOT NULL,
    PRIMARY KEY (kiosk, stream, seq, hash)
) STRICT, WITHOUT ROWID
"""

_HEAD_REFUSED = """
CREATE TABLE head_refused (
    kiosk TEXT NOT NULL PRIMARY KEY,
    times INTEGER NOT NULL,
    last_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID
"""


def m003_sworn_heads(db: Database) -> None:
    for statement in (_SWORN, _SWORN_HEAD, _HEAD_BREAK, _HEAD_REFUSED):
        db.conn.execute(statement)


def m008_hashes_of_what_was_set_aside(db: Database) -> None:
    """Of a message in quarantine whose bytes have vanished: its number stays taken, and its neighbours are checked."""
    db.conn.execute("ALTER TABLE quarantine ADD COLUMN hash BLOB")


def _chain_hash(message: str) -> bytes:
    return hashlib.sha256(message.encode("utf-8")).digest()


def _prev_hash(message: str) -> bytes | None:
    found = json.loads(message).get("prevhash")
    return bytes.fromhex(found) if found else None
