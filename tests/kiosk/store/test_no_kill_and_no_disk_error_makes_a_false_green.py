"""A process killed, or a disk that fails, at the N-th write or sync: what was called stored is there, once.

A killed process proves nothing about the power (the kernel still holds what it wrote); that is `bench.faults`.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count, pairwise
from pathlib import Path

import pytest

from kiosk.domain.visit import Visit
from kiosk.errors import StoreError
from kiosk.store.outbox import Outbox
from kiosk.store.reserve import Reserve, Storage, StorageFull
from kiosk.store.stamp import Stamp
from kiosk.wire import events
from kiosk.wire.receipts import Receipt

WRITER = Path(__file__).with_name("writer.py")
VISITS = 4


def command(path: Path, visits: int) -> list[str]:
    return [sys.executable, str(WRITER), str(path), str(visits)]


def under_strace(path: Path, call: str, fault: str, nth: int) -> tuple[list[str], bool]:
    """What the writer said, and whether the fault fired, when its nth `call` on the database's files meets `fault`."""
    trace = path.with_name("trace")
    files = [part for end in ("", "-wal", "-shm", "-journal") for part in ("-P", f"{path}{end}")]
    spec = ["-e", f"trace={call}", "-e", f"inject={call}:{fault}:when={nth}"]
    done = subprocess.run(
        ["strace", "-f", "-qq", "-o", str(trace), *files, *spec, *command(path, VISITS)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=30,
        check=False,
    )
    fired = "INJECTED" in trace.read_text() or "killed by SIGKILL" in trace.read_text()
    return done.stdout.decode().splitlines(), fired


def said(lines: list[str], word: str) -> set[str]:
    return {line.split()[1] for line in lines if line.startswith(word + " ")}


def check(path: Path, lines: list[str]) -> None:
    """The invariant: what was called stored is there; each once; no gap in the numbers; pairs whole."""
    if said(lines, "stored"):
        # the file format's write and read version: 2 is WAL, which can be refused without a word
        assert path.read_bytes()[18:20] == b"\2\2"
    with Outbox(path, "cho-1", owner=True) as outbox:
        assert outbox.set_aside == ()
        ids = outbox.visit_ids()
        rows = outbox.waiting(0, 1_000)
        found = [events.decode(row.payload, "cho-1") for row in rows]

    assert said(lines, "stored") <= set(ids)
    assert len(ids) == len(set(ids))
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    visits = [event.id for event in found if event.type == "vn.entrance.visit.v1"]
    assert visits == ids
    pairs = [(a, b) for a, b in pairwise(found) if "declaration" in a.type]
    assert len(pairs) == sum("declaration" in event.type for event in found)


@pytest.fixture
def strace() -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    probe = subprocess.run(["strace", "-qq", "true"], capture_output=True, check=False)
    if probe.returncode != 0:
        pytest.skip("strace may not trace here")


@pytest.mark.usefixtures("strace")
@pytest.mark.parametrize(
    ("call", "fault", "step"),
    [
        ("pwrite64", "signal=KILL", 25),
        ("fdatasync", "signal=KILL", 3),
        ("fdatasync", "error=EIO", 3),
        ("pwrite64", "error=EIO", 27),
        ("pwrite64", "error=ENOSPC", 29),
    ],
)
def test_whatever_happens_at_a_write_nothing_is_called_stored_that_is_not(
    tmp_path: Path, call: str, fault: str, step: int
) -> None:
    walk(tmp_path, call, fault, step)


@pytest.mark.long
@pytest.mark.usefixtures("strace")
@pytest.mark.parametrize("fault", ["signal=KILL", "error=EIO", "error=ENOSPC"])
@pytest.mark.parametrize("call", ["pwrite64", "fdatasync"])
def test_the_same_at_every_single_write(tmp_path: Path, call: str, fault: str) -> None:
    walk(tmp_path, call, fault, 1)


def walk(folder: Path, call: str, fault: str, step: int) -> None:
    fired = 0
    for nth in count(1, step):
        path = folder / str(nth) / "state.db"
        path.parent.mkdir()
        lines, hit = under_strace(path, call, fault, nth)
        check(path, lines)
        if not hit:
            break
        fired += 1
    assert fired >= 3, "the fault did not fire: this test proves nothing"
    assert len(said(lines, "stored")) == VISITS  # the last run met no fault


def test_a_process_killed_at_any_moment_loses_nothing_it_called_stored(tmp_path: Path) -> None:
    dice = random.Random(20261124)
    for number in range(3):
        path = tmp_path / str(number) / "state.db"
        path.parent.mkdir()
        lines = killed_after(path, lines_before_death=dice.randrange(2, 120))
        assert len(lines) >= 2
        check(path, lines)


def killed_after(path: Path, lines_before_death: int) -> list[str]:
    with subprocess.Popen(command(path, 10_000), stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        lines = [writer.stdout.readline().strip() for _ in range(lines_before_death)]
        os.kill(writer.pid, signal.SIGKILL)
        lines += [line.strip() for line in writer.stdout]  # said before it died
    return lines


# ---- a full disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() != 0:
        pytest.skip("mounting a small tmpfs needs root")
    options = ["-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    if subprocess.run(["mount", *options], capture_output=True, check=False).returncode != 0:
        pytest.skip("a tmpfs may not be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def until(error: type[Exception], do: Callable[[], object]) -> Exception:
    for _ in range(100_000):
        try:
            do()
        except error as caught:
            return caught
    raise AssertionError(f"no {error.__name__} in 100,000 tries")


def fill_a_page(file: Path) -> None:
    with file.open("ab") as opened:
        opened.write(b"x" * 4_096)


def test_a_disk_that_fills_up_stops_visits_in_time_and_goes_on_when_there_is_room(
    small_disk: Path,
    new_visit: Callable[..., Visit],
    stamp: Callable[..., Stamp],
    receipt: Callable[..., Receipt],
) -> None:
    room = Reserve(ballast_bytes=128 * 1024, nearly_full_bytes=1024 * 1024, full_bytes=256 * 1024)
    path = small_disk / "state.db"
    states: list[Storage] = []
    with Outbox(path, "cho-1", owner=True, room=room) as outbox:
        stored: list[str] = []

        def one_more() -> None:
            visit = new_visit()
            outbox.append_visit(visit, stamp())
            stored.append(visit.id)
            states.append(outbox.storage())

        until(StorageFull, one_more)
        full = (outbox.storage(), outbox.writable())
        rows = outbox.waiting(0, 10_000)

        outbox.received(receipt(outbox, len(rows)))
        outbox.checkpoint()

        assert [row.seq for row in rows] == list(range(1, len(stored) + 1))
        assert outbox.visit_ids() == stored
        assert full == (Storage.FULL, False)
        assert {Storage.OK, Storage.NEARLY_FULL} <= set(states)
        assert outbox.writable() is True
        assert outbox.append_visit(new_visit(), stamp()) == len(stored) + 1


def test_with_not_a_byte_left_the_ballast_lets_the_uplink_free_rows(
    small_disk: Path,
    new_visit: Callable[..., Visit],
    stamp: Callable[..., Stamp],
    receipt: Callable[..., Receipt],
) -> None:
    room = Reserve(ballast_bytes=256 * 1024, nearly_full_bytes=4_096, full_bytes=0)
    path = small_disk / "state.db"
    with Outbox(path, "cho-1", owner=True, room=room) as outbox:
        refusal = until(StorageFull, lambda: outbox.append_visit(new_visit(), stamp()))
        until(OSError, lambda: fill_a_page(small_disk / "somebody-else"))
        rows = outbox.waiting(0, 10_000)
        ballast_lay = (small_disk / "ballast").exists()

        removed = outbox.received(receipt(outbox, len(rows)))

        assert "SQLITE_FULL" in str(refusal)
        assert ballast_lay
        assert removed == len(rows) > 20
        assert outbox.waiting(0, 1) == []
        assert not (small_disk / "ballast").exists()
        assert outbox.append_visit(new_visit(), stamp()) == len(rows) + 1


def remount(disk: Path, mode: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{mode}", str(disk)], check=True)


def test_a_disk_that_turns_read_only_takes_no_visit_and_works_again_once_mended(
    small_disk: Path, new_visit: Callable[..., Visit], stamp: Callable[..., Stamp]
) -> None:
    room = Reserve(ballast_bytes=4_096, nearly_full_bytes=8_192, full_bytes=4_096)
    with Outbox(small_disk / "state.db", "cho-1", owner=True, room=room) as outbox:
        first = outbox.append_visit(new_visit(), stamp())
        outbox.close()  # an open file keeps a file system from turning read-only
        remount(small_disk, "ro")

        with pytest.raises(StoreError):
            outbox.append_visit(new_visit(), stamp())
        written = outbox.writable()
        remount(small_disk, "rw")

        assert written is False
        assert outbox.writable() is True
        assert outbox.append_visit(new_visit(), stamp()) == first + 1
        assert len(outbox.visit_ids()) == 2
