"""The table `outbox`: one row for each event, waiting, received or parked. Each function is a part of a caller's
transaction."""

import hashlib
import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from kiosk.domain.visit import Visit
from kiosk.privacy.sealing import Context
from kiosk.store import as_event
from kiosk.store.instant import ms_of
from kiosk.store.stamp import Stamp
from kiosk.wire import data, events, ids
from kiosk.wire.data import Sealed

# seals who a person is for the event that is being stored: its `link` and its `contact`
Seal = Callable[[Context], tuple[Sealed | None, Sealed | None]]


@dataclass(frozen=True, slots=True)
class Row:
    """One event that waits. `position` orders the rows of this database, `seq` those of their stream."""

    position: int
    stream: str
    seq: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to append. `visit` and `seal` where there are any; `on_paper_at` where a paper was typed in."""

    id: str
    what: data.Data
    visit: Visit | None = None
    seal: Seal | None = None
    on_paper_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class End:
    """Where the stream ends. `hash` is None when the last event is older than the chain and has left."""

    stream: str
    seq: int
    position: int
    hash: bytes | None


@dataclass(frozen=True, slots=True)
class Counts:
    waiting: int
    parked: int
    oldest_s: float  # age of the oldest waiting row, 0 when there is none
    received: int = 0  # still kept, until they are archived


def end(db: sqlite3.Connection) -> End:
    return End(*db.execute("SELECT id, last_seq, last_position, last_hash FROM stream").fetchone())


def made(last: End, kiosk: str, entry: Entry, stamp: Stamp) -> tuple[End, tuple[object, ...]]:
    """The new end of the stream, and the row for `insert`. Raise WireError when the event breaks the contract."""
    seq, position = last.seq + 1, last.position + 1
    what = entry.what
    if entry.seal is not None and isinstance(what, (data.VisitData, data.DeclarationData)):
        link, contact = entry.seal(Context(entry.id, kiosk, last.stream, seq))
        what = replace(what, link=link, contact=contact)
    prev_hash = last.hash.hex() if last.hash is not None else ""
    event = as_event.event(
        *(entry.id, kiosk, last.stream, seq, what, stamp, prev_hash), on_paper_at=entry.on_paper_at
    )
    payload = events.encode(event)
    payload_hash = hashlib.sha256(payload).digest()
    visit = entry.visit
    row = (
        *(position, last.stream, seq, entry.id),
        *(ms_of(stamp.at), stamp.boot_id, stamp.boottime_ns),
        visit.verdict.outcome if visit is not None else None,
        visit.direction if visit is not None else None,
        *(payload_hash, payload),
    )
    return End(last.stream, seq, position, payload_hash), row


def advance(db: sqlite3.Connection, before: End, last: End) -> bool:
    """The stream ends at `last` now. False, and nothing done, when it did not end at `before`."""
    sql = """
        UPDATE stream SET last_seq = ?, last_position = ?, last_hash = ?, kept = kept + ?
        WHERE last_position = ? AND id = ?
    """
    count = last.seq - before.seq
    values = (last.seq, last.position, last.hash, count, before.position, before.stream)
    return db.execute(sql, values).rowcount == 1


def insert(db: sqlite3.Connection, row: tuple[object, ...]) -> None:
    db.execute("INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, ?, ?)", row)


def behind(db: sqlite3.Connection, position: int, limit: int) -> list[Row]:
    """The next rows that wait, in order."""
    sql = """
        SELECT position, stream, seq, payload FROM outbox
        WHERE position > ? AND position >= (SELECT waiting_from FROM stream)
            AND parked IS NULL AND received_at_ms IS NULL
        ORDER BY position LIMIT ?
    """
    return [Row(*row) for row in db.execute(sql, (position, limit))]


def unreceived(db: sqlite3.Connection, position: int, limit: int) -> list[Row]:
    """The next rows that have no receipt, in order; those that are parked as well."""
    sql = """
        SELECT position, stream, seq, payload FROM outbox
        WHERE position > ? AND received_at_ms IS NULL ORDER BY position LIMIT ?
    """
    return [Row(*row) for row in db.execute(sql, (position, limit))]


def park(db: sqlite3.Connection, position: int, reason: str) -> None:
    db.execute("UPDATE outbox SET parked = ? WHERE position = ?", (reason, position))


def count(db: sqlite3.Connection, now: Stamp) -> Counts:
    """From the number of rows and what small indexes know: once a second, over a week's rows."""
    kept, received, parked = db.execute(
        """
        SELECT kept,
            (SELECT COUNT(*) FROM outbox WHERE received_at_ms IS NOT NULL),
            (SELECT COUNT(*) FROM outbox WHERE parked IS NOT NULL AND received_at_ms IS NULL)
        FROM stream
        """
    ).fetchone()
    oldest = db.execute(
        """
        SELECT at_ms, boot_id, boottime_ns FROM outbox
        WHERE position >= (SELECT waiting_from FROM stream)
            AND parked IS NULL AND received_at_ms IS NULL
        ORDER BY position LIMIT 1
        """
    ).fetchone()
    oldest_s = _age_s(oldest, now) if oldest else 0.0
    return Counts(kept - received - parked, parked, oldest_s, received)


def is_last(db: sqlite3.Connection, event_id: str) -> bool:
    """Whether this is the event that was appended last."""
    sql = "SELECT id FROM outbox WHERE position = (SELECT last_position FROM stream)"
    return bool(db.execute(sql).fetchone() == (event_id,))


def new_id(stamp: Stamp) -> str:
    return ids.uuid7(max(0, ms_of(stamp.at)), os.urandom(10))


def _age_s(made: tuple[int, str, int], now: Stamp) -> float:
    """By the boot clock where it can be: the wall clock may have jumped since."""
    at_ms, boot_id, boottime_ns = made
    if boot_id == now.boot_id:
        return max(0.0, (now.boottime_ns - boottime_ns) / 1e9)
    return max(0.0, (ms_of(now.at) - at_ms) / 1_000)
