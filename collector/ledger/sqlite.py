"""The ledger in one SQLite file: WAL, synchronous FULL, one transaction a batch.

A receipt is as strong as this commit, so the batch's events, the progress of their streams and what was quarantined go
into the same `db.atomic()`.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from collector.errors import LedgerError
from collector.ledger.poison import stream_and_seq
from collector.ledger.port import Arrival, Arrived, KioskState
from collector.ledger.progress import Progress
from kiosk.wire import events
from kiosk.wire.data import VisitData
from kiosk.wire.errors import WireError
from kiosk.wire.receipts import Receipt
from kiosk.wire.status import Presence, Status

_SCHEMA = """
CREATE TABLE IF NOT EXISTS event (
    kiosk TEXT NOT NULL,
    stream TEXT NOT NULL,
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    at TEXT NOT NULL,
    received_at TEXT NOT NULL,
    verdict TEXT,
    reason TEXT,
    direction TEXT,
    code TEXT,
    follows TEXT,
    message TEXT NOT NULL,
    UNIQUE (kiosk, stream, seq),
    UNIQUE (kiosk, id)
) STRICT;
CREATE INDEX IF NOT EXISTS event_visits_by_arrival ON event (received_at) WHERE verdict IS NOT NULL;
CREATE INDEX IF NOT EXISTS event_visits_by_kiosk ON event (kiosk, verdict, at) WHERE verdict IS NOT NULL;
CREATE TABLE IF NOT EXISTS stream (
    kiosk TEXT NOT NULL,
    stream TEXT NOT NULL,
    upto INTEGER NOT NULL,
    above TEXT NOT NULL,
    repeats INTEGER NOT NULL,
    PRIMARY KEY (kiosk, stream)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS quarantine (
    kiosk TEXT NOT NULL,
    received_at TEXT NOT NULL,
    reason TEXT NOT NULL,
    payload BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS status (
    kiosk TEXT NOT NULL PRIMARY KEY,
    online INTEGER NOT NULL,
    stream TEXT NOT NULL,
    birth INTEGER NOT NULL,
    at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""
_INSERT = "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_KIOSKS = """
SELECT k.kiosk,
    (SELECT online FROM status WHERE status.kiosk = k.kiosk) AS online,
    (SELECT max(at) FROM event WHERE event.kiosk = k.kiosk AND verdict IS NOT NULL) AS last_visit_at,
    (SELECT count(*) FROM event WHERE event.kiosk = k.kiosk AND verdict = 'accepted') AS accepted,
    (SELECT count(*) FROM event WHERE event.kiosk = k.kiosk AND verdict = 'missing') AS missing,
    (SELECT count(*) FROM event WHERE event.kiosk = k.kiosk AND verdict = 'refer') AS refer,
    (SELECT count(*) FROM quarantine WHERE quarantine.kiosk = k.kiosk) AS quarantined
FROM (SELECT kiosk FROM stream UNION SELECT kiosk FROM status UNION SELECT kiosk FROM quarantine) AS k
ORDER BY k.kiosk
"""


class SqliteLedger:
    """Implements collector.ledger.port.Ledger. Safe to use from several threads: one connection, one at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._database: Database | None = None
        self._lock = threading.RLock()

    def open(self) -> None:
        """Raise LedgerError, with the remedy, when nothing can be kept safely there."""
        try:
            connection = sqlite3.connect(self._path, timeout=10, check_same_thread=False)
            mode = connection.execute("PRAGMA journal_mode=wal").fetchone()[0]
            connection.execute("PRAGMA synchronous=FULL")
            connection.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise LedgerError(
                f"the ledger {self._path} cannot be opened: {error}; is the folder there and writable?"
            ) from error
        if mode != "wal":
            connection.close()
            raise LedgerError(f"the ledger {self._path} cannot use WAL on this file system")
        self._database = Database(connection)

    def close(self) -> None:
        with self._lock:
            if self._database is not None:
                self._database.close()
                self._database = None

    def ingest(self, batch: Sequence[Arrived], now: datetime) -> list[tuple[str, Receipt]]:
        with self._lock:
            try:
                with self._db.atomic() as db:
                    progress = _Batch(db.conn, now.isoformat())
                    for arrived in batch:
                        progress.take(arrived)
                    progress.write()
            except sqlite3.Error as error:
                raise LedgerError(f"nothing of this batch is stored: {error}") from error
        return progress.receipts(now)

    def note_status(self, kiosk: str, status: Status) -> None:
        row = {
            "kiosk": kiosk,
            "online": int(status.state is Presence.ONLINE),
            "stream": status.stream,
            "birth": status.birth,
            "at": status.at.isoformat(),
        }
        # an old will must not mask a newer birth of the same stream
        sql = """
            INSERT INTO status VALUES (:kiosk, :online, :stream, :birth, :at)
            ON CONFLICT (kiosk) DO UPDATE SET
                online = excluded.online, stream = excluded.stream, birth = excluded.birth, at = excluded.at
            WHERE excluded.stream <> status.stream OR excluded.birth >= status.birth
        """
        with self._lock, self._db.atomic() as db:
            db.conn.execute(sql, row)

    def events(self, kiosk: str) -> Iterator[dict[str, Any]]:
        columns = "id, type, stream, seq, at, verdict, reason, direction, code, follows"
        sql = f"SELECT {columns} FROM event WHERE kiosk = ? ORDER BY stream, seq"  # noqa: S608 - fixed names
        with self._lock:
            yield from list(self._db.query(sql, [kiosk]))

    def kiosks(self) -> list[KioskState]:
        with self._lock:
            found = list(self._db.query(_KIOSKS))
            streams = _streams(self._db.conn)
        return [_kiosk_state(row, streams) for row in found]

    def latest(self, count: int) -> list[Arrival]:
        sql = """
            SELECT kiosk, at, verdict, reason, direction, code FROM event
            WHERE verdict IS NOT NULL ORDER BY received_at DESC, seq DESC LIMIT ?
        """
        with self._lock:
            rows = list(self._db.query(sql, [count]))
        return [Arrival(**{**row, "at": datetime.fromisoformat(row["at"])}) for row in rows]

    @property
    def _db(self) -> Database:
        if self._database is None:
            raise LedgerError("the ledger is not open")
        return self._database


class _Batch:
    """One transaction's work: rows inserted as they come, progress gathered and written at the end."""

    def __init__(self, connection: sqlite3.Connection, received_at: str) -> None:
        self._connection = connection
        self._received_at = received_at
        self._progress: dict[tuple[str, str], Progress] = {}

    def take(self, arrived: Arrived) -> None:
        try:
            event = events.decode(arrived.payload, arrived.kiosk)
        except WireError as error:
            self._quarantine(arrived, error.reason)
            return
        progress = self._of(arrived.kiosk, event.stream)
        if not progress.knows(event.seq) and not self._insert(event, arrived.payload):
            self._quarantine(arrived, "id_used_before")
        progress.take(event.seq)

    def _insert(self, event: events.Event, payload: bytes) -> bool:
        """False when another event of this kiosk has this id already."""
        visit = event.data if isinstance(event.data, VisitData) else None
        try:
            self._connection.execute(
                _INSERT,
                [
                    *(event.kiosk, event.stream, event.seq, event.id, event.type),
                    *(event.at.astimezone(UTC).isoformat(), self._received_at),
                    *((visit.verdict, visit.reason, visit.direction) if visit else (None,) * 3),
                    *((visit.code, visit.follows) if visit else (None,) * 2),
                    payload.decode("utf-8"),
                ],
            )
        except sqlite3.IntegrityError:
            return False
        return True

    def _quarantine(self, arrived: Arrived, reason: str) -> None:
        """Poison is kept with its reason, and counts as taken: without a receipt it would come again for ever."""
        self._connection.execute(
            "INSERT INTO quarantine VALUES (?, ?, ?, ?)",
            [arrived.kiosk, self._received_at, reason, arrived.payload],
        )
        place = stream_and_seq(arrived.payload)
        if place is not None:
            stream, seq = place
            self._of(arrived.kiosk, stream).take(seq)

    def _of(self, kiosk: str, stream: str) -> Progress:
        if (kiosk, stream) not in self._progress:
            row = self._connection.execute(
                "SELECT upto, above, repeats FROM stream WHERE kiosk = ? AND stream = ?",
                [kiosk, stream],
            ).fetchone()
            known = Progress(row[0], set(json.loads(row[1])), row[2]) if row else Progress()
            self._progress[kiosk, stream] = known
        return self._progress[kiosk, stream]

    def write(self) -> None:
        self._connection.executemany(
            "INSERT OR REPLACE INTO stream VALUES (?, ?, ?, ?, ?)",
            [
                (kiosk, stream, p.upto, json.dumps(sorted(p.above)), p.repeats)
                for (kiosk, stream), p in self._progress.items()
            ],
        )

    def receipts(self, now: datetime) -> list[tuple[str, Receipt]]:
        """One for each stream of the batch, also when all of it were repeats: the first receipt may have been lost."""
        return [
            (kiosk, Receipt(stream, p.upto, p.also(), now))
            for (kiosk, stream), p in self._progress.items()
        ]


def _streams(connection: sqlite3.Connection) -> dict[str, list[Progress]]:
    found: dict[str, list[Progress]] = {}
    for kiosk, upto, above, repeats in connection.execute(
        "SELECT kiosk, upto, above, repeats FROM stream"
    ):
        found.setdefault(kiosk, []).append(Progress(upto, set(json.loads(above)), repeats))
    return found


def _kiosk_state(row: dict[str, Any], streams: dict[str, list[Progress]]) -> KioskState:
    own = streams.get(row["kiosk"], [])
    return KioskState(
        kiosk=row["kiosk"],
        online=None if row["online"] is None else bool(row["online"]),
        last_visit_at=datetime.fromisoformat(row["last_visit_at"])
        if row["last_visit_at"]
        else None,
        accepted=row["accepted"],
        missing=row["missing"],
        refer=row["refer"],
        quarantined=row["quarantined"],
        repeats=sum(progress.repeats for progress in own),
        missing_seqs=sum(progress.missing for progress in own),
    )
