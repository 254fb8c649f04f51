"""Marks that made-up visitors carry, and the search for them in whatever is left behind.

A mark is searched by its stem, the part that all of them share, as it is, as UTF-16, as hexadecimal and as base64.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

CHUNK_BYTES = 16 * 1024 * 1024
_OVERLAP_BYTES = 4_096
_HEX = re.compile(rb"[0-9A-Fa-f]{12,}")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{8,}")


def hits(folders: Iterable[Path], stems: Iterable[bytes]) -> list[str]:
    """One sentence for each file that holds a stem. A single file may stand for a folder, a raw image for one."""
    wanted = list(stems)
    return [
        f"{path.name} holds {stem.decode()} ({how})"
        for folder in folders
        for path in sorted(_files(folder))
        for stem, how in sorted(_in_file(path, wanted))
    ]


def in_bytes(data: bytes, stems: Iterable[bytes]) -> set[tuple[bytes, str]]:
    """Which stems stand in `data`, and how they are written there."""
    views = list(_views(data))
    return {(stem, how) for stem in stems for how, view in views if stem in view}


def _files(folder: Path) -> Iterator[Path]:
    paths = folder.rglob("*") if folder.is_dir() else [folder]
    return (path for path in paths if path.is_file() and not path.is_symlink())


def _in_file(path: Path, stems: list[bytes]) -> set[tuple[bytes, str]]:
    found: set[tuple[bytes, str]] = set()
    try:
        with path.open("rb") as file:
            end = b""
            while chunk := file.read(CHUNK_BYTES):
                found |= in_bytes(end + chunk, stems)
                end = chunk[-_OVERLAP_BYTES:]
    except FileNotFoundError:  # a running process has removed it
        return set()
    return found


def _views(data: bytes) -> Iterator[tuple[str, bytes]]:
    yield "as it is", data
    yield "UTF-16", data[::2]
    yield "UTF-16", data[1::2]
    for start in (0, 1):
        pairs = (run[start : start + (len(run) - start) // 2 * 2] for run in _HEX.findall(data))
        yield "hexadecimal", b"\n".join(map(binascii.unhexlify, pairs))
    runs = [run.replace(b"-", b"+").replace(b"_", b"/") for run in _BASE64.findall(data)]
    for start in range(4):
        quads = (run[start : start + (len(run) - start) // 4 * 4] for run in runs)
        yield "base64", b"\n".join(map(base64.b64decode, quads))
