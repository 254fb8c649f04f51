"""What is derived from events in the ledger's own transaction: stays, and sums of days."""

from sqlite_utils import Database

from collector.days import day_of

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


def m007_days(db: Database) -> None:
    db.conn.create_function("day_of", 1, day_of, deterministic=True)
    for statement in (
        *(_DAY_VISITS, _DAY_NOTICES, _KIOSK_DAY, _DAYS_OF_KIOSK, _VISIT_OF_DAY),
        *(_FILL_VISITS, _FILL_NOTICES),
    ):
        db.conn.execute(statement)
