"""What has happened here and has no receipt yet. The life of a row: appended, waiting, received; or parked.

When an append returns, the event is on the disk. Rows leave only by a receipt; nothing is dropped for age, room or
refusal. The loop appends and the uplink removes: each process has an Outbox of its own on the same file, and uses it
in one thread.
"""

import os
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from types import TracebackType

from kiosk.domain.declaration import Declaration
from kiosk.domain.verdict import Verdict
from kiosk.domain.visit import Visit
from kiosk.errors import StoreError
from kiosk.store import as_event, reserve, rows, visits
from kiosk.store.instant import ms_of
from kiosk.store.reserve import Reserve, Storage, StorageFull
from kiosk.store.rows import Counts, Row
from kiosk.store.session import Session, T, Work
from kiosk.store.stamp import Stamp
from kiosk.store.visits import Day
from kiosk.wire import data, ids
from kiosk.wire.errors import WireError
from kiosk.wire.receipts import Receipt

# the uplink shares the write lock with the visitor: it holds it for this many rows at most
ROWS_A_TRANSACTION = 50


@dataclass(frozen=True, slots=True)
class Birth:
    """How often this stream has lived: boots of the machine, and connections of the uplink."""

    stream: str
    boot: int
    birth: int


@dataclass(frozen=True, slots=True)
class _Entry:
    id: str
    what: data.Data
    visit: Visit | None = None


