"""Messages in a file that is carried by hand, from a kiosk that has no network for weeks and back: docs/wire.md.

Lines of UTF-8: a header, one message a line exactly as it would have been published, and a trailer with the number of
messages and the SHA-256 of all before it. A file that was cut short, or altered, is no file. Neither header nor trailer
prove anything: the events are sealed and chained, the receipts signed.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import chain
from typing import BinaryIO

from kiosk.wire import strict_json
from kiosk.wire.errors import WireError
from kiosk.wire.rfc3339 import time_text
from kiosk.wire.topics import KIOSK_ID

VERSION = 1
MAX_MESSAGES = 1_000_000
# a signed receipt: a text whose quotes are doubled, in its envelope
MAX_LINE_BYTES = 2 * strict_json.MAX_BYTES + 1_024


class Carries(StrEnum):
    EVENTS = "entrance-events"  # kiosk to collector
    RECEIPTS = "entrance-receipts"  # and back


class CarriedError(ValueError):
    """The file is not what it should be; the message says how, and what to do."""


@dataclass(frozen=True, slots=True)
class Carried:
    kiosk: str
    at: datetime  # when it was written, by the clock of whoever wrote it
    messages: tuple[bytes, ...]


def write(
    file: BinaryIO, carries: Carries, kiosk: str, at: datetime, messages: Iterable[bytes]
) -> int:
    """How many messages there were. Each is one line of JSON, as `strict_json.dumps` makes it."""
    digest = hashlib.sha256()
    header = {"format": carries, "version": VERSION, "kiosk": kiosk, "at": time_text(at)}
    lines = 0
    for line in chain([strict_json.dumps(header)], messages):
        digest.update(line + b"\n")
        file.write(line + b"\n")
        lines += 1
    trailer = {"count": lines - 1, "sha256": digest.hexdigest()}
    file.write(strict_json.dumps(trailer) + b"\n")
    return lines - 1


def read(file: BinaryIO, carries: Carries) -> Carried:
    """The messages, none of them looked into. Raise CarriedError for any other file."""
    digest = hashlib.sha256()
    kiosk, at = _header(file.readline(MAX_LINE_BYTES), carries, digest)
    messages: list[bytes] = []
    last = b""
    while line := file.readline(MAX_LINE_BYTES):
        if last:
            digest.update(last)
            messages.append(last[:-1])
        if not line.endswith(b"\n") or len(messages) > MAX_MESSAGES:
            raise CarriedError("the file was cut short or holds something else: copy it once more")
        last = line
    _check_trailer(last, len(messages), digest.hexdigest())
    return Carried(kiosk, at, tuple(messages))


def _header(line: bytes, carries: Carries, digest: "hashlib._Hash") -> tuple[str, datetime]:
    digest.update(line)
    try:
        header = strict_json.loads(line)
        at = strict_json.time_of(header, "at")
    except WireError:
        raise CarriedError(f"this is no file of the format {carries}") from None
    kiosk = header.get("kiosk")
    if header.get("format") != carries:
        other = next((one for one in Carries if one == header.get("format")), "another format")
        raise CarriedError(f"this is no file of the format {carries} but of {other}")
    if header.get("version") != VERSION:
        raise CarriedError("the file is of another version: update this side")
    if not isinstance(kiosk, str) or not KIOSK_ID.fullmatch(kiosk):
        raise CarriedError("the file does not name its kiosk")
    return kiosk, at


def _check_trailer(line: bytes, count: int, digest: str) -> None:
    try:
        trailer = strict_json.loads(line)
    except WireError:
        raise CarriedError("the end of the file is missing: copy it once more") from None
    if "sha256" not in trailer or "count" not in trailer:
        raise CarriedError("the end of the file is missing: copy it once more")
    if trailer != {"count": count, "sha256": digest}:
        raise CarriedError("the file was altered on its way: copy it once more")
