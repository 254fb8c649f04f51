"""The tables in PostgreSQL, step by step. A step that has been released is never edited: the next change is a new one.

Events, and who they are of, lie in one partition a day of arrival (Asia/Ho_Chi_Minh): a day is dropped whole. It is the
upper part of an event's key, so that a key alone says which partition to look into. `chain_link` has what must outlive
that: which numbers and ids have been, and their hashes. Times are milliseconds since 1970, UTC.
"""

import secrets
from collections.abc import Callable

from psycopg import Connection, sql

from collector.ledger import postgres_derived, postgres_persons

SCHEMA = "collector"
# 2**36 events a day and in all, and keys below 2**53, which every language can hold exactly
DAY_BITS = 36
PARTITIONED = ("event", "person_key")

_001 = """
CREATE TABLE ledger (id TEXT NOT NULL);
CREATE SEQUENCE event_number;
CREATE TABLE event (
    key BIGINT NOT NULL PRIMARY KEY,
    kiosk TEXT COLLATE "C" NOT NULL,
    stream TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL CHECK (seq >= 1),
    id TEXT COLLATE "C" NOT NULL,
    type TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    received_ms BIGINT NOT NULL,
    verdict TEXT,
    reason TEXT,
    direction TEXT,
    code TEXT,
    follows TEXT,
    message TEXT NOT NULL,
    hash BYTEA NOT NULL,
    prevhash BYTEA,
    boot BIGINT,
    boottime_ns BIGINT NOT NULL,
    placed_ms BIGINT NOT NULL,
    placed_quality TEXT NOT NULL,
    placed_width_ms BIGINT,
    link BIGINT NOT NULL
) PARTITION BY RANGE (key);
CREATE INDEX event_place ON event (kiosk, stream, seq);
CREATE INDEX event_to_place ON event (boot, key) WHERE placed_quality <> 'ntp';
CREATE INDEX event_unopened ON event (kiosk) WHERE link = 2;
CREATE TABLE chain_link (
    kiosk TEXT COLLATE "C" NOT NULL,
    stream TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    hash BYTEA NOT NULL,
    prevhash BYTEA,
    key BIGINT, -- of its event, while there is one
    PRIMARY KEY (kiosk, stream, seq),
    UNIQUE (kiosk, id)
);
CREATE VIEW stored_link AS
    SELECT * FROM chain_link WHERE key IS NULL OR EXISTS (SELECT 1 FROM event WHERE event.key = chain_link.key);
CREATE TABLE person_key (
    pseudonym BYTEA NOT NULL,
    event BIGINT NOT NULL,
    PRIMARY KEY (pseudonym, event)
) PARTITION BY RANGE (event);
CREATE INDEX person_of_event ON person_key (event);
CREATE TABLE stream (
    kiosk TEXT COLLATE "C" NOT NULL,
    stream TEXT COLLATE "C" NOT NULL,
    highest BIGINT NOT NULL,
    repeats BIGINT NOT NULL,
    began_ms BIGINT NOT NULL,
    archived_upto BIGINT NOT NULL DEFAULT 0,
    ends BIGINT,
    PRIMARY KEY (kiosk, stream)
) WITH (fillfactor = 70);
CREATE TABLE gap (
    kiosk TEXT COLLATE "C" NOT NULL,
    stream TEXT COLLATE "C" NOT NULL,
    first BIGINT NOT NULL,
    last BIGINT NOT NULL CHECK (last >= first),
    PRIMARY KEY (kiosk, stream, first)
);
CREATE TABLE quarantine (
    kiosk TEXT COLLATE "C" NOT NULL,
    channel TEXT NOT NULL,
    digest BYTEA NOT NULL,
    reason TEXT NOT NULL,
    stream TEXT COLLATE "C",
    seq BIGINT,
    times BIGINT NOT NULL,
    first_ms BIGINT NOT NULL,
    last_ms BIGINT NOT NULL,
    payload BYTEA NOT NULL,
    UNIQUE (kiosk, channel, digest)
);
CREATE INDEX quarantine_place ON quarantine (kiosk, stream, seq);
CREATE TABLE status (
    kiosk TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    online BIGINT NOT NULL,
    stream TEXT NOT NULL,
    birth BIGINT NOT NULL,
    at_ms BIGINT NOT NULL
);
CREATE TABLE health (
    kiosk TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    waiting BIGINT NOT NULL,
    storage TEXT NOT NULL,
    at_ms BIGINT NOT NULL
) WITH (fillfactor = 70);
CREATE TABLE visits_of_a_day (
    day BIGINT NOT NULL,
    kiosk TEXT COLLATE "C" NOT NULL,
    verdict TEXT COLLATE "C" NOT NULL,
    visits BIGINT NOT NULL,
    PRIMARY KEY (day, kiosk, verdict)
) WITH (fillfactor = 70);
CREATE TABLE kiosk (
    kiosk TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    visits BIGINT NOT NULL,
    last_visit_ms BIGINT,
    last_event_ms BIGINT NOT NULL
) WITH (fillfactor = 70);
CREATE TABLE chain_break (
    kiosk TEXT COLLATE "C" NOT NULL,
    stream TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    found_ms BIGINT NOT NULL,
    PRIMARY KEY (kiosk, stream, seq)
);
CREATE TABLE boot (
    key BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kiosk TEXT COLLATE "C" NOT NULL,
    stream TEXT COLLATE "C" NOT NULL,
    boot_id TEXT COLLATE "C" NOT NULL,
    first_seq BIGINT NOT NULL,
    last_ns BIGINT NOT NULL,
    first_anchor_ns BIGINT,
    last_anchor_ns BIGINT,
    base_ms BIGINT,
    width_ms BIGINT,
    redo_from BIGINT,
    UNIQUE (kiosk, stream, boot_id)
);
CREATE INDEX boot_order ON boot (kiosk, stream, first_seq);
CREATE INDEX boot_redo ON boot (redo_from) WHERE redo_from IS NOT NULL;
CREATE TABLE anchor (
    boot BIGINT NOT NULL,
    boottime_ns BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (boot, boottime_ns)
);
CREATE TABLE sworn (
    kiosk TEXT COLLATE "C" NOT NULL,
    stream TEXT COLLATE "C" NOT NULL,
    upto BIGINT NOT NULL,
    told_ms BIGINT NOT NULL,
    PRIMARY KEY (kiosk, stream)
);
CREATE TABLE sworn_head (
    kiosk TEXT COLLATE "C" NOT NULL,
    stream TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (kiosk, stream, seq)
);
CREATE TABLE head_break (
    kiosk TEXT COLLATE "C" NOT NULL,
    stream TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    found_ms BIGINT NOT NULL,
    PRIMARY KEY (kiosk, stream, seq, hash)
);
CREATE TABLE kiosk_day (
    day BIGINT NOT NULL,
    kiosk TEXT COLLATE "C" NOT NULL,
    hours BIGINT NOT NULL,
    first_ms BIGINT NOT NULL,
    last_ms BIGINT NOT NULL,
    up_since_ms BIGINT,
    waiting BIGINT,
    faulty BIGINT NOT NULL,
    storage TEXT NOT NULL,
    goodbye BIGINT NOT NULL,
    PRIMARY KEY (day, kiosk)
) WITH (fillfactor = 70);
CREATE INDEX days_of_kiosk ON kiosk_day (kiosk, day);
CREATE TABLE head_refused (
    kiosk TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    times BIGINT NOT NULL,
    last_ms BIGINT NOT NULL
);
"""


