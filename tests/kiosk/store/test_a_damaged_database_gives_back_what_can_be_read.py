import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.domain.declaration import Declaration
from kiosk.domain.visit import Visit
from kiosk.privacy.sealing import Context
from kiosk.store.outbox import Outbox
from kiosk.store.rows import Row
from kiosk.store.stamp import Stamp
from kiosk.wire import events
from kiosk.wire.data import NoticeData, Sealed
from kiosk.wire.receipts import Receipt

NewVisit = Callable[..., Visit]
NewStamp = Callable[..., Stamp]
PAGE = 4_096


def rows_of(outbox: Outbox) -> list[Row]:
    return outbox.waiting(0, 100_000)


def salvaged(path: Path) -> tuple[list[Row], NoticeData, Outbox]:
    """The rows that came back, and the first event of the new stream. The outbox is left open."""
    outbox = Outbox(path, "cho-1", owner=True)
    outbox.open()
    *old, began = rows_of(outbox)
    notice = events.decode(began.payload, "cho-1").data
    assert isinstance(notice, NoticeData)
    assert (began.seq, notice.notice, notice.reason) == (1, "stream_began", "after_damage")
    return old, notice, outbox


@pytest.fixture
def filled(path: Path, new_visit: NewVisit, stamp: NewStamp) -> list[Row]:
    """300 visits in a closed file; their rows."""
    with Outbox(path, "cho-1", owner=True) as outbox:
        for _ in range(300):
            outbox.append_visit(new_visit(), stamp())
        return rows_of(outbox)


def overwrite(path: Path, dice: random.Random, pages: int) -> None:
    content = bytearray(path.read_bytes())
    for _ in range(pages):
        start = dice.randrange(len(content) // PAGE) * PAGE
        content[start : start + PAGE] = dice.randbytes(PAGE)
    path.write_bytes(content)


def test_without_its_header_and_schema_everything_comes_back(
    path: Path, filled: list[Row], new_visit: NewVisit, stamp: NewStamp
) -> None:
    content = bytearray(path.read_bytes())
    content[:PAGE] = bytes(PAGE)
    path.write_bytes(content)

    old, notice, outbox = salvaged(path)
    seq = outbox.append_visit(new_visit(), stamp())
    counts = outbox.counts(stamp())
    outbox.close()

    assert [(r.stream, r.seq, r.payload) for r in old] == [
        (r.stream, r.seq, r.payload) for r in filled
    ]
    assert notice.extra == {"before": filled[0].stream, "last": 300}
    assert (seq, counts.waiting) == (2, 302)


def test_what_lay_only_in_the_wal_comes_back_too(
    path: Path, new_visit: NewVisit, stamp: NewStamp
) -> None:
    with Outbox(path, "cho-1", owner=True) as outbox:
        for _ in range(40):
            outbox.append_visit(new_visit(), stamp())
        written = rows_of(outbox)
        wal = bytearray(Path(f"{path}-wal").read_bytes())
    wal[100:200] = bytes(100)  # SQLite reads no further than this, salvage does
    path.write_bytes(b"x" * 3 * PAGE)
    Path(f"{path}-wal").write_bytes(wal)

    old, notice, outbox = salvaged(path)
    outbox.close()

    assert [r.payload for r in old] == [r.payload for r in written]
    assert notice.extra["last"] == 40


def test_an_event_larger_than_a_page_comes_back_whole(
    path: Path, new_declaration: Callable[..., Declaration], stamp: NewStamp
) -> None:
    def seal(_: Context) -> tuple[Sealed, Sealed]:
        return Sealed("0" * 16, b"l" * 150), Sealed("1" * 16, bytes(range(250)) * 16)

    with Outbox(path, "cho-1", owner=True) as outbox:
        outbox.append_declaration(new_declaration(), stamp(), seal)
        (written,) = rows_of(outbox)
    path.write_bytes(bytes(100) + path.read_bytes()[100:])

    (old,), _, outbox = salvaged(path)
    outbox.close()

    assert len(written.payload) > PAGE
    assert old.payload == written.payload


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.6, 0.9])
def test_a_wal_that_was_cut_short_ends_the_stream_and_no_number_is_given_twice(
    path: Path, new_visit: NewVisit, stamp: NewStamp, kept: float
) -> None:
    with Outbox(path, "cho-1", owner=True) as outbox:
        outbox.append_visit(new_visit(), stamp())
        outbox.checkpoint()
        for _ in range(40):
            outbox.append_visit(new_visit(), stamp())
        written = rows_of(outbox)
        wal = Path(f"{path}-wal").read_bytes()
        database = path.read_bytes()
    path.write_bytes(database)
    Path(f"{path}-wal").write_bytes(wal[: int(kept * len(wal))])

    old, notice, outbox = salvaged(path)
    seq = outbox.append_visit(new_visit(), stamp())
    outbox.close()

    assert [r.payload for r in old] == [r.payload for r in written[: len(old)]]
    assert 1 <= len(old) < 41
    assert notice.extra == {"before": written[0].stream, "last": 41}
    assert seq == 2
    assert outbox.set_aside == ()


