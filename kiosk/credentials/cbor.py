"""CBOR (RFC 8949) from strangers: looked over before it is decoded.

cbor2 builds values of its own for many tags: big rationals, regular expressions, MIME messages, references that make
a structure contain itself. A code needs none of them, so only the tags below are let through; nesting, the number of
items and every length are checked against the bytes that are there.
"""

from datetime import UTC, date, datetime
from typing import Any

import cbor2

# A real certificate nests 5 deep and holds about 60 items (measured on the public test certificates).
MAX_DEPTH = 16
MAX_ITEMS = 2000

# date text, epoch time, COSE_Sign1, CWT, and the two forms of a bare date (RFC 8943)
_TAGS = frozenset({0, 1, 18, 61, 100, 1004})
_BREAK = 0xFF


class BadCbor(ValueError):
    """These bytes are not one well-formed, harmless CBOR item."""


def loads(data: bytes) -> Any:
    """The one item that `data` is. Dates arrive as `date` or `datetime`. Raise BadCbor."""
    if _Walk(data).item(0, 0) != len(data):
        raise BadCbor("bytes follow the item")
    try:
        return cbor2.loads(data)
    except (cbor2.CBORDecodeError, ValueError, TypeError, OverflowError) as error:
        # text that is no UTF-8, a date that never was, a map as the key of a map
        raise BadCbor("cannot be decoded") from error


def plain(value: Any) -> Any:
    """The same value as JSON would have it: tagged dates become ISO 8601 text."""
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: plain(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [plain(held) for held in value]
    return value


class _Walk:
    """One pass over the bytes: where each item ends, without building any."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._items = 0

    def item(self, at: int, depth: int) -> int:
        """Where the item that begins at `at` ends."""
        self._items += 1
        if depth > MAX_DEPTH or self._items > MAX_ITEMS:
            raise BadCbor("too deep or too many items")
        major, low = self._byte(at) >> 5, self._byte(at) & 0x1F
        if low == 31:
            return self._until_break(major, at + 1, depth)
        argument, at = self._argument(low, at + 1)
        match major:
            case 2 | 3:
                return self._within(at + argument)
            case 4 | 5:
                for _ in range(argument * (major - 3)):
                    at = self.item(at, depth + 1)
                return at
            case 6 if argument not in _TAGS:
                raise BadCbor("a tag that no code needs")
            case 6:
                return self.item(at, depth + 1)
        return at

    def _argument(self, low: int, at: int) -> tuple[int, int]:
        if low < 24:
            return low, at
        if low > 27:
            raise BadCbor("a reserved length")
        size = 1 << (low - 24)
        end = self._within(at + size)
        return int.from_bytes(self._data[at:end], "big"), end

    def _until_break(self, major: int, at: int, depth: int) -> int:
        if major not in (2, 3, 4, 5):
            raise BadCbor("a length that cannot be open")
        while self._byte(at) != _BREAK:
            if major in (2, 3) and (self._byte(at) >> 5 != major or self._byte(at) & 0x1F == 31):
                raise BadCbor("a chunk of another kind")
            at = self.item(at, depth + 1)
            if major == 5:
                at = self.item(at, depth + 1)
        return at + 1

    def _byte(self, at: int) -> int:
        return self._data[self._within(at + 1) - 1]

    def _within(self, end: int) -> int:
        if end > len(self._data):
            raise BadCbor("it ends too early")
        return end
