"""What has happened here, until the collector has it for good. The life of a row: appended, waiting, received,
archived; or parked.

When an append returns, the event is on the disk. Rows leave only by a receipt; nothing is dropped for age, room or
refusal. The loop appends and the uplink removes: each process has an Outbox of its own on the same file, and uses it
in one thread.
"""

import sqlite3
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from sqlite_utils import Database

from kiosk.domain.declaration import Declaration
from kiosk.domain.verdict import Verdict
from kiosk.domain.visit import Visit
from kiosk.errors import StoreError
from kiosk.store import as_event, receiving, reserve, rows, visits
from kiosk.store.instant import ms_of
from kiosk.store.receiving import ChainDiffers, Known
from kiosk.store.reserve import Reserve, Storage, StorageFull
from kiosk.store.rows import Counts, End, Entry, Row, Seal
from kiosk.store.salvage import Salvaged, take_over
from kiosk.store.session import Session, T, Work
from kiosk.store.stamp import Stamp, read_boot_id, read_stamp
from kiosk.store.visits import Day
from kiosk.store.witness import Witness
from kiosk.wire import data
from kiosk.wire.errors import WireError
from kiosk.wire.receipts import Receipt

__all__ = ["Birth", "ChainDiffers", "Head", "Outbox", "Seal"]

# the uplink shares the write lock with the visitor: it holds it for this many rows at most
ROWS_A_TRANSACTION = 50
# a purge in the loop ends soon, whatever there is to purge: somebody may come to the door
PURGES_A_CALL = 20
_REMEMBERED = 64


@dataclass(frozen=True, slots=True)
class Birth:
    """How often this stream has lived: boots of the machine, and connections of the uplink."""

    stream: str
    boot: int
    birth: int