def test_a_database_that_lay_in_its_wal_alone_is_missed_too(path: Path, filled: list[Row]) -> None:
    path.write_bytes(b"")

    old, notice, outbox = salvaged(path)
    outbox.close()

    assert old == []
    assert notice.extra == {"before": filled[0].stream, "last": 300}


def test_a_flaw_in_the_wal_loses_only_what_stood_there(
    path: Path, new_visit: NewVisit, stamp: NewStamp
) -> None:
    with Outbox(path, "cho-1", owner=True) as outbox:
        outbox.append_visit(new_visit(), stamp())
        outbox.checkpoint()
        for _ in range(40):
            outbox.append_visit(new_visit(), stamp())
        written = rows_of(outbox)
        wal = bytearray(Path(f"{path}-wal").read_bytes())
        database = path.read_bytes()
    path.write_bytes(database)
    wal[len(wal) // 2] ^= 1
    Path(f"{path}-wal").write_bytes(wal)

    old, notice, outbox = salvaged(path)
    left = outbox.counts(stamp()).waiting
    outbox.close()

    assert [r.payload for r in old] == [r.payload for r in written]
    assert notice.extra == {"before": written[0].stream, "last": 41}
    assert left == 42


def test_when_nothing_can_be_read_a_new_stream_says_so(path: Path, stamp: NewStamp) -> None:
    path.write_bytes(b"x" * 3 * PAGE)

    old, notice, outbox = salvaged(path)
    outbox.close()

    assert old == []
    assert notice.extra == {"last": 0}
    assert [one.rows for one in outbox.salvaged] == [0]


def test_an_altered_event_is_not_taken_for_a_readable_one(path: Path, filled: list[Row]) -> None:
    content = path.read_bytes().replace(b'"verdict":"accepted"', b'"verdict":"Accepted"', 1)
    content = content.replace(b'"code":"cccd"', b'"code":"bhyt"', 1)  # well formed, and false
    path.write_bytes(bytes(PAGE) + content[PAGE:])

    old, notice, outbox = salvaged(path)
    outbox.close()

    assert 298 <= len(old) < 300
    assert {r.payload for r in old} < {r.payload for r in filled}
    assert notice.extra["last"] == 300


def test_receipts_free_salvaged_rows_and_what_was_received_stays_received(
    path: Path, filled: list[Row], stamp: NewStamp, receipt: Callable[..., Receipt]
) -> None:
    with Outbox(path, "cho-1", owner=True) as outbox:
        outbox.received(receipt(outbox, 100))
    path.write_bytes(bytes(PAGE) + path.read_bytes()[PAGE:])
    old, _, outbox = salvaged(path)
    before = outbox.counts(stamp())

    said = Receipt(
        filled[0].stream, 250, (252,), stamp(9.0).at, events.chain_hash(filled[249].payload)
    )
    freed = outbox.received(said)
    left = rows_of(outbox)
    outbox.close()

    assert [r.seq for r in old] == list(range(101, 301))
    assert (before.waiting, before.received) == (201, 100)
    assert freed == 151
    assert [r.seq for r in left] == [251, *range(253, 301), 1]


def test_what_was_salvaged_is_not_salvaged_again(path: Path, filled: list[Row]) -> None:
    path.write_bytes(bytes(PAGE) + path.read_bytes()[PAGE:])
    salvaged(path)[2].close()

    for marker in path.parent.glob("*.salvaged-*"):
        marker.unlink()  # as if the power had gone before it was made
    with Outbox(path, "cho-1", owner=True) as outbox:
        found = rows_of(outbox)
        again = outbox.salvaged

    assert len(found) == 301
    assert [one.rows for one in again] == [0]


def test_a_start_that_was_cut_short_after_setting_aside_is_made_up_for(
    path: Path, filled: list[Row], new_visit: NewVisit, stamp: NewStamp
) -> None:
    path.rename(path.with_name("state.db.set-aside-20261124T000000Z"))
    with Outbox(path, "cho-1", owner=False):
        pass  # the uplink was the first to come back, and made a new file

    old, notice, outbox = salvaged(path)
    outbox.close()

    assert len(old) == 300
    assert notice.extra["last"] == 300


def test_damaged_twice_both_old_streams_are_in_the_third_database(
    path: Path, filled: list[Row], new_visit: NewVisit, stamp: NewStamp
) -> None:
    path.write_bytes(bytes(PAGE) + path.read_bytes()[PAGE:])
    _, _, second = salvaged(path)
    for _ in range(10):
        second.append_visit(new_visit(), stamp())
    second.close()
    path.write_bytes(bytes(PAGE) + path.read_bytes()[PAGE:])

    old, notice, third = salvaged(path)
    third.close()

    assert [r.seq for r in old] == [*range(1, 301), *range(1, 12)]
    assert notice.extra == {"before": old[-1].stream, "last": 11}


def case(folder: Path, number: int, new_visit: NewVisit, stamp: NewStamp) -> int:
    """One random damage: what comes back is a part of what was there, in order, and the kiosk goes on. How much."""
    dice = random.Random(number)
    path = folder / str(number) / "state.db"
    path.parent.mkdir()
    with Outbox(path, "cho-1", owner=True) as outbox:
        for _ in range(dice.randrange(1, 120)):
            outbox.append_visit(new_visit(), stamp())
            if dice.random() < 0.02:
                outbox.checkpoint()
        written = {(r.stream, r.seq): r.payload for r in rows_of(outbox)}
        wal = Path(f"{path}-wal").read_bytes() if dice.random() < 0.5 else b""
        database = path.read_bytes()
    if wal:
        path.write_bytes(database)
        Path(f"{path}-wal").write_bytes(wal[: dice.randrange(len(wal))])
    overwrite(path, dice, dice.randrange(1, 6))

    began_s = time.monotonic()
    outbox = Outbox(path, "cho-1", owner=True)
    outbox.open()
    took_s = time.monotonic() - began_s
    found = {(r.stream, r.seq): r.payload for r in rows_of(outbox)}
    outbox.append_visit(new_visit(), stamp())
    after = rows_of(outbox)
    set_aside, told = outbox.set_aside, outbox.salvaged
    outbox.close()

    old = {key: payload for key, payload in found.items() if key in written}
    assert all(written[key] == payload for key, payload in old.items())
    assert all(one.last in (0, len(written)) for one in told)
    is_whole = len(old) == len(written) and not set_aside
    assert len(found) - len(old) == (0 if is_whole else 1)  # the notice
    assert after[-1].seq == (len(written) + 1 if is_whole else 2)
    assert took_s < 5
    return len(old)


def test_any_damage_leaves_a_kiosk_that_goes_on_with_what_can_be_read(
    tmp_path: Path, new_visit: NewVisit, stamp: NewStamp
) -> None:
    assert sum(case(tmp_path, number, new_visit, stamp) for number in range(12)) > 0


@pytest.mark.long
def test_the_same_for_two_hundred_damages(
    tmp_path: Path, new_visit: NewVisit, stamp: NewStamp
) -> None:
    assert sum(case(tmp_path, number, new_visit, stamp) for number in range(12, 212)) > 0


@pytest.mark.long
def test_a_week_of_visits_is_taken_over_within_five_seconds(
    path: Path, new_visit: NewVisit, stamp: NewStamp
) -> None:
    with Outbox(path, "cho-1", owner=True) as outbox:
        for _ in range(21_000):
            outbox.append_visit(new_visit(), stamp())
    overwrite(path, random.Random(5), 40)

    began_s = time.monotonic()
    with Outbox(path, "cho-1", owner=True) as outbox:
        took_s = time.monotonic() - began_s
        (one,) = outbox.salvaged

    assert 20_000 < one.rows < 21_000
    assert took_s <= 5
