"""Two processes, and two users, that open the same file at once: one after the other."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kiosk.errors import StoreUnusable

OPENING_TIMEOUT_S = 5.0  # the check of a week's rows takes well under a second
_PAUSE_S = 0.02


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Nobody else makes, migrates or sets aside the file meanwhile. Raise StoreUnusable when another one hangs."""
    lock = path.with_name(path.name + ".lock")
    make_shared(lock)
    descriptor = os.open(lock, os.O_RDWR)
    try:
        _take(descriptor, path)
        yield
    finally:
        os.close(descriptor)


def make_shared(path: Path) -> None:
    """SQLite would make the file 0640 whatever the umask, and the other user of the group could not write."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o660))
    with suppress(PermissionError):  # the other user made it, with this same mode
        path.chmod(0o660)


def _take(descriptor: int, path: Path) -> None:
    deadline_s = time.monotonic() + OPENING_TIMEOUT_S
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline_s:
                raise StoreUnusable(f"{path} is being opened by a process that hangs") from None
            time.sleep(_PAUSE_S)