def _m001(connection: Connection) -> None:
    connection.execute(_001)
    connection.execute("INSERT INTO ledger VALUES (%s)", [secrets.token_hex(16)])


def _m004(connection: Connection) -> None:
    """Which release each kiosk runs."""
    connection.execute("ALTER TABLE health ADD COLUMN release TEXT NOT NULL DEFAULT ''")


_STEPS: tuple[Callable[[Connection], None], ...] = (
    _m001,
    postgres_persons.m002,
    postgres_derived.m003,
    _m004,
)


def migrate(connection: Connection) -> None:
    """In one transaction of the caller's. One worker does it, the others wait and find it done."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('collector.schema'), 0)")
    # a large ledger takes its time
    connection.execute("SET LOCAL statement_timeout = 0")
    connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(SCHEMA)))
    connection.execute("CREATE TABLE IF NOT EXISTS step (number BIGINT PRIMARY KEY)")
    row = connection.execute("SELECT coalesce(max(number), 0) FROM step").fetchone()
    done = row[0] if row else 0
    for number, step in enumerate(_STEPS, 1):
        if number > done:
            step(connection)
            connection.execute("INSERT INTO step VALUES (%s)", [number])


def first_key(day: int) -> int:
    """The lowest key of a day, as collector.days counts them."""
    return day << DAY_BITS


def day_of_key(key: int) -> int:
    return key >> DAY_BITS


def days_kept(connection: Connection) -> list[int]:
    """Those that have partitions, the oldest first."""
    leaves = "SELECT relid::regclass::text FROM pg_partition_tree('event') WHERE isleaf"
    return sorted(int(name.rpartition("_")[2]) for (name,) in connection.execute(leaves))


def make_partitions(connection: Connection, day: int) -> None:
    """For that day and the next, in one transaction of the caller's that does nothing else: it locks the tables."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('collector.schema'), 0)")
    for table in PARTITIONED:
        for each in (day, day + 1):
            made = f"CREATE TABLE IF NOT EXISTS {table}_{each:05} PARTITION OF {table}"
            bounds = f"FROM ({first_key(each)}) TO ({first_key(each + 1)})"
            connection.execute(f"{made} FOR VALUES {bounds}")
