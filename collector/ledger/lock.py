"""Whoever writes the ledger holds a shared lock on a file beside it; whoever puts another in its place, an exclusive
one. Let go of by the kernel when the process ends, however it ends."""

import fcntl
import os
from pathlib import Path

from collector.errors import LedgerError


class LedgerLock:
    """`take` it, `release` it; releasing may be done twice."""

    def __init__(self, ledger: Path) -> None:
        self._path = ledger.with_name(ledger.name + ".lock")
        self._descriptor = -1

    def take(self, *, exclusive: bool) -> None:
        """Raise LedgerError when another process is in the way, OSError when there can be no lock."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o660)
        kind = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            who = (
                "it is in use: stop `collector serve` first"
                if exclusive
                else "it is being restored"
            )
            raise LedgerError(f"the ledger beside {self._path.name}: {who}") from error
        self._descriptor = descriptor

    def release(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)
