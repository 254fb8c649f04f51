"""Who is one person, and what is left of events that are no more."""

from sqlite_utils import Database

from collector.ledger.people_numbers import numbered

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


def m005_what_is_left_of_events(db: Database) -> None:
    for statement in (_GONE, _STORED_LINK, _VISITS_GONE, _REMARK, _TO_ERASE):
        db.conn.execute(statement)
