"""The table `outbox`: one row for each event without a receipt. Each function is a part of a caller's transaction."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.store import as_event
from kiosk.store.instant import ms_of
from kiosk.store.stamp import Stamp
from kiosk.wire import data, events


@dataclass(frozen=True, slots=True)
class Row:
    """One event that waits. `position` orders the rows of this database, `seq` those of their stream."""

    position: int
    stream: str
    seq: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Counts:
    waiting: int
    parked: int
    oldest_s: float  # age of the oldest waiting row, 0 when there is none


def insert(db: sqlite3.Connection, kiosk: str, event_id: str, what: data.Data, stamp: Stamp) -> int:
    """The seq of the new row. Raise WireError when the event does not keep the contract."""
    # a write first: a transaction that began by reading could not wait for the other process's lock
    stream, seq, position = db.execute(
        """
        UPDATE stream SET last_seq = last_seq + 1, last_position = last_position + 1
        RETURNING id, last_seq, last_position
        """
    ).fetchone()
    event = as_event.event(event_id, kiosk, stream, seq, what, stamp)
    db.execute(
        "INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
        [
            *(position, stream, seq, event.id, event.type, events.encode(event)),
            *(ms_of(stamp.at), stamp.boot_id, stamp.boottime_ns),
        ],
    )
    return int(seq)


def behind(db: sqlite3.Connection, position: int, limit: int) -> list[Row]:
    """The next rows that are not parked, in order."""
    sql = """
        SELECT position, stream, seq, payload FROM outbox
        WHERE position > ? AND parked IS NULL ORDER BY position LIMIT ?
    """
    return [Row(*row) for row in db.execute(sql, [position, limit])]


def remove_upto(db: sqlite3.Connection, stream: str, upto: int, limit: int) -> int:
    sql = """
        DELETE FROM outbox WHERE position IN (
            SELECT position FROM outbox WHERE stream = ? AND seq <= ? ORDER BY seq LIMIT ?
        )
    """
    return db.execute(sql, [stream, upto, limit]).rowcount


def remove(db: sqlite3.Connection, stream: str, seqs: Sequence[int]) -> int:
    marks = ", ".join("?" * len(seqs))
    sql = f"DELETE FROM outbox WHERE stream = ? AND seq IN ({marks})"  # noqa: S608 - only marks
    return db.execute(sql, [stream, *seqs]).rowcount


def park(db: sqlite3.Connection, position: int, reason: str) -> None:
    db.execute("UPDATE outbox SET parked = ? WHERE position = ?", [reason, position])


def count(db: sqlite3.Connection, now: Stamp) -> Counts:
    waiting, parked = db.execute(
        "SELECT COUNT(*) FILTER (WHERE parked IS NULL), COUNT(parked) FROM outbox"
    ).fetchone()
    oldest = db.execute(
        """
        SELECT at_ms, boot_id, boottime_ns FROM outbox
        WHERE parked IS NULL ORDER BY position LIMIT 1
        """
    ).fetchone()
    return Counts(waiting, parked, _age_s(oldest, now) if oldest else 0.0)


def seq_of(db: sqlite3.Connection, event_id: str) -> int | None:
    row = db.execute("SELECT seq FROM outbox WHERE id = ?", [event_id]).fetchone()
    return None if row is None else int(row[0])


def _age_s(made: tuple[int, str, int], now: Stamp) -> float:
    """By the boot clock where it can be: the wall clock may have jumped since."""
    at_ms, boot_id, boottime_ns = made
    if boot_id == now.boot_id:
        return max(0.0, (now.boottime_ns - boottime_ns) / 1e9)
    return max(0.0, (ms_of(now.at) - at_ms) / 1_000)
