"""Takes events off the record, whether they are old or were erased. What is left is a link of the chain, and numbers.

By pieces, each a transaction of its own with `secure_delete`, while the inbox goes on: it may be interrupted anywhere,
and goes on from there.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from collector.days import day_begin_ms, day_of
from collector.errors import LedgerError
from collector.ledger.port import Follower
from collector.people.sqlite_people import events_of, part, tell

PIECE = 200
_BUSY_TIMEOUT_S = 30.0
_CHECKPOINT_WAIT_MS = 500
# keys are in the order of arrival: no more is looked at than is taken
_OLD = """
    SELECT key FROM (SELECT key, received_ms FROM event ORDER BY key LIMIT ?) WHERE received_ms < ?
"""
_NOTE_VISITS = """
    INSERT INTO visits_gone VALUES (?, ?, ?, 1)
    ON CONFLICT (day, kiosk, verdict) DO UPDATE SET visits = visits_gone.visits + 1
"""
_LEAVE = """
    INSERT INTO gone SELECT kiosk, stream, seq, id, hash, prevhash FROM event WHERE key = ? ON CONFLICT DO NOTHING
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


def take_away(
    connection: sqlite3.Connection, keys: Sequence[int], others: Sequence[Follower], now: datetime
) -> None:
    """These events, in a transaction of the caller's. Whoever is known by nothing any more is nobody."""
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
        for statement in (_LEAVE, *_OF_EVENT):
            connection.execute(statement, [key])
    changed = part(connection, ends)
    connection.executemany(_UNKNOWN_NOW, [(who,) for who in sorted(people)])
    tell(connection, others, sorted({*keys, *events_of(connection, changed)}), now)


def vanish(
    ledger: Path,
    before_day: int,
    others: Sequence[Follower],
    now: Callable[[], datetime],
    told: Callable[[int], None],
    goes_on: Callable[[], bool] = lambda: True,
) -> int:
    """All events that came in before a day (collector.days), the oldest first; how many. `told` hears how many are
    gone. Raise LedgerError when the ledger cannot be written; what is gone by then stays gone."""
    done = 0
    before_ms = day_begin_ms(before_day)
    with writing(ledger) as connection:
        while goes_on():
            with transaction(connection):
                keys = [row[0] for row in connection.execute(_OLD, [PIECE, before_ms])]
                take_away(connection, keys, others, now())
            if not keys:
                break
            done += len(keys)
            told(done)
        with transaction(connection):
            forget_changes(connection, "tout < ?", before_ms // 1000)
        if done:
            empty_log(connection)
    return done


def empty_log(connection: sqlite3.Connection) -> None:
    """What was deleted still stands in the WAL. Whoever reads just now is not waited for: it holds up all who write."""
    connection.execute(f"PRAGMA busy_timeout={_CHECKPOINT_WAIT_MS}").fetchall()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def forget_changes(connection: sqlite3.Connection, which: str, value: int) -> None:
    """What was noted about stays that are no more says where somebody was, too."""
    connection.execute(f"DELETE FROM stay_change WHERE {which}", [value])  # noqa: S608 - our own words


@contextlib.contextmanager
def writing(ledger: Path) -> Iterator[sqlite3.Connection]:
    """Raise LedgerError when there is no ledger, or it cannot be written."""
    if not ledger.exists():
        raise LedgerError(f"there is no ledger {ledger}: `collector serve` makes it")
    try:
        with contextlib.closing(
            sqlite3.connect(ledger, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
        ) as connection:
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA secure_delete=ON").fetchall()
            yield connection
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", None) or type(error).__name__
        raise LedgerError(f"the ledger {ledger} cannot be written ({name})") from error


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.execute("COMMIT")
