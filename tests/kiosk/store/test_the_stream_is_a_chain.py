import sqlite3
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from sqlite_utils import Database

from kiosk.domain.declaration import Declaration
from kiosk.domain.visit import Visit
from kiosk.privacy.sealing import Context
from kiosk.store.migrations import migrations
from kiosk.store.outbox import Outbox
from kiosk.store.stamp import Stamp
from kiosk.wire import data, events
from kiosk.wire.data import Sealed
from kiosk.wire.receipts import Receipt

NewVisit = Callable[..., Visit]
NewStamp = Callable[..., Stamp]


def decoded(outbox: Outbox) -> list[events.Event]:
    return [events.decode(row.payload, "cho-1") for row in outbox.waiting(0, 100)]


def test_each_event_carries_the_hash_of_the_one_before(
    outbox: Outbox,
    new_visit: NewVisit,
    new_declaration: Callable[..., Declaration],
    stamp: NewStamp,
) -> None:
    outbox.append_visit(new_visit(), stamp())
    outbox.append_pair(new_declaration(), new_visit(), stamp())
    outbox.append_device_notice("anchor", "hourly", stamp())

    rows = outbox.waiting(0, 9)
    assert decoded(outbox)[0].prev_hash == events.first_hash(rows[0].stream)
    for before, after in pairwise(rows):
        chained = events.decode(after.payload, "cho-1").prev_hash
        assert chained == events.chain_hash(before.payload)


def test_the_head_is_what_the_next_event_will_carry(
    outbox: Outbox, new_visit: NewVisit, stamp: NewStamp
) -> None:
    empty = outbox.head()
    outbox.append_visit(new_visit(), stamp())
    head = outbox.head()
    outbox.append_visit(new_visit(), stamp())

    first, second = decoded(outbox)
    assert empty is not None
    assert head is not None
    assert (empty.seq, empty.hash) == (0, first.prev_hash)
    assert (head.stream, head.seq, head.hash) == (first.stream, 1, second.prev_hash)


def test_the_chain_goes_on_in_the_next_process_and_after_every_row_has_left(
    path: Path, new_visit: NewVisit, stamp: NewStamp, receipt: Callable[..., Receipt]
) -> None:
    with Outbox(path, "cho-1", owner=True) as before:
        before.append_visit(new_visit(), stamp())
        head = before.head()
        before.received(receipt(before, 1, archived=1))
    with Outbox(path, "cho-1", owner=True) as after:
        after.append_visit(new_visit(), stamp())
        (event,) = decoded(after)

    assert head is not None
    assert (event.seq, event.prev_hash) == (2, head.hash)


def test_two_processes_that_append_in_turns_make_one_chain(
    path: Path, new_visit: NewVisit, stamp: NewStamp
) -> None:
    with Outbox(path, "cho-1", owner=True) as one, Outbox(path, "cho-1", owner=False) as other:
        for outbox in (one, one, other, one, other, other, one):
            outbox.append_visit(new_visit(), stamp())
        rows = one.waiting(0, 9)

    assert [row.seq for row in rows] == list(range(1, 8))
    for before, after in pairwise(rows):
        chained = events.decode(after.payload, "cho-1").prev_hash
        assert chained == events.chain_hash(before.payload)


def test_people_are_sealed_for_their_very_event(
    outbox: Outbox,
    new_visit: NewVisit,
    new_declaration: Callable[..., Declaration],
    stamp: NewStamp,
) -> None:
    asked: list[Context] = []

    def seal(context: Context) -> tuple[Sealed | None, Sealed | None]:
        asked.append(context)
        return Sealed("0" * 16, b"link"), None

    outbox.append_visit(new_visit(), stamp(), seal)
    outbox.append_pair(new_declaration(), new_visit(), stamp(), seal)

    found = decoded(outbox)
    assert asked == [Context(e.id, "cho-1", e.stream, e.seq) for e in found]
    for event in found:
        assert isinstance(event.data, data.VisitData | data.DeclarationData)
        assert (event.data.link, event.data.contact) == (Sealed("0" * 16, b"link"), None)


def of_the_first_version(path: Path, payloads: list[bytes], last_seq: int) -> None:
    """A database as m001 left it, with these events at the end of its stream."""
    db = Database(sqlite3.connect(path), execute_plugins=False)
    db.conn.execute("PRAGMA journal_mode=WAL")
    migrations.apply(db, stop_before="m002_chain_receipts_salvage")
    with db.atomic():
        for payload in payloads:
            event = events.decode(payload, "cho-1")
            db.conn.execute(
                "INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?, 0, ?, 0, NULL)",
                (event.seq, event.stream, event.seq, event.id, event.type, payload, event.boot_id),
            )
            db.conn.execute(
                "INSERT INTO visits VALUES (?, ?, 0, 'accepted', 'portal', 'in', 'cccd', NULL)",
                (event.id, event.seq),
            )
            db.conn.execute("UPDATE stream SET id = ?", (event.stream,))
        db.conn.execute("UPDATE stream SET last_seq = ?1, last_position = ?1", (last_seq,))
    db.close()


def test_an_older_database_keeps_its_rows_and_its_stream_goes_on_chained(
    tmp_path: Path, new_visit: NewVisit, stamp: NewStamp
) -> None:
    with Outbox(tmp_path / "model.db", "cho-1", owner=True) as model:
        for _ in range(3):
            model.append_visit(new_visit(), stamp())
        old = model.waiting(0, 9)
    path = tmp_path / "state.db"
    of_the_first_version(path, [row.payload for row in old], 3)

    with Outbox(path, "cho-1", owner=True) as outbox:
        seq = outbox.append_visit(new_visit(), stamp())
        rows, counts, ids = outbox.waiting(0, 9), outbox.counts(stamp()), outbox.visit_ids()

    assert seq == 4
    assert [row.payload for row in rows[:3]] == [row.payload for row in old]
    last = events.decode(rows[3].payload, "cho-1")
    assert last.prev_hash == events.chain_hash(old[2].payload)
    assert (counts.waiting, len(ids)) == (4, 4)


def test_an_older_database_whose_last_event_has_left_says_that_it_has_no_head(
    path: Path, new_visit: NewVisit, stamp: NewStamp
) -> None:
    of_the_first_version(path, [], 7)

    with Outbox(path, "cho-1", owner=True) as outbox:
        before = outbox.head()
        outbox.append_visit(new_visit(), stamp())
        (event,) = decoded(outbox)
        after = outbox.head()

    assert before is None
    assert (event.seq, event.prev_hash) == (8, "")
    assert after is not None
    assert after.seq == 8
