"""Room on the disk: how much is left, and a ballast file to throw off when there is none.

On a full disk SQLite can neither delete nor checkpoint, so nothing can be freed from inside. Removing the ballast
gives back just that room (measured: shared facts, uplink section 10).
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from kiosk.errors import StoreError, StoreUnusable

MIB = 1024 * 1024


class StorageFull(StoreError):
    """No visit is taken any more, so that there is room to send the ones that are stored."""


class Storage(StrEnum):
    OK = "ok"
    NEARLY_FULL = "nearly_full"  # visits are taken; staff should know
    FULL = "full"  # no visit is taken


@dataclass(frozen=True, slots=True)
class Reserve:
    """Free bytes of the state partition, without the ballast, below which the state begins."""

    ballast_bytes: int = 8 * MIB
    nearly_full_bytes: int = 64 * MIB
    full_bytes: int = 16 * MIB

    def judge(self, free_bytes: int) -> Storage:
        if free_bytes < self.full_bytes:
            return Storage.FULL
        return Storage.NEARLY_FULL if free_bytes < self.nearly_full_bytes else Storage.OK


def free_bytes(folder: Path) -> int:
    """What a program that is not root may still write. Raise StoreUnusable when the disk does not answer."""
    try:
        disk = os.statvfs(folder)
    except OSError as error:
        raise StoreUnusable(f"{folder} does not answer ({error.strerror}): see the disk") from error
    return disk.f_bavail * disk.f_frsize


def lay_ballast(path: Path, reserve: Reserve) -> bool:
    """Make the ballast file if it is missing and there is room for it. True when it lies there afterwards."""
    if path.exists():
        return True
    if free_bytes(path.parent) < reserve.ballast_bytes + reserve.full_bytes:
        return False
    made = path.with_name(path.name + ".new")
    try:
        with made.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, reserve.ballast_bytes)
        made.rename(path)
    except OSError:
        with suppress(OSError):
            made.unlink(missing_ok=True)
        return False
    return True


def drop_ballast(path: Path) -> bool:
    """True when there was ballast to drop, and it is gone."""
    try:
        path.unlink()
    except OSError:
        return False
    return True
