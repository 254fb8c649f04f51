"""A page of a day's tags, as the device endpoint serves it: `GET /v1/tags/2026-11-24?from=0`.

4 bytes  `VKT1`
32 bytes the day's key
4 bytes  number of the first entry, big-endian
4 bytes  number of all entries of this day
6 bytes  an entry, any number of times: 0 declared or 1 withdrawn, and the tag
"""

from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.wire.errors import Refusal, WireError

CONTENT_TYPE = "application/octet-stream"
PATH = "/v1/tags/"
MAX_ENTRIES = 10_000
_MAGIC = b"VKT1"
_KEY_BYTES, _TAG_BYTES, _NUMBER_BYTES = 32, 5, 4
_HEAD_BYTES = len(_MAGIC) + _KEY_BYTES + 2 * _NUMBER_BYTES
MAX_BYTES = _HEAD_BYTES + MAX_ENTRIES * (1 + _TAG_BYTES)


@dataclass(frozen=True, slots=True)
class TagPage:
    """`entries` are pairs of a tag and whether it is withdrawn, from number `position` on."""

    key: bytes
    position: int
    count: int
    entries: Sequence[tuple[bytes, bool]]


def encode(page: TagPage) -> bytes:
    """At most `MAX_BYTES`."""
    head = (
        _MAGIC
        + page.key
        + page.position.to_bytes(_NUMBER_BYTES, "big")
        + page.count.to_bytes(_NUMBER_BYTES, "big")
    )
    return head + b"".join(bytes([withdrawn]) + tag for tag, withdrawn in page.entries)


def decode(payload: bytes) -> TagPage:
    """Raise WireError, and nothing else, for anything that is no page."""
    if len(payload) > MAX_BYTES:
        raise WireError(Refusal.TOO_LARGE)
    body = payload[_HEAD_BYTES:]
    if len(payload) < _HEAD_BYTES or payload[:4] != _MAGIC or len(body) % (1 + _TAG_BYTES):
        raise WireError(Refusal.BAD_DATA, "tags")
    steps = [body[at : at + 1 + _TAG_BYTES] for at in range(0, len(body), 1 + _TAG_BYTES)]
    if any(step[0] > 1 for step in steps):
        raise WireError(Refusal.BAD_DATA, "tags")
    numbers = len(_MAGIC) + _KEY_BYTES
    return TagPage(
        key=payload[len(_MAGIC) : numbers],
        position=int.from_bytes(payload[numbers : numbers + _NUMBER_BYTES], "big"),
        count=int.from_bytes(payload[numbers + _NUMBER_BYTES : _HEAD_BYTES], "big"),
        entries=[(step[1:], bool(step[0])) for step in steps],
    )
