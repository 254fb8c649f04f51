"""Brings the readable events of a damaged database into the new one, each under its own stream and number.

What is taken over is proved by its own hash. The new stream begins with a notice that names the old one and its last
number that is known, so that the collector can say which events never came. A file is done when its marker lies beside
it; done twice it changes nothing. A WAL that was cut short damages no database: the witness tells, and a new stream
begins in the same file.
"""

import hashlib
import logging
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path

from kiosk.store import rows
from kiosk.store.database import begin, name_of
from kiosk.store.instant import ms_of
from kiosk.store.pages import Record, records
from kiosk.store.stamp import Stamp
from kiosk.wire import data, events
from kiosk.wire.errors import WireError
from kiosk.wire.ids import STREAM

log = logging.getLogger(__name__)

SET_ASIDE = "set-aside"
# where the positions of a new database begin, so that the rows of older streams find room before
ROOM = 1 << 40
# columns of the tables of m001 and m002, which the records of a file are known by
_OUTBOX_COLUMNS = {10: 5, 13: 12}  # number of columns, and which one is the payload
_RECEIVED, _PARKED, _HASH = 9, 10, 11
_STREAM_COLUMNS = (6, 9)


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What came of one damaged file. `before` and `last` are the old stream and its last number that is known; empty
    and 0 when nothing could be read."""

    name: str
    rows: int
    before: str = ""
    last: int = 0


@dataclass(frozen=True, slots=True)
class _Row:
    rowid: int
    event: events.Event
    payload: bytes
    received_at_ms: int | None
    parked: str | None


@dataclass
class _Found:
    rows: dict[tuple[str, int], _Row] = field(default_factory=dict)
    last_seqs: dict[str, int] = field(default_factory=dict)  # as the table `stream` had it

    def streams(self) -> list[str]:
        """In the order in which they began; the last is the one that was written to."""
        newest: dict[str, int] = {}
        for row in self.rows.values():
            newest[row.event.stream] = max(row.rowid, newest.get(row.event.stream, 0))
        own = [stream for stream in self.last_seqs if stream not in newest]
        return [*sorted(newest, key=newest.__getitem__), *own]

    def last_seq(self, stream: str) -> int:
        seqs = [seq for name, seq in self.rows if name == stream]
        return max([self.last_seqs.get(stream, 0), *seqs])


def take_over(
    db: sqlite3.Connection, path: Path, kiosk: str, stamp: Stamp, seen: tuple[str, int] | None
) -> list[Salvaged]:
    """Salvage what lies beside the database at `path` and has not been salvaged yet, and what the end of its own WAL
    still holds. `seen` is what the witness says.

    A file or a disk that fails is logged and left for the next start: the door opens without it.
    """
    done = []
    try:
        for aside in _pending(path):
            with begin(db):
                _make_room(db)
            done.append(_one(db, aside, kiosk, stamp, seen))
            _marker(aside).touch()
        if seen is not None and _is_cut_short(db, *seen):
            done.append(_begin_anew(db, path, kiosk, stamp, seen[1]))
        elif seen is not None and seen[0] not in _known(db):
            with begin(db):  # all of the database lay in its WAL
                _make_room(db)
            done.append(_one(db, path, kiosk, stamp, seen))
    except sqlite3.Error as error:
        log.error("nothing is salvaged now (%s)", name_of(error))
    except OSError as error:
        log.error("nothing is salvaged now (%s)", error.strerror)
    return done


def _pending(path: Path) -> list[Path]:
    found = {
        file.with_name(file.name.removesuffix("-wal"))
        for file in path.parent.glob(f"{path.name}.{SET_ASIDE}-*")
    }
    return sorted(file for file in found if not _marker(file).exists())


def _marker(aside: Path) -> Path:
    return aside.with_name(aside.name.replace(SET_ASIDE, "salvaged"))


def _make_room(db: sqlite3.Connection) -> None:
    """Before the first event of a new database; an older one has none, and takes nothing over."""
    db.execute(
        "UPDATE stream SET last_position = ? WHERE last_seq = 0 AND last_position = 0", (ROOM,)
    )
    db.execute(
        "UPDATE receipts SET base = (SELECT last_position - last_seq FROM stream)"
        " WHERE stream = (SELECT id FROM stream)"
    )


def _one(
    db: sqlite3.Connection, aside: Path, kiosk: str, stamp: Stamp, seen: tuple[str, int] | None
) -> Salvaged:
    found = _read(aside, kiosk)
    with begin(db):
        known = _known(db)
        if seen is not None and seen[0] not in known:
            _note_stream(found, *seen)
        streams = [stream for stream in found.streams() if stream not in known]
        last = rows.end(db)
        if last.position < ROOM:
            return Salvaged(aside.name, 0)
        taken = sum(_insert_behind(db, found, stream) for stream in streams)
        before = streams[-1] if streams else ""
        salvaged = Salvaged(aside.name, taken, before, found.last_seq(before))
        if streams or not found.streams():  # else it has all been done before
            _say(db, last, kiosk, stamp, salvaged)
        db.execute("UPDATE stream SET kept = kept + ?, waiting_from = 0", (taken,))
    log.error(
        "%s was damaged: %d events are taken over; the last of its stream that is known is %d",
        *(aside.name, taken, salvaged.last),
    )
    return salvaged


def _known(db: sqlite3.Connection) -> set[str]:
    return {row[0] for row in db.execute("SELECT stream FROM receipts")}


def _is_cut_short(db: sqlite3.Connection, stream: str, seq: int) -> bool:
    last = rows.end(db)
    return last.stream == stream and last.seq < seq


def _begin_anew(
    db: sqlite3.Connection, path: Path, kiosk: str, stamp: Stamp, seen_seq: int
) -> Salvaged:
    """Numbers that were given once are never given again: the stream ends, another begins behind it."""
    found = _read(path, kiosk)
    with begin(db):
        last = rows.end(db)
        base = last.position - last.seq
        tail = [
            r for (name, seq), r in found.rows.items() if name == last.stream and seq > last.seq
        ]
        _insert(db, base, tail)
        last_seq = max(seen_seq, found.last_seq(last.stream))
        salvaged = Salvaged(path.name, len(tail), last.stream, last_seq)
        stream = secrets.token_hex(16)
        first = bytes.fromhex(events.first_hash(stream))
        db.execute("INSERT INTO receipts VALUES (?, ?, 0, '')", (stream, base + last_seq))
        db.execute(
            "UPDATE stream SET id = ?, last_position = ?, kept = kept + ?, waiting_from = 0",
            (stream, base + last_seq, len(tail)),
        )
        _say(db, rows.End(stream, 0, base + last_seq, first), kiosk, stamp, salvaged)
    log.error("the WAL of %s was cut short: a new stream begins", path.name)
    return salvaged


def _say(
    db: sqlite3.Connection, last: rows.End, kiosk: str, stamp: Stamp, salvaged: Salvaged
) -> None:
    """The first event of the new stream."""
    named = {"before": salvaged.before} if salvaged.before else {}
    what = data.NoticeData("stream_began", "after_damage", extra={**named, "last": salvaged.last})
    first, row = rows.made(last, kiosk, rows.Entry(rows.new_id(stamp), what), stamp)
    rows.insert(db, row)
    rows.advance(db, last, first)


def _insert_behind(db: sqlite3.Connection, found: _Found, stream: str) -> int:
    """The rows of one stream, behind those of the streams before it."""
    (base,) = db.execute(
        "SELECT coalesce(max(position), 0) FROM outbox WHERE position < ?", (ROOM,)
    ).fetchone()
    db.execute("INSERT INTO receipts VALUES (?, ?, 0, '')", (stream, base))
    mine = [row for (name, _), row in found.rows.items() if name == stream]
    _insert(db, base, mine)
    return len(mine)


def _insert(db: sqlite3.Connection, base: int, found: list[_Row]) -> None:
    db.executemany(
        "INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (_columns(base, row) for row in sorted(found, key=attrgetter("event.seq"))),
    )


def _columns(base: int, row: _Row) -> tuple[object, ...]:
    event = row.event
    visit = event.data if isinstance(event.data, data.VisitData) else None
    return (
        *(base + event.seq, event.stream, event.seq, event.id),
        *(ms_of(event.at), event.boot_id, event.boottime_ns),
        *((visit.verdict, visit.direction) if visit is not None else (None, None)),
        *(row.received_at_ms, row.parked),
        *(hashlib.sha256(row.payload).digest(), row.payload),
    )


# ---- what the damaged file still says


def _read(aside: Path, kiosk: str) -> _Found:
    found = _Found()
    candidates: dict[bytes, Record] = {}  # by payload; of a row that was changed its newest form
    for record in records(aside, aside.with_name(aside.name + "-wal")):
        values = record.values
        if len(values) in _OUTBOX_COLUMNS:
            payload = values[_OUTBOX_COLUMNS[len(values)]]
            if isinstance(payload, bytes):
                candidates[payload] = record
        elif len(values) in _STREAM_COLUMNS:
            _note_stream(found, values[0], values[1])
    for row in _proved(candidates.items(), kiosk):
        found.rows[row.event.stream, row.event.seq] = row
    return found


def _note_stream(found: _Found, name: object, last_seq: object) -> None:
    if isinstance(name, str) and STREAM.fullmatch(name) and isinstance(last_seq, int):
        found.last_seqs[name] = max(last_seq, found.last_seqs.get(name, 0))


def _proved(candidates: Iterable[tuple[bytes, Record]], kiosk: str) -> Iterator[_Row]:
    for payload, record in candidates:
        values = record.values
        is_chained = len(values) > _HASH
        if is_chained and values[_HASH] != hashlib.sha256(payload).digest():
            continue
        try:
            event = events.decode(payload, kiosk)
        except WireError:
            continue
        received, parked = (values[_RECEIVED], values[_PARKED]) if is_chained else (None, None)
        yield _Row(
            record.rowid,
            event,
            payload,
            received if isinstance(received, int) else None,
            parked if isinstance(parked, str) else None,
        )
