"""EIO and ENOSPC at every write and sync, a disk that is full, a disk that turns read-only: never a false green.

Once mended, the door and the uplink must be back within `BACK_S`.
"""

import contextlib
import errno
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from bench.faults import kills, walk
from bench.faults.outcome import CannotHere, Outcome
from bench.faults.rig import NotInTime, Rig, rig
from bench.faults.walk import Progress
from bench.report import Figure

BACK_S = 10.0
QUICK_STEP = 23
# the reserve of the kiosk (8 MiB of ballast, 16 MiB for sending) must fit, and fill up in seconds
DISK_MIB = 40
REFUSED_S = 20.0


def run(n: int | None, quick: bool, progress: Progress) -> Outcome:
    """`n` is the step of the walk: every n-th point."""
    outcome = Outcome("disk")
    step = n or (QUICK_STEP if quick else 1)
    for part in (partial(injected, step, progress), full, read_only):
        try:
            outcome.take(part())
        except CannotHere as reason:
            outcome.skipped.append(str(reason))
    return outcome


def injected(step: int, progress: Progress) -> Outcome:
    outcome = Outcome("disk errors")
    for error in ("EIO", "ENOSPC"):
        outcome.take(kills.walked(step, f"error={error}", ("pwrite64", "fdatasync"), progress))
    return outcome


def full() -> Outcome:
    """Somebody else fills the disk of the kiosk to the last byte, then goes away again."""

    def hurt(disk: Path) -> bool:
        try:
            with (disk / "somebody-else").open("wb", buffering=0) as file:
                while True:
                    file.write(b"x" * 4_096)
        except OSError as error:
            return error.errno == errno.ENOSPC

    return _with_a_disk("disk full", hurt, lambda disk: (disk / "somebody-else").unlink())


def read_only() -> Outcome:
    """As a card does when it has had enough."""

    def remount(disk: Path, how: str) -> bool:
        # a write that is under way makes the disk busy for a moment
        for _ in range(50):
            mount = ["mount", "-o", f"remount,{how}", str(disk)]
            if subprocess.run(mount, capture_output=True, check=False).returncode == 0:
                return True
            time.sleep(0.02)
        return False

    def hurt(disk: Path) -> bool:
        # files that are open for writing forbid a remount: the journal's abort does not ask
        if not remount(disk, "ro"):
            remount(disk, "abort")
        try:
            (disk / "somebody-else").touch()
        except OSError:
            return True
        return False

    return _with_a_disk("disk read-only", hurt, lambda disk: None, mends=False)


def _with_a_disk(
    name: str, hurt: Callable[[Path], bool], mend: Callable[[Path], object], *, mends: bool = True
) -> Outcome:
    outcome = Outcome(name)
    with disk_of(DISK_MIB) as disk, rig_on(disk) as site:
        site.start("broker", "collector", "uplink")
        with site.door("--every-s", 0.05) as door:
            try:
                said = site.shown_files[-1]
                site.until(
                    lambda: len(site.said("stored", said)) > 20, 30.0, "no visits are stored"
                )
                outcome.hurt(hurt(disk))
                before = len(site.said("refused", said))
                site.until(
                    lambda: len(site.said("refused", said)) > before + 5,
                    *(REFUSED_S, f"{name}: visits are not refused"),
                )
                mended_s = time.monotonic()
                mend(disk)
                if mends:
                    stored = len(site.said("stored", said))
                    site.until(lambda: len(site.said("stored", said)) > stored, BACK_S, "not back")
                    outcome.measured.append(
                        Figure(
                            f"{name}: back after it is mended, s",
                            time.monotonic() - mended_s,
                            BACK_S,
                        )
                    )
            except NotInTime as error:
                outcome.wrong.append(f"{name}: {error}")
            finally:
                door.kill()
        if mends:
            walk.settled(site, outcome)
        else:
            outcome.wrong += _after_a_reboot(site, disk)
    return outcome


def _after_a_reboot(site: Rig, disk: Path) -> list[str]:
    """A disk that has given up comes back with the next boot: what was shown must be on it."""
    site.stop("uplink")
    image = disk.with_suffix(".img")
    unmount(disk)
    subprocess.run(["mount", "-o", "loop", str(image), str(disk)], check=True)
    site.start("uplink")
    mended_s = time.monotonic()
    site.visitors(1)
    outcome = Outcome("after the reboot")
    if time.monotonic() - mended_s > BACK_S:
        outcome.wrong.append("disk read-only: not back in time after the reboot")
    walk.settled(site, outcome)
    return outcome.wrong


@contextlib.contextmanager
def disk_of(mib: int, root: Path | None = None) -> Iterator[Path]:
    """An ext4 disk of its own, in an image beside it. Raise CannotHere where none can be made or mounted."""
    if shutil.which("mkfs.ext4") is None:
        raise CannotHere("mkfs.ext4 is not installed")
    with contextlib.ExitStack() as stack:
        above = str(root) if root is not None else None
        temporary = tempfile.TemporaryDirectory(prefix="faults-", dir=above)
        folder = Path(stack.enter_context(temporary))
        image, disk = folder / "disk.img", folder / "disk"
        disk.mkdir()
        with image.open("wb") as file:
            file.truncate(mib * 1024 * 1024)
        # -m 0: root is not to find room that the kiosk would not
        subprocess.run(["mkfs.ext4", "-q", "-m", "0", str(image)], check=True)
        stack.enter_context(mounted(image, disk))
        yield disk


@contextlib.contextmanager
def mounted(image: Path, disk: Path) -> Iterator[None]:
    """Raise CannotHere where no image can be mounted."""
    if os.geteuid() != 0:
        raise CannotHere("mounting an image needs root")
    mount = ["mount", "-o", "loop", str(image), str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        raise CannotHere("no image can be mounted here (no loop devices)")
    try:
        yield
    finally:
        unmount(disk)


def unmount(disk: Path) -> None:
    """Whoever had it open is given a moment to go. It need not be mounted any more."""
    for _ in range(100):
        if not os.path.ismount(disk):
            return
        if subprocess.run(["umount", str(disk)], capture_output=True, check=False).returncode:
            time.sleep(0.05)


@contextlib.contextmanager
def rig_on(disk: Path) -> Iterator[Rig]:
    """A site whose kiosk keeps its state on that disk."""
    with rig(settings={'state_dir = "state"': f'state_dir = "{disk}"'}) as site:
        yield site
