"""One transaction's work in either store: new events, and what repeats and poison leave behind."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from collector.clocks import Placed
from collector.days import ms_of
from collector.ledger import chain, counts, kiosk_days
from collector.ledger.boots import Clocks
from collector.ledger.connection import Connection
from collector.ledger.heads import Heads
from collector.ledger.port import Batch, Due, Follower, Poison, Stored, Taken
from collector.ledger.streams import Streams
from kiosk.wire import strict_json
from kiosk.wire.data import NoticeData, VisitData
from kiosk.wire.events import Event
from kiosk.wire.ids import STREAM
from kiosk.wire.status import Presence
from kiosk.wire.topics import Channel

ID_USED_BEFORE = "id_used_before"
SEQ_USED_BEFORE = "seq_used_before"
# the notice of a kiosk whose database was damaged; it names the stream before, and its last number
STREAM_BEGAN = "stream_began"

_QUARANTINE = """
    INSERT INTO quarantine (kiosk, channel, digest, reason, stream, seq, times, first_ms, last_ms, payload)
    VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, ?)
    ON CONFLICT (kiosk, channel, digest) DO UPDATE SET
        times = quarantine.times + 1, last_ms = excluded.last_ms
"""

Row = tuple[Any, ...]  # the columns of `event`, in their order


class EventTable(Protocol):
    """Where the two stores differ."""

    links: str  # the table that has the id and the hashes of each event
    marked: str  # how the question for a marked boot ends
    is_far: bool  # each question is a journey: better one for many things

    def together(self) -> AbstractContextManager[object]:
        """What is said within goes out at once; only who reads an answer waits, and then for all before it."""

    def keys(self, count: int, /) -> Iterator[int]:
        """Rising keys that no event has had, for events that are about to be stored."""

    def insert(self, rows: Sequence[Row]) -> set[int]:
        """Store them. Which were not, by their keys, because another event of their kiosk has their id."""

    def name(self, people: Sequence[tuple[bytes, int]]) -> None:
        """Pseudonyms, and the keys of events that are of them."""


class BatchWriter:
    """For one transaction, begun and ended by the caller: `write`, then `due` says which receipts it allows."""

    def __init__(
        self,
        connection: Connection,
        events: EventTable,
        now: datetime,
        followers: Sequence[Follower] = (),
    ) -> None:
        self._connection = connection
        self._table = events
        self._now = now
        self._now_ms = ms_of(now)
        self._streams = Streams(self._connection, self._now_ms, is_far=events.is_far)
        self._chain = chain.ChainCheck(connection, self._now_ms, events.links)
        self._clocks = Clocks(connection)
        self._keys: Iterator[int] = iter(())
        self._followers = followers
        self._stored: list[Stored] = []
        self._people: list[tuple[bytes, int]] = []

    def write(self, batch: Batch) -> None:
        if batch.events:
            self._events(batch.events)
        with self._table.together():
            self._table.name(sorted(self._people))
            self._derive(batch)

    def _derive(self, batch: Batch) -> None:
        for poison in batch.poison:
            self._quarantine(poison)
            if poison.stream:
                self._streams.take((poison.kiosk, poison.stream), poison.seq)
        kiosk_days.note(self._connection, batch.statuses, batch.health, self._now_ms)
        counts.note_statuses(self._connection, batch.statuses)
        counts.note_health(self._connection, batch.health)
        for kiosk, status in batch.statuses:
            if status.state is Presence.ONLINE:
                self._streams.ask((kiosk, status.stream))
        taken = [each.taken for each in self._stored]
        counts.count(self._connection, taken, self._now_ms)
        for each in taken:
            self._note_end(each)
        self._streams.store()
        highest = self._streams.highest()
        self._chain.finish(highest)
        heads = Heads(self._connection, self._chain, self._now_ms, is_far=self._table.is_far)
        heads.compare(highest)
        heads.note(batch.heads)
        self._clocks.finish()
        if self._stored:
            for follower in self._followers:
                follower.stored(self._connection, self._stored, self._now)
        if not self._table.is_far:  # where several write, a transaction of its own holds less
            tidy(self._connection, self._table, self._followers, self._now)

    def due(self, ledger_id: str) -> list[Due]:
        if self._table.is_far:
            with self._table.together():
                self._chain.fetch(self._streams.owed())
        return self._streams.due(self._chain, ledger_id, self._now)

    def _fetch(self, events: Sequence[Taken]) -> None:
        """What is known of their streams and their boots; and keys for them."""
        found = [taken.event for taken in events]
        with self._table.together():
            streams = self._streams.fetch({(event.kiosk, event.stream) for event in found})
            boots = self._clocks.fetch(
                {(event.kiosk, event.stream, event.boot_id) for event in found}
            )
            self._keys = self._table.keys(len(events))
            streams()
            boots()

    def _fetch_neighbours(self, new: Sequence[Taken], known: Sequence[Taken]) -> None:
        """The events beside those that are new, and those whose numbers are taken."""
        own, taken = ({_place(each.event) for each in some} for some in (new, known))
        highest = self._streams.highest()
        before = {(kiosk, stream, seq - 1) for kiosk, stream, seq in own if seq > 1}
        after = {
            (kiosk, stream, seq + 1) for kiosk, stream, seq in own if seq < highest[kiosk, stream]
        }
        with self._table.together():
            self._chain.fetch((before | after | taken) - own)

    def _events(self, events: Sequence[Taken]) -> None:
        if self._table.is_far:
            self._fetch(events)
        else:
            self._keys = self._table.keys(len(events))
        new: list[Taken] = []
        known: list[Taken] = []
        for taken in events:
            event = taken.event
            fresh = self._streams.take((event.kiosk, event.stream), event.seq)
            (new if fresh else known).append(taken)
        if self._table.is_far:
            self._fetch_neighbours(new, known)
        self._insert(new)
        for taken in known:
            self._again(taken)

    def _insert(self, events: Sequence[Taken]) -> None:
        """Their numbers are free, so that one which is refused has the id of another event of its kiosk."""
        rows = [self._row(taken) for taken in events]
        refused = self._table.insert(rows)
        for taken, row in zip(events, rows, strict=True):
            if row[0] in refused:
                self._quarantine(_as_poison(taken, ID_USED_BEFORE))
            else:
                self._note(taken, row)

    def _again(self, taken: Taken) -> None:
        """A number that is taken: by this same event, by another one, or by a message that went into quarantine."""
        event = taken.event
        found = self._chain.event(_place(event))
        if found is None:
            self._chain.note_poison((event.kiosk, event.stream), event.seq)  # it was taken for one
            self._insert([taken])
        elif found.id == event.id:
            self._streams.repeats[event.kiosk, event.stream] += 1
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
        if poison.stream:
            self._chain.note_poison((poison.kiosk, poison.stream), poison.seq)

    def _note(self, taken: Taken, row: Row) -> None:
        event = taken.event
        self._stored.append(Stored(row[0], taken, Placed(*row[18:21])))
        self._chain.note((event.kiosk, event.stream), event.seq, chain.Link(row[14], row[15]))
        for who in taken.people:
            self._people.append((who, row[0]))

    def _note_end(self, taken: Taken) -> None:
        data = taken.event.data
        if not isinstance(data, NoticeData) or data.notice != STREAM_BEGAN:
            return
        before, last = data.extra.get("before"), data.extra.get("last")
        if isinstance(before, str) and STREAM.fullmatch(before) and type(last) is int:
            self._streams.end((taken.event.kiosk, before), min(last, strict_json.MAX_INTEGER))

    def _row(self, taken: Taken) -> Row:
        event = taken.event
        visit = event.data if isinstance(event.data, VisitData) else None
        boot, boottime_ns, placed = self._clocks.place(event)
        return (
            *(next(self._keys), event.kiosk, event.stream, event.seq, event.id, event.type),
            *(ms_of(event.at), self._now_ms),
            *((visit.verdict, visit.reason, visit.direction) if visit else (None,) * 3),
            *((visit.code, visit.follows) if visit else (None,) * 2),
            (taken.kept or taken.payload).decode("utf-8"),
            hashlib.sha256(taken.payload).digest(),
            bytes.fromhex(event.prev_hash) if event.prev_hash else None,
            # plain ones: a driver asks each word of an enumeration what it is
            *(boot, boottime_ns, placed.at_ms, str(placed.quality), placed.width_ms),
            int(taken.link),
        )


def tidy(
    connection: Connection, events: EventTable, followers: Sequence[Follower], now: datetime
) -> bool:
    """Place some events anew. True when there may be more."""
    moved = Clocks(connection, events.marked).tidy()
    if moved:
        for follower in followers:
            follower.moved(connection, moved, now)
    return moved is not None


def _place(event: Event) -> chain.Place:
    return event.kiosk, event.stream, event.seq


def _as_poison(taken: Taken, reason: str) -> Poison:
    event = taken.event
    return Poison(event.kiosk, Channel.EVENT, reason, taken.payload, event.stream, event.seq)
