"""The tables, step by step. A step that has been released is never edited: the next change is a new step.

Times are milliseconds since 1970, UTC. Ids are NOT NULL although they are keys: SQLite lets a key that is no integer be
NULL, any number of times.
"""

import hashlib
import json
import secrets

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from collector.days import day_of
from collector.ledger.people_numbers import numbered

migrations = Migrations("collector")

# A rowid table, because rows are wide (shared facts, collector section 3); rowid is the order of arrival. `message` is
# the event as it came, with whatever a newer kiosk has added.
_EVENT = """
CREATE TABLE event (
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
    UNIQUE (kiosk, stream, seq),
    UNIQUE (kiosk, id)
) STRICT
"""

_STREAM = """
CREATE TABLE stream (
    kiosk TEXT NOT NULL,
    stream TEXT NOT NULL,
    highest INTEGER NOT NULL,
    repeats INTEGER NOT NULL,
    began_ms INTEGER NOT NULL,
    PRIMARY KEY (kiosk, stream)
) STRICT, WITHOUT ROWID
"""

_GAP = """
CREATE TABLE gap (
    kiosk TEXT NOT NULL,
    stream TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL CHECK (last >= first),
    PRIMARY KEY (kiosk, stream, first)
) STRICT, WITHOUT ROWID
"""

# `stream` and `seq` where the message told that much: that number is then taken
_QUARANTINE = """
CREATE TABLE quarantine (
    kiosk TEXT NOT NULL,
    channel TEXT NOT NULL,
    digest BLOB NOT NULL,
    reason TEXT NOT NULL,
    stream TEXT,
    seq INTEGER,
    times INTEGER NOT NULL,
    first_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    payload BLOB NOT NULL,
    UNIQUE (kiosk, channel, digest)
) STRICT
"""

_STATUS = """
CREATE TABLE status (
    kiosk TEXT NOT NULL PRIMARY KEY,
    online INTEGER NOT NULL,
    stream TEXT NOT NULL,
    birth INTEGER NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID
"""

_HEALTH = """
CREATE TABLE health (
    kiosk TEXT NOT NULL PRIMARY KEY,
    waiting INTEGER NOT NULL,
    storage TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID
"""

# counted along the way, in the same transaction as the events; `collector ledger check` counts anew and compares
_VISITS_OF_A_DAY = """
CREATE TABLE visits_of_a_day (
    day INTEGER NOT NULL,
    kiosk TEXT NOT NULL,
    verdict TEXT NOT NULL,
    visits INTEGER NOT NULL,
    PRIMARY KEY (day, kiosk, verdict)
) STRICT, WITHOUT ROWID
"""

_KIOSK = """
CREATE TABLE kiosk (
    kiosk TEXT NOT NULL PRIMARY KEY,
    visits INTEGER NOT NULL,
    last_visit_ms INTEGER,
    last_event_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID
"""


@migrations()
def m001_events_streams_quarantine_counts(db: Database) -> None:
    for statement in (
        _EVENT,
        _STREAM,
        _GAP,
        _QUARANTINE,
        _STATUS,
        _HEALTH,
        _VISITS_OF_A_DAY,
        _KIOSK,
    ):
        db.conn.execute(statement)


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


@migrations()
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


@migrations()
def m003_sworn_heads(db: Database) -> None:
    for statement in (_SWORN, _SWORN_HEAD, _HEAD_BREAK, _HEAD_REFUSED):
        db.conn.execute(statement)


# Who is one person (collector.people): the number of each pseudonym, the next that is free, and what ties them. A tie
# says by which declaration, and when it was undone.
_PERSON = """
CREATE TABLE person (
    pseudonym BLOB NOT NULL PRIMARY KEY,
    person INTEGER NOT NULL
) STRICT, WITHOUT ROWID
"""
_PERSON_MEMBERS = "CREATE INDEX person_members ON person (person)"
_PERSON_NUMBER = "CREATE TABLE person_number (next INTEGER NOT NULL) STRICT"
_TIE = """
CREATE TABLE tie (
    event INTEGER NOT NULL,
    a BLOB NOT NULL,
    b BLOB NOT NULL,
    undone_ms INTEGER,
    PRIMARY KEY (event, a, b)
) STRICT, WITHOUT ROWID
"""
_TIE_OF = "CREATE INDEX tie_of ON tie (a)"
_FILL_TIES = """
INSERT INTO tie
SELECT event, first, pseudonym, NULL FROM (
    SELECT event, pseudonym, min(pseudonym) OVER (PARTITION BY event) AS first
    FROM person_key JOIN event ON event.key = person_key.event
    WHERE event.type = 'vn.entrance.declaration.v1')
WHERE pseudonym <> first
"""


