"""Stays of events that were stored before anybody kept stays, or whose kiosk was registered only later.

Piece by piece, each in a transaction of its own, while the inbox goes on: it may be interrupted anywhere, and done
again.
"""

import contextlib
import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from collector.errors import LedgerError
from collector.ledger.port import Follower
from kiosk.wire.data import VISIT

PIECE = 500
_BUSY_TIMEOUT_S = 30.0
_KEYS = "SELECT key FROM event WHERE key > ? AND type = ? AND ? IN ('', kiosk) ORDER BY key LIMIT ?"


def rebuild(
    ledger: Path,
    keeper: Follower,
    now: Callable[[], datetime],
    told: Callable[[int, int], None],
    kiosk: str = "",
) -> int:
    """Of one kiosk, or of all: how many visits were looked at. `told` hears how far it is: events, and of how many.
    Raise LedgerError when the ledger cannot be had."""
    if not ledger.exists():
        raise LedgerError(f"there is no ledger {ledger}: `collector serve` makes it")
    done = at = 0
    try:
        with contextlib.closing(
            sqlite3.connect(ledger, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
        ) as connection:
            connection.execute("PRAGMA synchronous=FULL")
            (last,) = connection.execute("SELECT ifnull(max(key), 0) FROM event").fetchone()
            while keys := [row[0] for row in connection.execute(_KEYS, (at, VISIT, kiosk, PIECE))]:
                _piece(connection, keeper, keys, now())
                done, at = done + len(keys), keys[-1]
                told(at, last)
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", None) or type(error).__name__
        raise LedgerError(f"the ledger {ledger} cannot be written ({name})") from error
    return done


def _piece(
    connection: sqlite3.Connection, keeper: Follower, keys: list[int], now: datetime
) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        keeper.people_changed(connection, keys, now)
    except BaseException:
        connection.rollback()
        raise
    connection.execute("COMMIT")
