"""In which hours of a day each kiosk was heard, and how it was: what a silent venue is diagnosed by.

A day and its hours are those of Asia/Ho_Chi_Minh in which the word arrived: health expires after minutes, so that it is
never an old one, and the collector's clock can be trusted where a kiosk's cannot.
"""

from collections.abc import Sequence
from datetime import datetime

from collector.days import day_of, hour_of, ms_of
from collector.ledger.connection import Connection
from kiosk.wire.health import Health
from kiosk.wire.status import Presence, Status

# `hours`: bit n is set when it was heard between n and n + 1 o'clock. `up_since_ms`: the beginning of the boot that was
# heard first on that day. `goodbye`: the last word was said on purpose, and is not a last will.
_NOTE = """
    INSERT INTO kiosk_day VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (day, kiosk) DO UPDATE SET
        hours = kiosk_day.hours | excluded.hours,
        last_ms = excluded.last_ms,
        up_since_ms = coalesce(kiosk_day.up_since_ms, excluded.up_since_ms),
        waiting = coalesce(excluded.waiting, kiosk_day.waiting),
        faulty = kiosk_day.faulty | excluded.faulty,
        storage = CASE WHEN excluded.storage = '' THEN kiosk_day.storage ELSE excluded.storage END,
        goodbye = excluded.goodbye
"""
_KNOWN = "SELECT stream, birth, at_ms FROM status WHERE kiosk = ?"


def note(
    connection: Connection,
    statuses: Sequence[tuple[str, Status]],
    health: Sequence[tuple[str, Health]],
    now_ms: int,
) -> None:
    """To be called while the table of statuses is as it was before."""
    day, hour = day_of(now_ms), 1 << hour_of(now_ms)
    rows: list[tuple[datetime, tuple[object, ...]]] = []
    for kiosk, status in statuses:
        if status.state is Presence.ONLINE:
            rows.append((status.at, (day, kiosk, hour, now_ms, now_ms, None, None, 0, "", 0)))
        elif _is_goodbye(connection, kiosk, status):
            rows.append((status.at, (day, kiosk, 0, now_ms, now_ms, None, None, 0, "", 1)))
    for kiosk, told in health:
        up_since_ms = now_ms - int(told.uptime_s * 1000)
        faulty = hour if told.extra.get("fault") else 0
        how = (up_since_ms, told.waiting, faulty, told.storage, 0)
        rows.append((told.at, (day, kiosk, hour, now_ms, now_ms, *how)))
    if rows:
        # a goodbye and the health before it may come in one batch
        rows.sort(key=lambda each: each[0])
        connection.executemany(_NOTE, [row for _, row in rows])


def _is_goodbye(connection: Connection, kiosk: str, status: Status) -> bool:
    """A last will carries the time of the connect; a goodbye is said later than that of the same connection."""
    known = connection.execute(_KNOWN, [kiosk]).fetchone()
    if known is None or (known[0], known[1]) != (status.stream, status.birth):
        return False
    return ms_of(status.at) > int(known[2])