@migrations()
def m004_people(db: Database) -> None:
    for statement in (_PERSON, _PERSON_MEMBERS, _PERSON_NUMBER, _TIE, _TIE_OF, _FILL_TIES):
        db.conn.execute(statement)
    people = db.conn.execute("SELECT DISTINCT pseudonym FROM person_key").fetchall()
    ties = db.conn.execute("SELECT a, b FROM tie").fetchall()
    number = numbered((who for (who,) in people), ties)
    db.conn.executemany("INSERT INTO person VALUES (?, ?)", sorted(number.items()))
    db.conn.execute("INSERT INTO person_number VALUES (?)", [len(number) + 1])


# What is left of an event that has vanished or was erased: its place, its id, and the hashes by which its neighbours
# are checked; and of visits their number, so that the counts of a day can still be counted anew.
_GONE = """
CREATE TABLE gone (
    kiosk TEXT NOT NULL,
    stream TEXT NOT NULL,
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    hash BLOB NOT NULL,
    prevhash BLOB,
    PRIMARY KEY (kiosk, stream, seq)
) STRICT, WITHOUT ROWID
"""
_STORED_LINK = """
CREATE VIEW stored_link AS
SELECT kiosk, stream, seq, id, hash, prevhash FROM event
UNION ALL SELECT kiosk, stream, seq, id, hash, prevhash FROM gone
"""
_VISITS_GONE = """
CREATE TABLE visits_gone (
    day INTEGER NOT NULL,
    kiosk TEXT NOT NULL,
    verdict TEXT NOT NULL,
    visits INTEGER NOT NULL,
    PRIMARY KEY (day, kiosk, verdict)
) STRICT, WITHOUT ROWID
"""
_REMARK = """
CREATE TABLE remark (
    event INTEGER NOT NULL PRIMARY KEY,
    said TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT
"""
# of events that were erased before this ledger came back from a copy, and may be sent again
_TO_ERASE = """
CREATE TABLE to_erase (
    kiosk TEXT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (kiosk, id)
) STRICT, WITHOUT ROWID
"""


@migrations()
def m005_what_is_left_of_events(db: Database) -> None:
    for statement in (_GONE, _STORED_LINK, _VISITS_GONE, _REMARK, _TO_ERASE):
        db.conn.execute(statement)


# What collector.tracing derives: places by number, the scans of each person in order, the stays they become, and what
# has changed in those. Times are whole seconds but for `at_ms`.
_TRACE_VENUE = (
    "CREATE TABLE trace_venue (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT"
)
_TRACE_VISIT = """
CREATE TABLE trace_visit (
    person INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    tie INTEGER NOT NULL,
    event INTEGER NOT NULL,
    venue INTEGER NOT NULL,
    way INTEGER NOT NULL,
    usual_s INTEGER NOT NULL,
    follows INTEGER NOT NULL,
    width_s INTEGER,
    PRIMARY KEY (person, at_ms, tie, event)
) STRICT, WITHOUT ROWID
"""
_TRACE_VISIT_EVENT = "CREATE UNIQUE INDEX trace_visit_event ON trace_visit (event)"

# the longest stay is part of the table: an overlap is looked for in one range (shared facts, collector section 10)
_STAY = """
CREATE TABLE stay (
    venue INTEGER NOT NULL,
    tin INTEGER NOT NULL,
    person INTEGER NOT NULL,
    tout INTEGER NOT NULL CHECK (tout > tin AND tout - tin <= 14400),
    rule INTEGER NOT NULL,
    seen_in INTEGER NOT NULL,
    event INTEGER NOT NULL,
    width_s INTEGER,
    PRIMARY KEY (venue, tin, person, tout)
) STRICT, WITHOUT ROWID
"""
_STAY_OF_PERSON = "CREATE INDEX stay_of_person ON stay (person, tin, venue, tout)"
_STAY_CHANGE = """
CREATE TABLE stay_change (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    noted_ms INTEGER NOT NULL,
    is_new INTEGER NOT NULL,
    venue INTEGER NOT NULL,
    tin INTEGER NOT NULL,
    person INTEGER NOT NULL,
    tout INTEGER NOT NULL,
    rule INTEGER NOT NULL,
    seen_in INTEGER NOT NULL,
    event INTEGER NOT NULL,
    width_s INTEGER
) STRICT
"""


