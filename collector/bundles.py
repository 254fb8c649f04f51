"""Bundles of releases, handed out in pieces to kiosks that fetch them; a few at a time: tags still get through."""

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from kiosk.wire import updates

AT_ONCE = 4  # of the eight threads of the endpoint
_CHUNK_BYTES = 1 << 16
_RANGE = re.compile(r"bytes=(\d{1,12})-")
_EMPTY = ("Content-Length", "0")

Answered = tuple[str, list[tuple[str, str]], Iterator[bytes]]


class Bundles:
    """`file_of` answers where the bundle of this name lies, None for what is none."""

    def __init__(self, file_of: Callable[[str], Path | None]) -> None:
        self._file_of = file_of
        self._free = threading.Semaphore(AT_ONCE)

    def asked(self, environ: dict[str, Any]) -> Answered | None:
        """The answer as WSGI has it; None for a request that is not about a bundle."""
        path = environ.get("PATH_INFO", "")
        if environ.get("REQUEST_METHOD") != "GET" or not path.startswith(updates.PATH):
            return None
        found = self._file_of(path.removeprefix(updates.PATH))
        if found is None:
            return "404 Not Found", [_EMPTY], iter(())
        if not self._free.acquire(blocking=False):
            return "503 Service Unavailable", [_EMPTY, ("Retry-After", "600")], iter(())
        try:
            return self._opened(found, environ.get("HTTP_RANGE", ""))
        except OSError:
            self._free.release()
            return "404 Not Found", [_EMPTY], iter(())

    def _opened(self, path: Path, asked: str) -> Answered:
        file = path.open("rb")
        size = path.stat().st_size
        wanted = _RANGE.fullmatch(asked)
        begin = int(wanted[1]) if wanted else 0
        pieces = _Pieces(file, self._free.release)
        if begin >= size:
            pieces.close()
            where = ("Content-Range", f"bytes */{size}")
            return "416 Range Not Satisfiable", [_EMPTY, where], iter(())
        file.seek(begin)
        headers = [
            ("Content-Type", "application/octet-stream"),
            ("Content-Length", str(size - begin)),
        ]
        if not wanted:
            return "200 OK", headers, pieces
        headers.append(("Content-Range", f"bytes {begin}-{size - 1}/{size}"))
        return "206 Partial Content", headers, pieces


class _Pieces(Iterator[bytes]):
    """WSGI closes what it was given, sent to its end or not."""

    def __init__(self, file: BinaryIO, done: Callable[[], None]) -> None:
        self._file = file
        self._done = done

    def __next__(self) -> bytes:
        if piece := self._file.read(_CHUNK_BYTES):
            return piece
        raise StopIteration

    def close(self) -> None:
        if not self._file.closed:
            self._file.close()
            self._done()
