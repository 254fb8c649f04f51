"""Keeps counts of visits and notices by day and kiosk beside the events, in the ledger's own transaction.

An event belongs to the day on which it is taken to have happened, however late it comes; when that changes it is taken
from one day and given to the other. A full recount is `recount`, and equals what is kept.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from collector.days import day_of
from collector.ledger.connection import Connection
from collector.ledger.port import Moved, Stored
from kiosk.wire.data import NOTICE, VISIT, NoticeData, VisitData

# what is added up of each visit, in the order of the table's columns
COUNTED = (
    *("scans", "leaving", "amending", "accepted", "missing", "refer"),
    *("by_form", "by_phone", "by_paper", "by_pass"),
)
_SOURCES = {"kiosk_form": 6, "portal": 7, "paper": 8, "pass": 9}
_VERDICTS = {"accepted": 3, "missing": 4, "refer": 5}
# notices that say nothing of how a kiosk is used
_UNCOUNTED = frozenset(("anchor", "stream_began"))

_ADD_VISITS = f"""
    INSERT INTO day_visits VALUES (?, ?, ?, {", ".join("?" * len(COUNTED))})
    ON CONFLICT (day, kiosk, venue) DO UPDATE SET
    {", ".join(f"{name} = day_visits.{name} + excluded.{name}" for name in COUNTED)}
"""  # noqa: S608 - our own words
_ADD_NOTICES = """
    INSERT INTO day_notices VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (day, kiosk, notice, reason) DO UPDATE SET
    times = day_notices.times + excluded.times, counted = day_notices.counted + excluded.counted
"""
_EMPTY_VISITS = "DELETE FROM day_visits WHERE day = ? AND kiosk = ? AND venue = ? AND scans = 0"
_EMPTY_NOTICES = "DELETE FROM day_notices WHERE day = ? AND kiosk = ? AND notice = ? AND reason = ? AND times = 0"
_FIELDS = """
    kiosk, type, verdict, reason, direction, follows, json_extract(message, '$.data.venue'),
    json_extract(message, '$.data.notice'), json_extract(message, '$.data.reason'),
    json_extract(message, '$.data.count')
"""
_MOVED = f"SELECT key, {_FIELDS} FROM event WHERE key IN ({{}})"  # noqa: S608 - our own words
_AT_ONCE = 500
_ALL = f"SELECT placed_ms, {_FIELDS} FROM event"  # noqa: S608 - our own words

Where = tuple[int, str, str]  # day, kiosk, the venue that the event itself names or ""
What = tuple[int, str, str, str]  # day, kiosk, notice, reason


class _Sums:
    """Of one batch: what each row of the tables is to be changed by."""

    def __init__(self) -> None:
        self.visits: dict[Where, list[int]] = defaultdict(lambda: [0] * len(COUNTED))
        self.times: Counter[What] = Counter()
        self.counted: Counter[What] = Counter()

    def visit(
        self,
        where: Where,
        verdict: str | None,
        reason: str | None,
        direction: str | None,
        follows: str | None,
        sign: int = 1,
    ) -> None:
        row = self.visits[where]
        row[0] += sign
        if direction == "out":
            row[1] += sign
        if follows:
            row[2] += sign
        if (at := _VERDICTS.get(verdict or "")) is not None:
            row[at] += sign
        if verdict == "accepted" and (at := _SOURCES.get(reason or "")) is not None:
            row[at] += sign

    def notice(self, what: What, count: int, sign: int = 1) -> None:
        if what[2] not in _UNCOUNTED:
            self.times[what] += sign
            self.counted[what] += sign * count

    def row(self, day: int, fields: Sequence[Any], sign: int = 1) -> None:
        """An event as it stands in its table."""
        kiosk, kind, verdict, reason, direction, follows, venue, notice, why, count = fields
        if kind == VISIT:
            where = (day, kiosk, venue if isinstance(venue, str) else "")
            self.visit(where, verdict, reason, direction, follows, sign)
        elif kind == NOTICE:
            self.notice((day, kiosk, notice, why), int(count), sign)

    def store(self, connection: Connection) -> None:
        """In one order: two who write the same rows at once then never wait for each other."""
        if self.visits:
            connection.executemany(
                _ADD_VISITS, [(*at, *row) for at, row in sorted(self.visits.items())]
            )
        if self.times:
            rows = [(*at, times, self.counted[at]) for at, times in sorted(self.times.items())]
            connection.executemany(_ADD_NOTICES, rows)


class DayCounts:
    """Implements collector.ledger.port.Follower."""

    def stored(self, connection: Any, events: Sequence[Stored], now: datetime) -> None:
        del now
        sums = _Sums()
        for each in events:
            event = each.taken.event
            data = event.data
            day = day_of(each.placed.at_ms)
            if type(data) is VisitData:
                told = data.extra.get("venue", "") if data.extra else ""
                where = (day, event.kiosk, told if isinstance(told, str) else "")
                sums.visit(where, data.verdict, data.reason, data.direction, data.follows)
            elif type(data) is NoticeData:
                sums.notice((day, event.kiosk, data.notice, data.reason), data.count)
        sums.store(connection)

    def moved(self, connection: Any, events: Sequence[Moved], now: datetime) -> None:
        del now
        sums = _Sums()
        days = {each.key: (day_of(each.before.at_ms), day_of(each.placed.at_ms)) for each in events}
        keys = [key for key, (before, after) in days.items() if before != after]
        for at in range(0, len(keys), _AT_ONCE):
            some = keys[at : at + _AT_ONCE]
            asked = _MOVED.format(", ".join("?" * len(some)))
            for key, *fields in connection.execute(asked, some).fetchall():
                before, after = days[key]
                sums.row(before, fields, -1)
                sums.row(after, fields)
        sums.store(connection)
        connection.executemany(_EMPTY_VISITS, list(sums.visits))
        connection.executemany(_EMPTY_NOTICES, list(sums.times))

    def people_changed(self, connection: Any, events: Sequence[int], now: datetime) -> None:
        """Nobody is counted here by who they are."""


def recount(connection: Connection) -> tuple[set[tuple[Any, ...]], set[tuple[Any, ...]]]:
    """Rows of both tables as a look at every event makes them: what is kept must equal it."""
    sums = _Sums()
    for placed_ms, *fields in _each(connection):
        sums.row(day_of(placed_ms), fields)
    visits = {(*at, *row) for at, row in sums.visits.items()}
    return visits, {(*at, times, sums.counted[at]) for at, times in sums.times.items()}


def fill(connection: Connection) -> None:
    """The tables of a ledger that has had none, from its events."""
    sums = _Sums()
    for placed_ms, *fields in _each(connection):
        sums.row(day_of(placed_ms), fields)
    sums.store(connection)


def _each(connection: Connection) -> Iterable[Any]:
    return connection.execute(_ALL)
