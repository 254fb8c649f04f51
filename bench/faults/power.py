"""The power is cut: what the disk holds at that moment is copied under a running file system, and mounted elsewhere.

The image of the kiosk's disk lies on XFS, whose reflinks copy it in one instant. What the kernel had not yet handed to
the device is lost in the copy, as it is when the power goes: this tests our use of fsync, not the honesty of a card.
The same cuts with synchronous=NORMAL must lose something, or the test could not have failed.
"""

import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.faults import walk
from bench.faults.disk import disk_of, mounted, rig_on
from bench.faults.outcome import CannotHere, Outcome
from bench.faults.rig import Rig
from bench.faults.walk import Progress
from bench.report import Figure
from kiosk.errors import StoreError
from kiosk.store.outbox import Outbox

CUTS, QUICK = 200, 12
FORGETFUL_CUTS = 30
CUTS_A_DOOR = 25  # then it begins with an empty disk: one that fills up is another fault
WHOLE_LINE_EVERY = 20
DISK_MIB, XFS_MIB = 48, 700
MOST_ROWS = 1_000_000


def run(n: int | None, quick: bool, progress: Progress) -> Outcome:
    """`n` cuts of the door as it is, some with the whole line brought up again, and those of the forgetful one."""
    cuts = n or (QUICK if quick else CUTS)
    outcome = Outcome("power")
    with _xfs() as folder:
        for first in range(0, cuts, CUTS_A_DOOR):
            some = min(CUTS_A_DOOR, cuts - first)
            progress(f"power cuts: {first} of {cuts}")
            outcome.take(door_cut(folder, some))
        for number in range(max(1, cuts // WHOLE_LINE_EVERY)):
            progress(f"power cuts of the whole line: {number}")
            outcome.take(line_cut(folder))
        progress("power cuts with synchronous=NORMAL: it must lose something")
        forgetful = door_cut(folder, min(cuts, FORGETFUL_CUTS), "--forgetful")
    outcome.measured.append(
        Figure("power: cuts with NORMAL that lost visits", len(forgetful.wrong), 1, True)
    )
    return outcome


def door_cut(folder: Path, cuts: int, *options: str) -> Outcome:
    """A door goes on writing while its disk is copied again and again."""
    outcome = Outcome("power cut")
    with (
        disk_of(DISK_MIB, folder) as disk,
        rig_on(disk) as site,
        site.door("--every-s", 0.003, *options) as door,
    ):
        try:
            site.until(lambda: len(site.shown) > 10, 30.0, "no visits are stored")
            for number in range(cuts):
                time.sleep(0.15)
                shown = site.shown
                copy = _cut(disk)
                outcome.hurt(len(shown) > 0 and door.poll() is None)
                outcome.blame(f"power cut {number}", _lost(site, copy, shown))
                copy.unlink()
        finally:
            door.kill()
    return outcome


def line_cut(folder: Path) -> Outcome:
    """Door and uplink die with the power; the kiosk boots from what the disk held, and everything arrives."""
    outcome = Outcome("power cut of the whole line")
    with disk_of(DISK_MIB, folder) as disk, rig_on(disk) as site:
        site.start("broker", "collector", "uplink")
        with site.door("--every-s", 0.01) as door:
            site.until(lambda: len(site.shown) > 150, 30.0, "no visits are stored")
            door.kill()
            site.kill("uplink")
            copy = _cut(disk)
            outcome.hurt(True)
        site.stop("uplink")
        subprocess.run(["umount", str(disk)], check=True)
        copy.replace(disk.with_suffix(".img"))
        with mounted(disk.with_suffix(".img"), disk):
            site.visitors(5)
            site.start("uplink")
            walk.settled(site, outcome)
            site.stop("uplink")
    return outcome


def _cut(disk: Path) -> Path:
    """A copy of the whole disk at one instant, while it is written to."""
    copy = disk.with_name("cut.img")
    image = disk.with_suffix(".img")
    subprocess.run(["cp", "--reflink=always", str(image), str(copy)], check=True)
    return copy


def _lost(site: Rig, copy: Path, shown: list[str]) -> list[str]:
    """What is wrong with the database that the cut has left, when the kiosk opens it after the boot."""
    disk = copy.with_suffix("")
    disk.mkdir(exist_ok=True)
    with mounted(copy, disk):
        try:
            with Outbox(disk / "state.db", site.config.kiosk.id, owner=True) as outbox:
                kept = set(outbox.visit_ids())
                seqs = [row.seq for row in outbox.waiting(0, MOST_ROWS)]
                aside = outbox.set_aside
        except StoreError as error:
            return [f"the database does not open: {error}"]
    lost = set(shown) - kept
    return [
        *([f"{len(lost)} visits are lost that were shown"] if lost else []),
        *(["a gap in the numbers"] if seqs != list(range(1, len(seqs) + 1)) else []),
        *(["the database is damaged"] if aside else []),
    ]


@contextlib.contextmanager
def _xfs() -> Iterator[Path]:
    """A folder where a file can be copied in one instant. Raise CannotHere when there can be none."""
    if os.geteuid() != 0:
        raise CannotHere("mounting an image needs root")
    with tempfile.TemporaryDirectory(prefix="faults-") as name:
        image, folder = Path(name, "xfs.img"), Path(name, "xfs")
        folder.mkdir()
        with image.open("wb") as file:
            file.truncate(XFS_MIB * 1024 * 1024)
        try:
            make = ["mkfs.xfs", "-q", "-m", "reflink=1", str(image)]
            subprocess.run(make, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            raise CannotHere("mkfs.xfs is not installed, or makes no reflinks") from None
        with mounted(image, folder):
            yield folder
