"""What is counted along the way, in the same transaction as the events, so that pages need not count."""

from collections import Counter
from collections.abc import Sequence

from collector.days import day_of, ms_of
from collector.ledger.connection import Connection
from collector.ledger.port import Taken
from kiosk.wire.data import VisitData
from kiosk.wire.health import Health
from kiosk.wire.status import Presence, Status

_VISITS_OF_A_DAY = """
    INSERT INTO visits_of_a_day VALUES (?, ?, ?, ?)
    ON CONFLICT (day, kiosk, verdict) DO UPDATE SET visits = visits_of_a_day.visits + excluded.visits
"""
_KIOSK = """
    INSERT INTO kiosk VALUES (?, ?, ?, ?)
    ON CONFLICT (kiosk) DO UPDATE SET
        visits = kiosk.visits + excluded.visits,
        last_visit_ms = CASE WHEN kiosk.last_visit_ms >= excluded.last_visit_ms THEN kiosk.last_visit_ms
                             ELSE coalesce(excluded.last_visit_ms, kiosk.last_visit_ms) END,
        last_event_ms = CASE WHEN kiosk.last_event_ms >= excluded.last_event_ms THEN kiosk.last_event_ms
                             ELSE excluded.last_event_ms END
"""
# the same rule as kiosk.wire.status.supersedes: an old will must not mask a newer birth of the same stream
_STATUS = """
    INSERT INTO status VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (kiosk) DO UPDATE SET
        online = excluded.online, stream = excluded.stream, birth = excluded.birth, at_ms = excluded.at_ms
    WHERE excluded.stream <> status.stream OR excluded.birth >= status.birth
"""
_HEALTH = """
    INSERT INTO health (kiosk, waiting, storage, at_ms, release) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (kiosk) DO UPDATE SET
        waiting = excluded.waiting, storage = excluded.storage, at_ms = excluded.at_ms, release = excluded.release
"""


def count(connection: Connection, stored: Sequence[Taken], now_ms: int) -> None:
    """`stored` are rows that are new: repeats are normal here, and must count once."""
    days: Counter[tuple[int, str, str]] = Counter()
    visits: Counter[str] = Counter()
    last_ms: dict[str, int | None] = {}
    for taken in stored:
        kiosk, at_ms = taken.event.kiosk, ms_of(taken.event.at)
        last_ms.setdefault(kiosk, None)
        if isinstance(taken.event.data, VisitData):
            days[day_of(at_ms), kiosk, taken.event.data.verdict] += 1
            visits[kiosk] += 1
            last_ms[kiosk] = max(at_ms, last_ms[kiosk] or at_ms)
    connection.executemany(_VISITS_OF_A_DAY, [(*key, number) for key, number in days.items()])
    connection.executemany(
        _KIOSK, [(kiosk, visits[kiosk], ms, now_ms) for kiosk, ms in last_ms.items()]
    )


def note_statuses(connection: Connection, statuses: Sequence[tuple[str, Status]]) -> None:
    rows = [
        (kiosk, int(it.state is Presence.ONLINE), it.stream, it.birth, ms_of(it.at))
        for kiosk, it in statuses
    ]
    connection.executemany(_STATUS, rows)


def note_health(connection: Connection, health: Sequence[tuple[str, Health]]) -> None:
    rows = [(kiosk, it.waiting, it.storage, ms_of(it.at), it.release or "") for kiosk, it in health]
    connection.executemany(_HEALTH, rows)
