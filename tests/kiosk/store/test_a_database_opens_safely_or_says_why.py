import os
import random
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.domain.visit import Visit
from kiosk.errors import StoreError, StoreUnusable
from kiosk.store.database import open_database
from kiosk.store.outbox import Outbox
from kiosk.store.stamp import Stamp


def test_the_safe_mode_is_asked_for_and_answered(path: Path) -> None:
    db = open_database(path, may_set_aside=True).db

    modes = {
        name: db.conn.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "secure_delete")
    }
    db.close()

    assert modes == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1}


def test_both_users_of_the_group_can_write_whatever_the_umask(path: Path) -> None:
    umask = os.umask(0o077)
    try:
        db = open_database(path, may_set_aside=True).db
        modes = [stat.S_IMODE(Path(f"{path}{end}").stat().st_mode) for end in ("", "-wal", "-shm")]
        db.close()
    finally:
        os.umask(umask)

    assert modes == [0o660, 0o660, 0o660]


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "nowhere" / "state.db", "cho-1", owner=True)

    with pytest.raises(StoreUnusable, match="nowhere does not exist"):
        outbox.open()


def test_a_folder_in_ram_is_refused_when_told_to_look(path: Path) -> None:
    shm = Path("/dev/shm")
    if not shm.is_mount():
        pytest.skip("nothing in RAM is mounted at /dev/shm on this machine")
    in_ram = shm / f"state-{os.getpid()}.db"

    with pytest.raises(StoreUnusable, match="lies in RAM"):
        open_database(in_ram, may_set_aside=True, require_durable=True)

    assert not in_ram.exists()


def test_opening_twice_changes_nothing_and_closing_twice_does_no_harm(path: Path) -> None:
    outbox = Outbox(path, "cho-1", owner=True)

    outbox.open()
    stream = outbox.new_birth("b").stream
    outbox.open()
    again = outbox.new_birth("b").stream
    outbox.close()
    outbox.close()

    assert stream == again


# ---- damage


@pytest.fixture
def used(path: Path, new_visit: Callable[..., Visit], stamp: Callable[..., Stamp]) -> Path:
    """A database of 400 visits, closed: all of it in the one file."""
    with Outbox(path, "cho-1", owner=True) as outbox:
        for _ in range(400):
            outbox.append_visit(new_visit(), stamp())
    assert not Path(f"{path}-wal").exists()
    return path


def zero(content: bytearray) -> bytearray:
    return bytearray(len(content))


def header(content: bytearray) -> bytearray:
    content[:16] = b"not a database.."
    return content


def random_pages(content: bytearray) -> bytearray:
    dice = random.Random(7)
    for _ in range(12):
        page = dice.randrange(1, len(content) // 4_096) * 4_096
        content[page : page + 4_096] = dice.randbytes(4_096)
    return content


def torn(content: bytearray) -> bytearray:
    return content[: len(content) // 2 - 1_000]


@pytest.mark.parametrize("damage", [zero, header, random_pages, torn], ids=lambda f: f.__name__)
def test_a_damaged_database_is_kept_beside_a_new_one(
    used: Path,
    damage: Callable[[bytearray], bytearray],
    new_visit: Callable[..., Visit],
    stamp: Callable[..., Stamp],
) -> None:
    damaged = bytes(damage(bytearray(used.read_bytes())))
    used.write_bytes(damaged)

    with Outbox(used, "cho-1", owner=True) as outbox:
        seq = outbox.append_visit(new_visit(), stamp())
        (aside,) = outbox.set_aside

    assert seq == 2  # of a new stream, which begins with a notice
    assert aside.name.startswith("state.db.set-aside-")
    assert aside.read_bytes() == damaged


def test_the_wal_goes_with_its_database(
    used: Path, new_visit: Callable[..., Visit], stamp: Callable[..., Stamp]
) -> None:
    wal = Path(f"{used}-wal")
    used.write_bytes(bytes(header(bytearray(used.read_bytes()))))
    wal.write_bytes(b"frames of the old database")

    with Outbox(used, "cho-1", owner=True) as outbox:
        (aside,) = outbox.set_aside
        outbox.append_visit(new_visit(), stamp())

    assert Path(f"{aside}-wal").read_bytes() == b"frames of the old database"


def test_a_wal_whose_database_has_already_been_moved_is_not_given_to_the_new_one(
    path: Path,
) -> None:
    Path(f"{path}-wal").write_bytes(b"left behind by a crash")

    with Outbox(path, "cho-1", owner=True) as outbox:
        (aside,) = outbox.set_aside

    assert Path(f"{aside}-wal").read_bytes() == b"left behind by a crash"


def test_two_damaged_databases_in_one_second_are_both_kept(used: Path) -> None:
    for _ in range(2):
        used.write_bytes(b"x" * 8_192)
        with Outbox(used, "cho-1", owner=True):
            pass

    assert len(list(used.parent.glob("state.db.set-aside-*"))) == 2


def test_only_the_owner_may_set_a_database_aside(used: Path) -> None:
    used.write_bytes(b"x" * 8_192)
    uplink = Outbox(used, "cho-1", owner=False)

    with pytest.raises(StoreUnusable, match=r"kiosk\.service will set it aside"):
        uplink.open()

    assert used.read_bytes() == b"x" * 8_192


def test_damage_found_while_running_begins_a_new_stream_and_the_uplink_follows(
    path: Path, new_visit: Callable[..., Visit], stamp: Callable[..., Stamp]
) -> None:
    with Outbox(path, "cho-1", owner=True) as loop, Outbox(path, "cho-1", owner=False) as uplink:
        for _ in range(50):
            loop.append_visit(new_visit(), stamp())
        old_stream = uplink.waiting(0, 1)[0].stream
        loop.checkpoint()
        content = bytearray(path.read_bytes())
        content[4_096:] = b"\xa5" * (len(content) - 4_096)
        path.write_bytes(content)

        loop.close()  # nothing of the old file is left in a cache
        loop.append_visit(new_visit(), stamp())

        assert len(loop.set_aside) == 1
        assert uplink.follow() is True
        began, row = uplink.waiting(0, 9)
        assert (began.seq, row.seq, row.stream != old_stream) == (1, 2, True)
        assert uplink.follow() is False


def test_a_reader_that_hangs_in_a_transaction_is_an_error_of_one_visit_not_of_the_kiosk(
    outbox: Outbox, path: Path, new_visit: Callable[..., Visit], stamp: Callable[..., Stamp]
) -> None:
    hog = sqlite3.connect(path)
    hog.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreError, match="SQLITE_BUSY"):
        outbox.append_visit(new_visit(), stamp())
    held = outbox.writable()
    hog.rollback()
    hog.close()

    assert held is False
    assert outbox.writable() is True
    assert outbox.append_visit(new_visit(), stamp()) == 1
