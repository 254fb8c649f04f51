"""One transaction's work in SQLite: new events, what repeats and poison leave behind, how far streams have come."""

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence

from sqlite_utils import Database

from collector.days import day_of, ms_of
from collector.ledger.port import Batch, Poison, Taken
from collector.ledger.progress import Gap, Progress
from kiosk.wire.data import VisitData
from kiosk.wire.health import Health
from kiosk.wire.status import Presence, Status
from kiosk.wire.topics import Channel

ID_USED_BEFORE = "id_used_before"
SEQ_USED_BEFORE = "seq_used_before"

_INSERT = "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_QUARANTINE = """
    INSERT INTO quarantine VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, ?)
    ON CONFLICT DO UPDATE SET times = times + 1, last_ms = excluded.last_ms
"""
_STREAM = """
    INSERT INTO stream VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET highest = excluded.highest, repeats = repeats + excluded.repeats
"""
_VISITS_OF_A_DAY = """
    INSERT INTO visits_of_a_day VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET visits = visits + excluded.visits
"""
_KIOSK = """
    INSERT INTO kiosk VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET
        visits = visits + excluded.visits,
        last_visit_ms = max(ifnull(last_visit_ms, excluded.last_visit_ms),
                            ifnull(excluded.last_visit_ms, last_visit_ms)),
        last_event_ms = max(last_event_ms, excluded.last_event_ms)
"""
# the same rule as kiosk.wire.status.supersedes: an old will must not mask a newer birth of the same stream
_STATUS = """
    INSERT INTO status VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET
        online = excluded.online, stream = excluded.stream, birth = excluded.birth, at_ms = excluded.at_ms
    WHERE excluded.stream <> status.stream OR excluded.birth >= status.birth
"""
_HEALTH = """
    INSERT INTO health VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET
        waiting = excluded.waiting, storage = excluded.storage, at_ms = excluded.at_ms
