"""Events as they come, the streams they are of, what was set aside, and what pages need not count."""

from sqlite_utils import Database

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


def m009_which_release_runs(db: Database) -> None:
    db.conn.execute("ALTER TABLE health ADD COLUMN release TEXT NOT NULL DEFAULT ''")
