"""Records of SQLite tables, read from the pages of a file without SQLite: what can be read of a damaged one.

Neither header, schema nor the inner pages of a tree are needed: every page that looks like the leaf of a table is read,
in the database and in its WAL (https://www.sqlite.org/fileformat2.html, sections 1.6, 2.1 and 4). What comes out may be
garbage; whoever asks must be able to tell.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

Value = None | int | float | bytes | str

PAGE_BYTES = 4_096  # SQLite's default, and ours
_LEAF = 0x0D
_WAL_HEADER_BYTES, _FRAME_HEADER_BYTES = 32, 24
_LARGEST_RECORD = 65_536
_INTEGER_BYTES = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}


@dataclass(frozen=True, slots=True)
class Record:
    rowid: int
    values: tuple[Value, ...]


@dataclass
class _Pages:
    """The pages of a database, and those of its WAL over them, as they were committed."""

    database: bytes
    frames: list[tuple[int, bytes]]
    newest: dict[int, bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.newest = dict(self.frames)

    def in_database(self, number: int) -> bytes:
        return self.database[(number - 1) * PAGE_BYTES : number * PAGE_BYTES]

    def page(self, number: int) -> bytes:
        return self.newest.get(number) or self.in_database(number)


def records(database: Path, wal: Path) -> Iterator[Record]:
    """Every record of every table, older ones first; one that was changed comes in each of its forms. Either file may
    be missing. Raise OSError when one cannot be read."""
    pages = _Pages(_content(database), _committed(_content(wal)))
    for number in range(1, len(pages.database) // PAGE_BYTES + 2):
        yield from _leaf(pages.in_database(number), pages, at=100 if number == 1 else 0)
    for number, page in pages.frames:
        yield from _leaf(page, pages, at=100 if number == 1 else 0)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def _committed(wal: bytes) -> list[tuple[int, bytes]]:
    """Page number and page of each frame of the WAL's present generation, up to the last that ends a transaction."""
    frames: list[tuple[int, bytes]] = []
    ended = 0
    salts = wal[16:24]
    step = _FRAME_HEADER_BYTES + PAGE_BYTES
    for start in range(_WAL_HEADER_BYTES, len(wal) - step + 1, step):
        if wal[start + 8 : start + 16] != salts:
            continue
        number, size_after_commit = _uint(wal, start, 4), _uint(wal, start + 4, 4)
        frames.append((number, wal[start + _FRAME_HEADER_BYTES : start + step]))
        if size_after_commit:
            ended = len(frames)
    return frames[:ended]


def _leaf(page: bytes, pages: _Pages, at: int) -> Iterator[Record]:
    if len(page) <= at + 8 or page[at] != _LEAF:
        return
    first = at + 8
    for cell in range(first, first + 2 * _uint(page, at + 3, 2), 2):
        try:
            record = _cell(page, _uint(page, cell, 2), pages)
        except (IndexError, ValueError, OverflowError):
            continue  # this one is damaged
        yield record


def _cell(page: bytes, start: int, pages: _Pages) -> Record:
    size, at = _varint(page, start)
    rowid, at = _varint(page, at)
    if not 0 < size <= _LARGEST_RECORD:
        raise ValueError("no record")
    local = _local_bytes(size)
    content = page[at : at + local]
    if local < size:
        content += _overflow(pages, _uint(page, at + local, 4), size - local)
    return Record(rowid - (1 << 64) if rowid >> 63 else rowid, _values(content))


def _local_bytes(size: int) -> int:
    """How much of a record lies in the leaf itself."""
    largest, smallest = PAGE_BYTES - 35, (PAGE_BYTES - 12) * 32 // 255 - 23
    if size <= largest:
        return size
    local = smallest + (size - smallest) % (PAGE_BYTES - 4)
    return local if local <= largest else smallest


def _overflow(pages: _Pages, number: int, left: int) -> bytes:
    content = b""
    while left > len(content):
        page = pages.page(number)
        if number == 0 or len(page) < PAGE_BYTES:
            raise ValueError("the rest is missing")
        content += page[4:]
        number = _uint(page, 0, 4)
    return content[:left]


def _values(content: bytes) -> tuple[Value, ...]:
    header_bytes, at = _varint(content, 0)
    types = []
    while at < header_bytes:
        kind, at = _varint(content, at)
        types.append(kind)
    values: list[Value] = []
    for kind in types:
        length = _length(kind)
        if at + length > len(content):
            raise ValueError("cut short")
        values.append(_value(kind, content[at : at + length]))
        at += length
    return tuple(values)


def _length(kind: int) -> int:
    if kind >= 12:
        return (kind - 12) // 2
    return 8 if kind == 7 else _INTEGER_BYTES.get(kind, 0)


def _value(kind: int, content: bytes) -> Value:
    if kind >= 12:
        return content if kind % 2 == 0 else content.decode("utf-8")
    if kind in _INTEGER_BYTES:
        return int.from_bytes(content, "big", signed=True)
    return {8: 0, 9: 1}.get(kind)


def _uint(content: bytes, start: int, length: int) -> int:
    if start + length > len(content):
        raise IndexError("past the end")
    return int.from_bytes(content[start : start + length], "big")


def _varint(content: bytes, start: int) -> tuple[int, int]:
    value = 0
    for at in range(start, start + 8):
        byte = content[at]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + 1
    return value << 8 | content[start + 8], start + 9