class Outbox:
    """The constructor stores; `open` opens. `owner` is the process that may set a damaged file aside: the loop."""

    def __init__(
        self,
        path: Path,
        kiosk: str,
        *,
        owner: bool,
        room: Reserve | None = None,
        require_durable: bool = False,
    ) -> None:
        self._kiosk = kiosk
        self._folder = path.parent
        self._room = room or Reserve()
        self._ballast = path.with_name("ballast")
        self._session = Session(path, may_set_aside=owner, require_durable=require_durable)

    def open(self) -> None:
        """Raise StoreUnusable, with the remedy, when nothing can be stored safely here."""
        self._session.open()
        reserve.lay_ballast(self._ballast, self._room)

    def close(self) -> None:
        self._session.close()

    def __enter__(self) -> "Outbox":
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def set_aside(self) -> tuple[Path, ...]:
        """The damaged databases that this process has moved out of the way."""
        return tuple(self._session.set_aside)

    # ---- the loop's side: what it does is on the disk when the call returns, or StoreError is raised

    def append_visit(self, visit: Visit, stamp: Stamp) -> int:
        """The visit's seq. Appending the same visit again changes nothing and answers the same."""
        return self._append([_visit(visit)], stamp)

    def append_declaration(self, declaration: Declaration, stamp: Stamp) -> int:
        return self._append([_declaration(declaration)], stamp)

    def append_pair(self, declaration: Declaration, visit: Visit, stamp: Stamp) -> int:
        """A declaration and the visit it makes: both, or neither. The visit's seq."""
        return self._append([_declaration(declaration), _visit(visit)], stamp)

    def append_notice(self, verdict: Verdict, stamp: Stamp) -> int:
        """A code that is no visit."""
        return self._append([_Entry(_new_id(stamp), as_event.notice_data(verdict))], stamp)

    def append_device_notice(self, notice: str, reason: str, stamp: Stamp) -> int:
        """Something to know about the device itself, such as a database set aside."""
        return self._append([_Entry(_new_id(stamp), data.NoticeData(notice, reason))], stamp)

    def writable(self) -> bool:
        """Whether a visit would be stored now: asked of the disk, by a write."""
        try:
            self._refuse_when_full()
            self._session.write(lambda db: db.execute("UPDATE stream SET last_seq = last_seq"))
        except StoreError:
            return False
        return True

    # ---- the uplink's side

    def waiting(self, after: int, limit: int) -> list[Row]:
        """The next rows behind position `after` that are not parked, in order."""
        return self._session.read(lambda db: rows.behind(db, after, limit))

    def received(self, receipt: Receipt) -> int:
        """Remove the rows that the receipt names; how many there were. A receipt of another stream names none."""
        stream, upto, also = receipt.stream, receipt.upto, receipt.also
        removed = self._all(lambda db: rows.remove_upto(db, stream, upto, ROWS_A_TRANSACTION))
        for first in range(0, len(also), ROWS_A_TRANSACTION):
            some = also[first : first + ROWS_A_TRANSACTION]
            removed += self._remove(partial(rows.remove, stream=stream, seqs=some))
        return removed

    def park(self, position: int, reason: str) -> None:
        """Set one row aside, so that it holds up nobody. It stays, is counted, and a receipt may still take it."""
        self._write(lambda db: rows.park(db, position, reason))

    def new_birth(self, boot_id: str) -> Birth:
        """The numbers of a new connection."""
        sql = """
            UPDATE stream SET births = births + 1, boots = boots + (boot_id <> :b), boot_id = :b
            RETURNING id, boots, births
        """
        return Birth(*self._write(lambda db: db.execute(sql, {"b": boot_id}).fetchone()))

    def follow(self) -> bool:
        """Open the file that stands at the path now, if it is another one. True when it was."""
        if not self._session.replaced:
            return False
        self._session.close()
        self._session.open()
        return True

    # ---- both sides

    def counts(self, now: Stamp) -> Counts:
        return self._session.read(lambda db: rows.count(db, now))

    def visits_today(self, now: datetime) -> Day:
        """The visits since midnight in the zone of `now`."""
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return self._session.read(lambda db: visits.since(db, midnight))

    def visit_ids(self) -> list[str]:
        """Every visit that is remembered here, in the order of the stream."""
        return self._session.read(visits.all_ids)

    def purge(self, now: datetime, keep: timedelta) -> int:
        """Forget received visits older than `keep`; how many. Rows that wait are never touched."""
        return self._all(lambda db: visits.remove_before(db, now - keep, ROWS_A_TRANSACTION))

    def checkpoint(self) -> bool:
        """Empty the WAL into the database, so that nothing deleted stays in it. False when others are busy."""
        sql = "PRAGMA wal_checkpoint(TRUNCATE)"
        busy = self._session.read(
            lambda db: db.execute(sql).fetchone()[0], make_room=self.make_room
        )
        reserve.lay_ballast(self._ballast, self._room)
        return not busy

    def storage(self) -> Storage:
        """How the room on the disk stands."""
        return self._room.judge(self.free_bytes())

    def free_bytes(self) -> int:
        """Free bytes of the disk; when they are few, with those that the database can use again."""
        free = reserve.free_bytes(self._folder)
        if free >= self._room.nearly_full_bytes:
            return free
        pages = self._session.read(lambda db: db.execute("PRAGMA freelist_count").fetchone()[0])
        size = self._session.read(lambda db: db.execute("PRAGMA page_size").fetchone()[0])
        return int(free + pages * size)

    def make_room(self) -> bool:
        """Throw off the ballast: the one thing that helps when the disk is full to the last byte."""
        return reserve.drop_ballast(self._ballast)

    # ---- transactions

    def _append(self, entries: list[_Entry], stamp: Stamp) -> int:
        self._refuse_when_full()
        last = entries[-1].id

        def insert(db: sqlite3.Connection) -> int:
            seq = 0
            for entry in entries:
                seq = rows.insert(db, self._kiosk, entry.id, entry.what, stamp)
                if entry.visit is not None:
                    visits.insert(db, entry.visit, seq)
            return seq

        def already(db: sqlite3.Connection) -> int | None:
            return visits.seq_of(db, last) or rows.seq_of(db, last)

        try:
            return self._session.write(insert, already=already)
        except WireError as error:
            raise StoreError(f"not stored: {error} does not keep the wire contract") from error

    def _write(self, work: Work[T]) -> T:
        """For work that makes room in the end, and may therefore use the ballast."""
        return self._session.write(work, make_room=self.make_room)

    def _remove(self, work: Work[int]) -> int:
        """Without a sync of its own: a row that a power cut brings back goes again, and earns its receipt again."""
        return self._session.write(work, make_room=self.make_room, lasting=False)

    def _all(self, some: Work[int]) -> int:
        """Repeat a bounded removal, each a transaction, until there is nothing more to remove."""
        total = 0
        while done := self._remove(some):
            total += done
        return total

    def _refuse_when_full(self) -> None:
        if self.storage() is Storage.FULL:
            raise StorageFull("not stored: the disk is nearly full, what is left is for sending")


def _visit(visit: Visit) -> _Entry:
    return _Entry(visit.id, as_event.visit_data(visit), visit)


def _declaration(declaration: Declaration) -> _Entry:
    return _Entry(declaration.id, as_event.declaration_data(declaration))


def _new_id(stamp: Stamp) -> str:
    return ids.uuid7(max(0, ms_of(stamp.at)), os.urandom(10))
