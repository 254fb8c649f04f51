"""What can be asked of either store, in SQL that both understand. Each runs in a snapshot of whoever asks."""

import json
from collections.abc import Iterator
from typing import Any

from collector.days import at_ms
from collector.ledger.connection import Connection
from collector.ledger.port import Arrival, CommandAnswer, KioskState, PassedOfDay, Totals
from kiosk.domain.passage import Passed
from kiosk.wire.data import NOTICE
from kiosk.wire.rfc3339 import time_text


def kiosks(db: Connection, day: int) -> list[KioskState]:
    facts: dict[str, dict[str, Any]] = {}
    for names, query in _KIOSK_FACTS:
        for kiosk, *row in db.execute(query):
            facts.setdefault(kiosk, {}).update(zip(names, row, strict=True))
    counted = "SELECT kiosk, verdict, visits FROM visits_of_a_day WHERE day = ?"
    for kiosk, verdict, visits in db.execute(counted, [day]):
        facts.setdefault(kiosk, {}).setdefault("today", {})[verdict] = visits
    return [_kiosk_state(kiosk, facts[kiosk]) for kiosk in sorted(facts) if kiosk]


def latest(db: Connection, count: int) -> list[Arrival]:
    sql = """
        SELECT id, kiosk, at_ms, received_ms, verdict, reason, direction, code FROM event
        WHERE verdict IS NOT NULL ORDER BY key DESC LIMIT ?
    """
    rows = db.execute(sql, [count])
    return [Arrival(it[0], it[1], at_ms(it[2]), at_ms(it[3]), *it[4:]) for it in rows]


def events(db: Connection, kiosk: str) -> Iterator[dict[str, Any]]:
    sql = """
        SELECT id, type, stream, seq, at_ms, received_ms, placed_ms, placed_quality, placed_width_ms,
               verdict, reason, direction, code, follows
        FROM event JOIN stream USING (kiosk, stream)
        WHERE kiosk = ? ORDER BY began_ms, stream, seq
    """
    for row in db.execute(sql, [kiosk]):
        own_ms, received_ms, placed_ms, quality, width_ms = row[4:9]
        yield {
            **dict(zip(("id", "type", "stream", "seq"), row[:4], strict=True)),
            "at": time_text(at_ms(own_ms)),
            "received_at": time_text(at_ms(received_ms)),
            "placed_at": time_text(at_ms(placed_ms)),
            "placed_quality": quality,
            "placed_width_s": None if width_ms is None else width_ms / 1000,
            **dict(zip(_WORDS, row[9:], strict=True)),
        }


def newest(db: Connection) -> int:
    return int(db.execute("SELECT coalesce(max(key), 0) FROM event").fetchone()[0])


def answer_to(db: Connection, kiosk: str, command_id: str, after: int) -> CommandAnswer | None:
    sql = "SELECT message FROM event WHERE key > ? AND kiosk = ? AND type = ? ORDER BY key"
    for (message,) in db.execute(sql, [after, kiosk, NOTICE]):
        data = json.loads(message)["data"]
        if data.get("command") == command_id:
            told = (data.get(name) or "" for name in ("notice", "reason", "diagnostics"))
            return CommandAnswer(*(str(text) for text in told))
    return None


def passed(db: Connection, kiosk: str, day: int) -> PassedOfDay | None:
    sql = "SELECT reason, times FROM day_notices WHERE day = ? AND kiosk = ? AND notice = 'passed'"
    times = {str(reason): int(number) for reason, number in db.execute(sql, [day, kiosk])}
    if not times:
        return None
    back = max(0, times.get(Passed.NO, 0) - times.get(Passed.LATE, 0))
    return PassedOfDay(times.get(Passed.YES, 0) + times.get(Passed.LATE, 0), back)


def totals(db: Connection, size_bytes: int) -> Totals:
    sql = """
        SELECT (SELECT count(*) FROM quarantine), (SELECT count(*) FROM stream), count(*),
            CAST(coalesce(sum(missing), 0) AS BIGINT)
        FROM (SELECT sum(last - first + 1) AS missing FROM gap GROUP BY kiosk, stream) AS of_stream
    """
    quarantined, streams, with_gaps, missing = db.execute(sql).fetchone()
    return Totals(quarantined, streams, with_gaps, missing, size_bytes)


_WORDS = ("verdict", "reason", "direction", "code", "follows")
_KIOSK_FACTS = (
    (
        ("visits", "last_visit_ms", "last_event_ms"),
        "SELECT kiosk, visits, last_visit_ms, last_event_ms FROM kiosk",
    ),
    (("repeats",), "SELECT kiosk, CAST(sum(repeats) AS BIGINT) FROM stream GROUP BY kiosk"),
    (
        ("missing",),
        "SELECT kiosk, CAST(sum(last - first + 1) AS BIGINT) FROM gap GROUP BY kiosk",
    ),
    (
        ("breaks",),
        """
        SELECT kiosk, count(*) FROM
            (SELECT kiosk, stream, seq FROM chain_break UNION SELECT kiosk, stream, seq FROM head_break) AS each_break
        GROUP BY kiosk
        """,
    ),
    (("quarantined",), "SELECT kiosk, count(*) FROM quarantine GROUP BY kiosk"),
    (("online", "status_ms"), "SELECT kiosk, online, at_ms FROM status"),
    (("waiting", "storage", "release"), "SELECT kiosk, waiting, storage, release FROM health"),
)


def _kiosk_state(kiosk: str, facts: dict[str, Any]) -> KioskState:
    for name in ("status", "last_visit", "last_event"):
        ms = facts.pop(f"{name}_ms", None)
        facts[f"{name}_at"] = None if ms is None else at_ms(ms)
    if "online" in facts:
        facts["online"] = bool(facts["online"])
    return KioskState(kiosk=kiosk, **facts)
