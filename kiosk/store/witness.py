"""A second memory of how far the stream has come: a few bytes in a file beside the database, written after each commit.

SQLite opens a WAL that was cut short without a word, as if what is missing had never been. This file is not synced, so
it may lag behind the database and never runs ahead: where it does, events are lost for certain.
"""

import os
from contextlib import suppress
from pathlib import Path

from kiosk.wire.ids import STREAM


class Witness:
    """For the process that appends. The constructor stores; a disk that fails is passed over."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".head")
        self._file = -1

    def read(self) -> tuple[str, int] | None:
        """The stream and its last seq; None when the file does not say."""
        try:
            stream, _, seq = self._path.read_text(encoding="ascii").strip().partition(" ")
        except (OSError, UnicodeDecodeError):
            return None
        return (stream, int(seq)) if STREAM.fullmatch(stream) and seq.isdecimal() else None

    def write(self, stream: str, seq: int) -> None:
        with suppress(OSError):
            if self._file < 0:
                self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o660)
            os.pwrite(self._file, b"%s %010d\n" % (stream.encode("ascii"), seq), 0)

    def close(self) -> None:
        file, self._file = self._file, -1
        if file >= 0:
            os.close(file)