@migrations()
def m006_stays(db: Database) -> None:
    for statement in (
        *(_TRACE_VENUE, _TRACE_VISIT, _TRACE_VISIT_EVENT),
        *(_STAY, _STAY_OF_PERSON, _STAY_CHANGE),
    ):
        db.conn.execute(statement)


# What collector.statistics adds up by day and kiosk: visits, notices; and in which hours each kiosk was heard
# (kiosk_days.py). `venue` is the one that an event itself names (a declaration by phone), else empty.
_DAY_VISITS = """
CREATE TABLE day_visits (
    day INTEGER NOT NULL,
    kiosk TEXT NOT NULL,
    venue TEXT NOT NULL,
    scans INTEGER NOT NULL,
    leaving INTEGER NOT NULL,
    amending INTEGER NOT NULL,
    accepted INTEGER NOT NULL,
    missing INTEGER NOT NULL,
    refer INTEGER NOT NULL,
    by_form INTEGER NOT NULL,
    by_phone INTEGER NOT NULL,
    by_paper INTEGER NOT NULL,
    by_pass INTEGER NOT NULL,
    PRIMARY KEY (day, kiosk, venue)
) STRICT, WITHOUT ROWID
"""
_DAY_NOTICES = """
CREATE TABLE day_notices (
    day INTEGER NOT NULL,
    kiosk TEXT NOT NULL,
    notice TEXT NOT NULL,
    reason TEXT NOT NULL,
    times INTEGER NOT NULL,
    counted INTEGER NOT NULL,
    PRIMARY KEY (day, kiosk, notice, reason)
) STRICT, WITHOUT ROWID
"""
_KIOSK_DAY = """
CREATE TABLE kiosk_day (
    day INTEGER NOT NULL,
    kiosk TEXT NOT NULL,
    hours INTEGER NOT NULL,
    first_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    up_since_ms INTEGER,
    waiting INTEGER,
    faulty INTEGER NOT NULL,
    storage TEXT NOT NULL,
    goodbye INTEGER NOT NULL,
    PRIMARY KEY (day, kiosk)
) STRICT, WITHOUT ROWID
"""
_DAYS_OF_KIOSK = "CREATE INDEX days_of_kiosk ON kiosk_day (kiosk, day)"
# the visits of a day one by one: how many people, and whether somebody pretends
_VISIT_OF_DAY = "CREATE INDEX visit_of_day ON event (placed_ms) WHERE verdict IS NOT NULL"
_FILL_VISITS = """
INSERT INTO day_visits
SELECT day_of(placed_ms), kiosk, coalesce(message ->> '$.data.venue', ''), count(*),
       sum(direction = 'out'), sum(follows IS NOT NULL),
       sum(verdict = 'accepted'), sum(verdict = 'missing'), sum(verdict = 'refer'),
       sum(verdict = 'accepted' AND reason = 'kiosk_form'), sum(verdict = 'accepted' AND reason = 'portal'),
       sum(verdict = 'accepted' AND reason = 'paper'), sum(verdict = 'accepted' AND reason = 'pass')
FROM event WHERE verdict IS NOT NULL GROUP BY 1, 2, 3
"""
_FILL_NOTICES = """
INSERT INTO day_notices
SELECT day_of(placed_ms), kiosk, message ->> '$.data.notice', message ->> '$.data.reason', count(*),
       sum(message ->> '$.data.count')
FROM event
WHERE type = 'vn.entrance.notice.v1' AND message ->> '$.data.notice' NOT IN ('anchor', 'stream_began')
GROUP BY 1, 2, 3, 4
"""


@migrations()
def m007_days(db: Database) -> None:
    db.conn.create_function("day_of", 1, day_of, deterministic=True)
    for statement in (
        *(_DAY_VISITS, _DAY_NOTICES, _KIOSK_DAY, _DAYS_OF_KIOSK, _VISIT_OF_DAY),
        *(_FILL_VISITS, _FILL_NOTICES),
    ):
        db.conn.execute(statement)


@migrations()
def m008_hashes_of_what_was_set_aside(db: Database) -> None:
    """Of a message in quarantine whose bytes have vanished: its number stays taken, and its neighbours are checked."""
    db.conn.execute("ALTER TABLE quarantine ADD COLUMN hash BLOB")


def _chain_hash(message: str) -> bytes:
    return hashlib.sha256(message.encode("utf-8")).digest()


def _prev_hash(message: str) -> bytes | None:
    found = json.loads(message).get("prevhash")
    return bytes.fromhex(found) if found else None