class Head(NamedTuple):
    """The last event of the stream: `hash` is what the next one will carry as its `prevhash`, in hexadecimal."""

    stream: str
    seq: int
    hash: str


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
        self._recent: OrderedDict[str, int] = OrderedDict()  # seq of what was appended last, by id
        self._end: End | None = None  # as this process left it
        self._rewinds = 0
        self._witness = Witness(path)
        self._salvaged: list[Salvaged] = []
        self._session = Session(
            path,
            may_set_aside=owner,
            require_durable=require_durable,
            on_open=self._salvage if owner else _nothing,
        )

    def open(self) -> None:
        """Raise StoreUnusable, with the remedy, when nothing can be stored safely here."""
        self._session.open()
        reserve.lay_ballast(self._ballast, self._room)

    def close(self) -> None:
        self._session.close()
        self._witness.close()

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

    @property
    def salvaged(self) -> tuple[Salvaged, ...]:
        """What this process has taken over from damaged databases."""
        return tuple(self._salvaged)

    # ---- the loop's side: what it does is on the disk when the call returns, or StoreError is raised

    def append_visit(self, visit: Visit, stamp: Stamp, seal: Seal | None = None) -> int:
        """The visit's seq. Appending once more what was appended a moment ago changes nothing and answers the same.

        `seal` is asked for the sealed parts once the event's place in the stream is known, before anything is written.
        """
        return self._append([_visit(visit, seal)], stamp)

    def append_declaration(
        self, declaration: Declaration, stamp: Stamp, seal: Seal | None = None
    ) -> int:
        return self._append([_declaration(declaration, seal)], stamp)

    def append_pair(
        self, declaration: Declaration, visit: Visit, stamp: Stamp, seal: Seal | None = None
    ) -> int:
        """A declaration and the visit it makes: both, or neither. The visit's seq. `seal` is asked for each."""
        return self._append([_declaration(declaration, seal), _visit(visit, seal)], stamp)

    def append_paper(
        self, declaration: Declaration, visit: Visit, stamp: Stamp, seal: Seal | None = None
    ) -> int:
        """As a pair, of a paper that is typed in now: both have the visit's time, which is the paper's. The day's
        numbers leave it out: whoever let this person in has counted them."""
        made = _declaration(declaration, seal), _visit(visit, seal)
        return self._append(
            [replace(each, visit=None, on_paper_at=visit.at) for each in made], stamp
        )

    def append_notice(self, verdict: Verdict, stamp: Stamp) -> int:
        """A code that is no visit."""
        return self._append([Entry(rows.new_id(stamp), as_event.notice_data(verdict))], stamp)

    def append_device_notice(
        self, notice: str, reason: str, stamp: Stamp, **extra: str | int
    ) -> int:
        """Something to know about the device itself, such as the answer to a command."""
        what = data.NoticeData(notice, reason, extra=extra)
        return self._append([Entry(rows.new_id(stamp), what)], stamp)

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

    def unreceived(self, after: int, limit: int) -> list[Row]:
        """The next rows behind position `after` that have no receipt, in order; those that are parked as well."""
        return self._session.read(lambda db: rows.unreceived(db, after, limit))

    def received(self, receipt: Receipt) -> int:
        """Take the rows that the receipt names as received; how many were newly named. Delete what is archived, and
        all that was ever received when the disk is nearly full.

        A receipt of a stream that has no rows here names none; neither does an old one of a ledger that has been
        replaced since. Raise ChainDiffers when the collector's events are not ours.
        """
        stream = self._session.read(lambda db: _checked(db, receipt))
        if stream is None:
            return 0
        if receiving.other_ledger(stream, receipt):
            if ms_of(receipt.at) <= stream.at_ms:
                return 0
            self._wait_again(stream, receipt)
        done = self._remove_upto(stream, receipt) + self._mark(stream, receipt)
        if self.storage() is not Storage.OK:
            self._all(lambda db: receiving.remove_received(db, ROWS_A_TRANSACTION))
        return done

    @property
    def rewinds(self) -> int:
        """How often a receipt from another ledger has made received rows wait again: read on from the first then."""
        return self._rewinds

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

    def head(self) -> Head | None:
        """The end of the stream, for the device to sign. None when its hash is not known: the last event is older
        than the chain, and no longer here."""
        last = self._session.read(rows.end)
        return None if last.hash is None else Head(last.stream, last.seq, last.hash.hex())

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
        """Delete events that were received seven days ago, or ever when the disk is nearly full, and forget visits
        older than `keep` whose event has left; how many. Rows that wait are never touched. When there are many, some
        are left for the next call.
        """
        is_ok = self.storage() is Storage.OK
        received = now - receiving.KEEP_RECEIVED
        removals: tuple[Work[int], ...] = (
            (lambda db: receiving.remove_before(db, received, ROWS_A_TRANSACTION))
            if is_ok
            else (lambda db: receiving.remove_received(db, ROWS_A_TRANSACTION)),
            lambda db: visits.remove_before(db, now - keep, ROWS_A_TRANSACTION),
        )
        return sum(self._all(some, PURGES_A_CALL) for some in removals)

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

    def _salvage(self, db: Database) -> None:
        stamp = read_stamp(read_boot_id())
        path, seen = self._session.path, self._witness.read()
        self._salvaged += take_over(db.conn, path, self._kiosk, stamp, seen)
        last = rows.end(db.conn)
        self._witness.write(last.stream, last.seq)

    def _append(self, entries: list[Entry], stamp: Stamp) -> int:
        newest = entries[-1].id
        if newest in self._recent:
            return self._recent[newest]
        self._refuse_when_full()

        def insert(db: sqlite3.Connection) -> End:
            before = self._end or rows.end(db)
            last, made = self._made(before, entries, stamp)
            if not rows.advance(
                db, before, last
            ):  # another stream began, or another process appended
                before = rows.end(db)
                last, made = self._made(before, entries, stamp)
                rows.advance(db, before, last)
            for row in made:
                rows.insert(db, row)
            return last

        def already(db: sqlite3.Connection) -> End | None:
            return rows.end(db) if rows.is_last(db, newest) else None

        try:
            last = self._session.write(insert, already=already)
        except WireError as error:
            raise StoreError(f"not stored: {error} does not keep the wire contract") from error
        self._end = last
        self._witness.write(last.stream, last.seq)
        self._recent[newest] = last.seq
        if len(self._recent) > _REMEMBERED:
            self._recent.popitem(last=False)
        return last.seq

    def _made(
        self, last: End, entries: list[Entry], stamp: Stamp
    ) -> tuple[End, list[tuple[object, ...]]]:
        made = []
        for entry in entries:
            last, row = rows.made(last, self._kiosk, entry, stamp)
            made.append(row)
        return last, made

    def _remove_upto(self, stream: Known, receipt: Receipt) -> int:
        """At once what is archived; and whatever it names when there is no room to keep it."""
        is_ok = self.storage() is Storage.OK
        upto = min(receipt.archived_upto, receipt.upto) if is_ok else receipt.upto
        some = partial(receiving.remove_upto, stream=stream, receipt=receipt, upto=upto)
        done, removed = 0, ROWS_A_TRANSACTION
        while removed == ROWS_A_TRANSACTION:
            removed, new = self._remove(partial(some, limit=ROWS_A_TRANSACTION))
            done += new
        return done

    def _mark(self, stream: Known, receipt: Receipt) -> int:
        limit, now_ms = ROWS_A_TRANSACTION, ms_of(datetime.now(UTC))
        done = self._all(lambda db: receiving.mark(db, stream, receipt, now_ms, limit))
        also = partial(receiving.mark_also, stream=stream, receipt=receipt, at_ms=now_ms)
        for first in range(0, len(receipt.also), limit):
            done += self._remove(partial(also, seqs=receipt.also[first : first + limit]))
        self._remove(lambda db: receiving.note(db, stream, receipt))
        return done

    def _wait_again(self, stream: Known, receipt: Receipt) -> None:
        some = partial(
            receiving.wait_again, stream=stream, receipt=receipt, limit=ROWS_A_TRANSACTION
        )
        after = stream.base
        while seen := self._remove(partial(some, after=after)):
            after = seen[-1]
        self._rewinds += 1

    def _write(self, work: Work[T]) -> T:
        """For work that makes room in the end, and may therefore use the ballast."""
        return self._session.write(work, make_room=self.make_room)

    def _remove(self, work: Work[T]) -> T:
        """Without a sync of its own: a row that a power cut brings back goes again, and earns its receipt again."""
        return self._session.write(work, make_room=self.make_room, lasting=False)

    def _all(self, some: Work[int], times: int | None = None) -> int:
        """Repeat bounded work, each time a transaction, until there is nothing more to do, or so many times."""
        total = 0
        for _ in count() if times is None else range(times):
            done = self._remove(some)
            total += done
            if done < ROWS_A_TRANSACTION:
                break
        return total

    def _refuse_when_full(self) -> None:
        if self.storage() is Storage.FULL:
            raise StorageFull("not stored: the disk is nearly full, what is left is for sending")


def _visit(visit: Visit, seal: Seal | None) -> Entry:
    return Entry(visit.id, as_event.visit_data(visit), visit, seal)


def _declaration(declaration: Declaration, seal: Seal | None) -> Entry:
    return Entry(declaration.id, as_event.declaration_data(declaration), None, seal)


def _nothing(db: Database) -> None:
    """The uplink salvages nothing."""


def _checked(db: sqlite3.Connection, receipt: Receipt) -> Known | None:
    stream = receiving.known(db, receipt.stream)
    if stream is not None:
        receiving.check_chain(db, stream, receipt)
    return stream
