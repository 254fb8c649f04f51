"""Who is one person, and what is left of events that are no more, in PostgreSQL (as migrations/people.py)."""

from psycopg import Connection

from collector.ledger.people_numbers import numbered

# Who is one person, as in a file (collector.people); what is left of visits and days that are gone, and of messages
# that were set aside. The links of a whole day that is gone need not be touched: `day_gone` says so.
_002 = """
CREATE TABLE person (
    pseudonym BYTEA NOT NULL PRIMARY KEY,
    person BIGINT NOT NULL
);
CREATE INDEX person_members ON person (person);
CREATE SEQUENCE person_number;
CREATE TABLE tie (
    event BIGINT NOT NULL,
    a BYTEA NOT NULL,
    b BYTEA NOT NULL,
    undone_ms BIGINT,
    PRIMARY KEY (event, a, b)
);
CREATE INDEX tie_of ON tie (a);
CREATE TABLE visits_gone (
    day BIGINT NOT NULL,
    kiosk TEXT COLLATE "C" NOT NULL,
    verdict TEXT COLLATE "C" NOT NULL,
    visits BIGINT NOT NULL,
    PRIMARY KEY (day, kiosk, verdict)
);
CREATE TABLE remark (
    event BIGINT NOT NULL PRIMARY KEY,
    said TEXT NOT NULL,
    at_ms BIGINT NOT NULL
);
CREATE TABLE to_erase (
    kiosk TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (kiosk, id)
);
CREATE TABLE day_gone (day BIGINT NOT NULL PRIMARY KEY);
CREATE OR REPLACE VIEW stored_link AS
    SELECT * FROM chain_link
    WHERE key IS NULL OR EXISTS (SELECT 1 FROM event WHERE event.key = chain_link.key)
        OR EXISTS (SELECT 1 FROM day_gone WHERE day_gone.day = chain_link.key >> 36);
ALTER TABLE quarantine ADD COLUMN hash BYTEA;
INSERT INTO tie
SELECT event, first, pseudonym, NULL FROM (
    SELECT event, pseudonym, first_value(pseudonym) OVER (PARTITION BY event ORDER BY pseudonym) AS first
    FROM person_key JOIN event ON event.key = person_key.event
    WHERE event.type = 'vn.entrance.declaration.v1') AS declared
WHERE pseudonym <> first;
"""


def m002(connection: Connection) -> None:
    connection.execute(_002)
    people = connection.execute("SELECT DISTINCT pseudonym FROM person_key").fetchall()
    ties = connection.execute("SELECT a, b FROM tie").fetchall()
    numbers = numbered((who for (who,) in people), ties)
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY person FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.set_types(("bytea", "int8"))
        for row in sorted(numbers.items()):
            copy.write_row(row)
    connection.execute("SELECT setval('person_number', %s)", [len(numbers) + 1])