"""


class BatchWriter:
    """For one transaction, begun and ended by the caller. `held` are the numbers of each (kiosk, stream) that the batch
    held, `progress` how far that stream has come with them."""

    def __init__(self, database: Database, now_ms: int) -> None:
        self.held: dict[tuple[str, str], set[int]] = {}
        self.progress: dict[tuple[str, str], Progress] = {}
        self._db = database
        self._connection: sqlite3.Connection = database.conn
        self._now_ms = now_ms
        self._gaps_before: dict[tuple[str, str], frozenset[Gap]] = {}
        self._repeats: Counter[tuple[str, str]] = Counter()
        self._stored: list[Taken] = []

    def write(self, batch: Batch) -> None:
        self._events(batch.events)
        for poison in batch.poison:
            self._quarantine(poison)
            if poison.stream:
                self._take(poison.kiosk, poison.stream, poison.seq)
        self._connection.executemany(_STATUS, (_status_row(*item) for item in batch.statuses))
        self._connection.executemany(_HEALTH, (_health_row(*item) for item in batch.health))
        self._counts()
        self._streams()

    def _events(self, events: Iterable[Taken]) -> None:
        new: list[Taken] = []
        known: list[Taken] = []
        for taken in events:
            event = taken.event
            fresh = self._take(event.kiosk, event.stream, event.seq)
            (new if fresh else known).append(taken)
        self._insert(new)
        for taken in known:
            self._again(taken)

    def _insert(self, events: Sequence[Taken]) -> None:
        try:
            with self._db.atomic():  # a savepoint: usually no row is refused
                self._connection.executemany(_INSERT, [self._row(taken) for taken in events])
            self._stored.extend(events)
        except sqlite3.IntegrityError as error:
            _only_if_taken(error)
            for taken in events:
                self._insert_one(taken)

    def _insert_one(self, taken: Taken) -> None:
        try:
            self._connection.execute(_INSERT, self._row(taken))
            self._stored.append(taken)
        except sqlite3.IntegrityError as error:
            _only_if_taken(error)
            # its number is free, so it is the id that another event of this kiosk has
            self._quarantine(_as_poison(taken, ID_USED_BEFORE))

    def _again(self, taken: Taken) -> None:
        """A number that is taken: by this same event, by another one, or by a message that went into quarantine."""
        event = taken.event
        found = self._connection.execute(
            "SELECT id FROM event WHERE kiosk = ? AND stream = ? AND seq = ?",
            [event.kiosk, event.stream, event.seq],
        ).fetchone()
        if found is None:
            self._insert_one(taken)
        elif found[0] == event.id:
            self._repeats[event.kiosk, event.stream] += 1
        else:
            self._quarantine(_as_poison(taken, SEQ_USED_BEFORE))

    def _quarantine(self, poison: Poison) -> None:
        """Once for each distinct message, however often it comes."""
        digest = hashlib.sha256(poison.payload).digest()[:16]
        what = [poison.kiosk, poison.channel, digest, poison.reason]
        place = [poison.stream or None, poison.seq or None]
        self._connection.execute(
            _QUARANTINE, [*what, *place, self._now_ms, self._now_ms, poison.payload]
        )

    def _take(self, kiosk: str, stream: str, seq: int) -> bool:
        key = (kiosk, stream)
        if key not in self.progress:
            self.progress[key] = self._load(kiosk, stream)
            self._gaps_before[key] = frozenset(self.progress[key].gaps)
            self.held[key] = set()
        self.held[key].add(seq)
        return self.progress[key].take(seq)

    def _load(self, kiosk: str, stream: str) -> Progress:
        where = "WHERE kiosk = ? AND stream = ?"
        key = [kiosk, stream]
        row = self._connection.execute(f"SELECT highest FROM stream {where}", key).fetchone()  # noqa: S608 - fixed text
        if row is None:
            return Progress()
        gaps = self._connection.execute(
            f"SELECT first, last FROM gap {where} ORDER BY first",  # noqa: S608 - fixed text
            key,
        )
        return Progress(row[0], [Gap(*gap) for gap in gaps])

    def _streams(self) -> None:
        for key, progress in self.progress.items():
            row = (*key, progress.highest, self._repeats[key], self._now_ms)
            self._connection.execute(_STREAM, row)
            now = frozenset(progress.gaps)
            self._connection.executemany(
                "DELETE FROM gap WHERE kiosk = ? AND stream = ? AND first = ?",
                [(*key, gap.first) for gap in self._gaps_before[key] - now],
            )
            self._connection.executemany(
                "INSERT INTO gap VALUES (?, ?, ?, ?)",
                [(*key, *gap) for gap in now - self._gaps_before[key]],
            )

    def _counts(self) -> None:
        """Only of rows that are new: repeats are normal here, and must count once."""
        days: Counter[tuple[int, str, str]] = Counter()
        visits: Counter[str] = Counter()
        last_ms: dict[str, int | None] = {}
        for taken in self._stored:
            kiosk, at_ms = taken.event.kiosk, ms_of(taken.event.at)
            last_ms.setdefault(kiosk, None)
            if isinstance(taken.event.data, VisitData):
                days[day_of(at_ms), kiosk, taken.event.data.verdict] += 1
                visits[kiosk] += 1
                last_ms[kiosk] = max(at_ms, last_ms[kiosk] or at_ms)
        self._connection.executemany(
            _VISITS_OF_A_DAY, [(*key, count) for key, count in days.items()]
        )
        self._connection.executemany(
            _KIOSK, [(kiosk, visits[kiosk], ms, self._now_ms) for kiosk, ms in last_ms.items()]
        )

    def _row(self, taken: Taken) -> tuple[str | int | None, ...]:
        event = taken.event
        visit = event.data if isinstance(event.data, VisitData) else None
        return (
            *(event.kiosk, event.stream, event.seq, event.id, event.type),
            *(ms_of(event.at), self._now_ms),
            *((visit.verdict, visit.reason, visit.direction) if visit else (None,) * 3),
            *((visit.code, visit.follows) if visit else (None,) * 2),
            taken.payload.decode("utf-8"),
        )


def _only_if_taken(error: sqlite3.IntegrityError) -> None:
    """Any other refusal is a fault of the ledger, not of the event."""
    if error.sqlite_errorname != "SQLITE_CONSTRAINT_UNIQUE":
        raise error


def _as_poison(taken: Taken, reason: str) -> Poison:
    event = taken.event
    return Poison(event.kiosk, Channel.EVENT, reason, taken.payload, event.stream, event.seq)


def _status_row(kiosk: str, status: Status) -> tuple[str, int, str, int, int]:
    online = int(status.state is Presence.ONLINE)
    return kiosk, online, status.stream, status.birth, ms_of(status.at)


def _health_row(kiosk: str, health: Health) -> tuple[str, int, str, int]:
    return kiosk, health.waiting, health.storage, ms_of(health.at)
