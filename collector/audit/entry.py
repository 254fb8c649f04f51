"""One line of the log, and the chain that the lines make. Pure.

Each line carries the SHA-256 of the line before it and of itself, over `canonical`: whoever alters, removes or adds a
line in the middle breaks the chain there. Who cuts off its end leaves a whole one: only a newest hash that was written
down elsewhere shows it.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from collector.days import ms_of
from collector.errors import CollectorError

NOTHING_BEFORE = bytes(32)
MAX_VALUE = 500  # characters
_WORD = re.compile(r"[a-z][a-z0-9_]{0,39}")
_ACTOR = re.compile(r"[a-z0-9](?:[a-z0-9.:-]{0,60}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Entry:
    """`number` counts from 1. `about` holds ids, counts and reasons, never anything of a person."""

    number: int
    at: datetime  # UTC
    actor: str  # an account of the office, or `command`
    act: str
    about: Mapping[str, str]
    previous: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """The newest line, to be written down elsewhere. `NUMBER:HASH` as text."""

    number: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.number}:{self.hash.hex()}"


@dataclass(frozen=True, slots=True)
class Checked:
    """`number` is that of the first line that is not as it was written, `fault` what is wrong with it; both empty when
    nothing is."""

    entries: int
    head: Head
    fault: str = ""
    number: int = 0


def canonical(
    number: int, at_ms: int, actor: str, act: str, about: Mapping[str, str], previous: bytes
) -> bytes:
    fields = [number, at_ms, actor, act, dict(about), previous.hex()]
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def hash_of(entry: Entry) -> bytes:
    fields = (entry.number, ms_of(entry.at), entry.actor, entry.act, entry.about, entry.previous)
    return hashlib.sha256(canonical(*fields)).digest()


def vetted(actor: str, act: str, about: Mapping[str, str]) -> None:
    """Raise CollectorError for a line that the log does not take."""
    if not _ACTOR.fullmatch(actor) or not _WORD.fullmatch(act):
        raise CollectorError("the audit takes an account and the name of an act, nothing else")
    for name, value in about.items():
        if not _WORD.fullmatch(name) or not isinstance(value, str) or len(value) > MAX_VALUE:
            raise CollectorError(f"the audit takes {MAX_VALUE} characters of a field at most")


def check(entries: Iterable[Entry], written_down: Head | None = None) -> Checked:
    """The whole log, oldest first, and a head that was written down earlier."""
    head = Head(0, NOTHING_BEFORE)
    seen = written_down is None or written_down.number == 0
    for entry in entries:
        due = head.number + 1
        if entry.number != due:
            return Checked(head.number, head, "is missing", due)
        if hash_of(entry) != entry.hash:
            return Checked(head.number, head, "was altered", due)
        if entry.previous != head.hash:
            return Checked(head.number, head, "does not follow the one before it", due)
        head = Head(entry.number, entry.hash)
        if written_down is not None and head.number == written_down.number:
            if head.hash != written_down.hash:
                return Checked(head.number, head, "is not the one that was written down", due)
            seen = True
    if not seen:
        return Checked(head.number, head, "is missing: the end was cut off", head.number + 1)
    return Checked(head.number, head)


def parse_head(text: str) -> Head:
    """Raise CollectorError for anything but `NUMBER:HASH`."""
    number, _, digest = text.strip().partition(":")
    if not re.fullmatch(r"\d{1,15}", number) or not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise CollectorError("a head is NUMBER:HASH, as `collector audit head` prints it")
    return Head(int(number), bytes.fromhex(digest))
