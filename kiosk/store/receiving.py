"""What a receipt does to the rows of its stream. Each function is a part of a caller's transaction.

A row that a receipt names is *received*: it is not sent again, but stays until the collector has it in a second place
too, or for `KEEP_RECEIVED`, or until the disk is nearly full; then it is deleted. A ledger that was put back from its
backup has another id: what it does not name waits again. Row n of a stream lies at position base + n.
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta

from kiosk.errors import StoreError
from kiosk.store import visits
from kiosk.store.instant import ms_of
from kiosk.wire.receipts import Receipt

KEEP_RECEIVED = timedelta(days=7)


class ChainDiffers(StoreError):
    """The collector holds other events than ours under these numbers: its receipt frees nothing."""


@dataclass(frozen=True, slots=True)
class Known:
    """What has been heard of a stream so far. `last_seq` is None for a stream that is salvaged, not ours."""

    base: int
    at_ms: int
    ledger: str
    last_seq: int | None


def known(db: sqlite3.Connection, stream: str) -> Known | None:
    """None for a stream that has no rows here."""
    sql = """
        SELECT base, at_ms, ledger, (SELECT last_seq FROM stream WHERE id = ?1)
        FROM receipts WHERE stream = ?1
    """
    row = db.execute(sql, (stream,)).fetchone()
    return None if row is None else Known(*row)


def check_chain(db: sqlite3.Connection, stream: Known, receipt: Receipt) -> None:
    """Raise ChainDiffers when the receipt speaks of another event `upto` than ours, or of one that is not made yet."""
    if stream.last_seq is not None and receipt.upto > stream.last_seq:
        raise ChainDiffers("a receipt for events that this kiosk has not made")
    sql = "SELECT hash FROM outbox WHERE position = ? AND stream = ?"
    row = db.execute(sql, (stream.base + receipt.upto, receipt.stream)).fetchone()
    if row is not None and row[0].hex() != receipt.chain:
        raise ChainDiffers("a receipt for another chain of events than this kiosk's")


def other_ledger(stream: Known, receipt: Receipt) -> bool:
    return bool(stream.ledger and receipt.ledger) and stream.ledger != receipt.ledger


def wait_again(
    db: sqlite3.Connection, stream: Known, receipt: Receipt, after: int, limit: int
) -> list[int]:
    """Undo what another ledger had received and this one does not name, behind position `after`: the positions."""
    sql = """
        SELECT position, seq FROM outbox
        WHERE position > ? AND stream = ? AND received_at_ms IS NOT NULL ORDER BY position LIMIT ?
    """
    found = db.execute(
        sql, (max(after, stream.base + receipt.upto), receipt.stream, limit)
    ).fetchall()
    lost = [position for position, seq in found if seq not in receipt.also]
    if lost:
        marks = _marks(lost)
        db.execute(
            f"UPDATE outbox SET received_at_ms = NULL WHERE position IN ({marks})",  # noqa: S608
            lost,
        )
        db.execute("UPDATE stream SET waiting_from = min(waiting_from, ?)", (lost[0],))
    return [position for position, _ in found]


def mark(db: sqlite3.Connection, stream: Known, receipt: Receipt, at_ms: int, limit: int) -> int:
    """Mark rows up to `upto` as received; how many. Those set aside lie anywhere, all others from `waiting_from` on."""
    sql = """
        UPDATE outbox SET received_at_ms = ? WHERE position IN (
            SELECT position FROM outbox
            WHERE position >= (SELECT waiting_from FROM stream) AND position > ? AND position <= ?
                AND stream = ? AND received_at_ms IS NULL
            ORDER BY position LIMIT ?
        )
    """
    upto = stream.base + receipt.upto
    done = db.execute(sql, (at_ms, stream.base, upto, receipt.stream, limit)).rowcount
    if done < limit:
        sql = """
            UPDATE outbox SET received_at_ms = ? WHERE position IN (
                SELECT position FROM outbox
                WHERE parked IS NOT NULL AND received_at_ms IS NULL AND stream = ? AND seq <= ?
                LIMIT ?
            )
        """
        found = db.execute(sql, (at_ms, receipt.stream, receipt.upto, limit - done))
        done += found.rowcount
    return done


def mark_also(
    db: sqlite3.Connection, stream: Known, receipt: Receipt, at_ms: int, seqs: tuple[int, ...]
) -> int:
    positions = [stream.base + seq for seq in seqs]
    sql = f"""
        UPDATE outbox SET received_at_ms = ?
        WHERE position IN ({_marks(positions)}) AND stream = ? AND received_at_ms IS NULL
    """  # noqa: S608 - only marks
    return db.execute(sql, (at_ms, *positions, receipt.stream)).rowcount


def note(db: sqlite3.Connection, stream: Known, receipt: Receipt) -> None:
    """Remember what this receipt says, and from where on rows still wait."""
    if ms_of(receipt.at) >= stream.at_ms:
        db.execute(
            "UPDATE receipts SET at_ms = ?, ledger = ? WHERE stream = ?",
            (ms_of(receipt.at), receipt.ledger or stream.ledger, receipt.stream),
        )
    db.execute(
        """
        UPDATE stream SET waiting_from = coalesce(
            (
                SELECT position FROM outbox
                WHERE position >= waiting_from AND parked IS NULL AND received_at_ms IS NULL
                ORDER BY position LIMIT 1
            ),
            last_position + 1
        )
        """
    )


def remove_upto(
    db: sqlite3.Connection, stream: Known, receipt: Receipt, upto: int, limit: int
) -> tuple[int, int]:
    """Delete rows up to a number that the receipt names: how many, and how many of them it is the first to name."""
    sql = """
        SELECT position, received_at_ms IS NULL FROM outbox
        WHERE position > ? AND position <= ? AND stream = ? ORDER BY position LIMIT ?
    """
    found = db.execute(sql, (stream.base, stream.base + upto, receipt.stream, limit)).fetchall()
    _remove(db, [position for position, _ in found])
    return len(found), sum(new for _, new in found)


def remove_before(db: sqlite3.Connection, before: datetime, limit: int) -> int:
    """Delete rows that were received before then, archived or not."""
    sql = "SELECT position FROM outbox WHERE received_at_ms < ? ORDER BY received_at_ms LIMIT ?"
    return _remove(db, [row[0] for row in db.execute(sql, (ms_of(before), limit))])


def remove_received(db: sqlite3.Connection, limit: int) -> int:
    """Delete any rows that were received: there is no room to keep them."""
    sql = "SELECT position FROM outbox WHERE received_at_ms IS NOT NULL LIMIT ?"
    return _remove(db, [row[0] for row in db.execute(sql, (limit,))])


def _remove(db: sqlite3.Connection, positions: list[int]) -> int:
    if not positions:
        return 0
    visits.remember(db, positions)
    sql = f"DELETE FROM outbox WHERE position IN ({_marks(positions)})"  # noqa: S608 - only marks
    db.execute(sql, positions)
    db.execute("UPDATE stream SET kept = kept - ?", (len(positions),))
    return len(positions)


def _marks(values: list[int]) -> str:
    return ", ".join("?" * len(values))
