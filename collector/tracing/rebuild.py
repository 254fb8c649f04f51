"""Stays of events that were stored before anybody kept stays, or whose kiosk was registered only later.

Piece by piece, each in a transaction of its own, while the inbox goes on: it may be interrupted anywhere, and done
again.
"""

from collections.abc import Callable
from datetime import datetime

from collector.ledger.port import Follower
from collector.people.port import PeopleStore
from kiosk.wire.data import VISIT

PIECE = 500
_KEYS = "SELECT key FROM event WHERE key > ? AND type = ? AND ? IN ('', kiosk) ORDER BY key LIMIT ?"


def rebuild(
    store: PeopleStore,
    keeper: Follower,
    now: Callable[[], datetime],
    told: Callable[[int, int], None],
    kiosk: str = "",
) -> int:
    """Of one kiosk, or of all: how many visits were looked at. `told` hears how far it is: events, and of how many.
    Raise LedgerError when the ledger cannot be had."""
    done = at = 0
    with store.reading() as connection:
        count = "SELECT count(*) FROM event WHERE ? IN ('', kiosk)"
        (events,) = connection.execute(count, [kiosk]).fetchone()
    while True:
        with store.changing() as connection:
            store.hold(connection, alone=True)
            found = connection.execute(_KEYS, (at, VISIT, kiosk, PIECE)).fetchall()
            keys = [key for (key,) in found]
            keeper.people_changed(connection, keys, now())
        if not keys:
            return done
        done, at = done + len(keys), keys[-1]
        told(done, events)
