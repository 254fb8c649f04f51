"""Takes events off the record, whether they are old or were erased. What is left is a link of the chain, and numbers.

In a transaction of the caller's, on either store.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from collector.days import day_of
from collector.ledger.connection import Connection
from collector.ledger.port import Follower
from collector.people.port import Tables
from collector.people.ties import events_of, part, tell

PIECE = 200
_NOTE_VISITS = """
    INSERT INTO visits_gone VALUES (?, ?, ?, 1)
    ON CONFLICT (day, kiosk, verdict) DO UPDATE SET visits = visits_gone.visits + 1
"""
_OF_EVENT = (
    "DELETE FROM person_key WHERE event = ?",
    "DELETE FROM remark WHERE event = ?",
    "DELETE FROM event WHERE key = ?",
)
_UNKNOWN_NOW = """
    DELETE FROM person WHERE pseudonym = ? AND NOT EXISTS (
        SELECT 1 FROM person_key WHERE person_key.pseudonym = person.pseudonym)
"""
_SET_ASIDE = """
    SELECT kiosk, channel, digest, stream, payload FROM quarantine
    WHERE last_ms < ? AND hash IS NULL LIMIT ?
"""
_THROW_AWAY = "DELETE FROM quarantine WHERE kiosk = ? AND channel = ? AND digest = ?"
# a number of a stream that it has taken stays taken, and the next event is checked against its hash
_EMPTY = (
    "UPDATE quarantine SET payload = ?, hash = ? WHERE kiosk = ? AND channel = ? AND digest = ?"
)


def take_away(
    tables: Tables,
    connection: Connection,
    keys: Sequence[int],
    others: Sequence[Follower],
    now: datetime,
) -> None:
    """These events. Whoever is known by nothing any more is nobody."""
    tables.hold(connection, alone=True)
    people: set[bytes] = set()
    ends: set[bytes] = set()
    for key in keys:
        known = "SELECT pseudonym FROM person_key WHERE event = ?"
        people.update(row[0] for row in connection.execute(known, [key]))
        ties = "DELETE FROM tie WHERE event = ? RETURNING a"
        ends.update(row[0] for row in connection.execute(ties, [key]).fetchall())
        visit = "SELECT at_ms, kiosk, verdict FROM event WHERE key = ? AND verdict IS NOT NULL"
        for at_ms, kiosk, verdict in connection.execute(visit, [key]).fetchall():
            connection.execute(_NOTE_VISITS, [day_of(at_ms), kiosk, verdict])
        tables.leave(connection, key)
        for statement in _OF_EVENT:
            connection.execute(statement, [key])
    changed = part(tables, connection, ends)
    connection.executemany(_UNKNOWN_NOW, [(who,) for who in sorted(people)])
    tell(connection, others, sorted({*keys, *events_of(connection, changed)}), now)


def empty_quarantine(connection: Connection, before_ms: int) -> int:
    """Messages that were set aside and have not come again since: their bytes vanish, some at a time; how many."""
    found = connection.execute(_SET_ASIDE, [before_ms, PIECE]).fetchall()
    for kiosk, channel, digest, stream, payload in found:
        if stream is None:
            connection.execute(_THROW_AWAY, [kiosk, channel, digest])
        else:
            own = hashlib.sha256(payload).digest()
            connection.execute(_EMPTY, [b"", own, kiosk, channel, digest])
    return len(found)
