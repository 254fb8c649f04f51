"""Asks the inbox, which alone has the keys: identifiers become pseudonyms; a contact leaves its day's wrapping, and
stays sealed to the tracing key; tags of somebody are taken back.

One connection a question, one line of JSON each way, `{"identifiers": [[SCHEME, VALUE], ...]}`, `{"unwrap": {...}}` or
`{"withdraw": [PSEUDONYM, ...]}`.
"""

import json
import os
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from collector.cases.kept import as_kept
from collector.cases.port import Held, NotUnwrapped, Unwrap
from collector.people.port import PeopleError
from kiosk.domain.identity import Identifier
from kiosk.wire.data import Sealed, sealed_of
from kiosk.wire.errors import WireError

MAX_LINE = 64 * 1024  # bytes, of a question and of an answer
MAX_IDENTIFIERS = 400
TIMEOUT_S = 5.0


def pseudonyms_of(path: Path, identifiers: Sequence[Identifier]) -> Sequence[bytes]:
    """Of each, in order. Raise PeopleError when the inbox cannot be asked."""
    if not identifiers:
        return []
    answer = ask(path, {"identifiers": [[each.scheme, each.value] for each in identifiers]})
    try:
        return [bytes.fromhex(each) for each in answer["pseudonyms"]]
    except (KeyError, TypeError, ValueError):
        raise PeopleError(_SAID.get(str(answer.get("cannot")), _SAID[""])) from None


def withdraw_tags(path: Path, people: Sequence[bytes]) -> None:
    """No kiosk takes whoever has these pseudonyms for declared any more. Raise PeopleError when it cannot be done."""
    answer = ask(path, {"withdraw": [who.hex() for who in people]})
    if type(answer.get("withdrawn")) is not int:
        raise PeopleError(_SAID.get(str(answer.get("cannot")), _SAID[""]))


def unwrapping(path: Path) -> Unwrap:
    """Takes contacts out of their days' wrapping, by the inbox. See collector.cases.port.Unwrap."""

    def unwrap(held: Held) -> Sealed:
        contact = json.loads(held.message)["data"]["contact"]
        if "wrapped" not in contact:
            return as_kept(held)
        about = held.context
        place = {
            "event": about.event_id,
            "kiosk": about.kiosk,
            "stream": about.stream,
            "seq": about.seq,
        }
        answer = ask(path, {"unwrap": {**place, **contact}})
        if "why" in answer:
            raise NotUnwrapped(str(answer["why"]))
        try:
            found = sealed_of(answer["key"], answer["sealed"], "contact")
        except (KeyError, WireError):
            found = None
        if found is None:
            raise PeopleError(_SAID[""])
        return found

    return unwrap


def ask(path: Path, question: Mapping[str, Any]) -> Mapping[str, Any]:
    """Raise PeopleError when the inbox cannot be asked."""
    line = json.dumps(question, ensure_ascii=False).encode() + b"\n"
    if len(line) > MAX_LINE:
        raise PeopleError("too much at once: ask about fewer people")
    try:
        with socket.socket(socket.AF_UNIX) as peer:
            peer.settimeout(TIMEOUT_S)
            connect(peer, path)
            peer.sendall(line)
            with peer.makefile("rb") as reader:
                found = json.loads(reader.readline(MAX_LINE))
    except (OSError, ValueError):
        raise PeopleError(
            f"the inbox does not answer at {path}: is it running, and may this user ask it?"
        ) from None
    return found if isinstance(found, dict) else {}


def connect(peer: socket.socket, path: Path) -> None:
    """A path may be longer than a socket's name: by its folder."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        peer.connect(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)


_SAID = {
    "": "the inbox has not understood: are both ends of the same version?",
    "no_key": "the inbox has no pseudonym key: `collector keys new pseudonym`",
    "tags": "the tags of this person cannot be taken back just now, so that nothing is erased: see to tags_file",
    "too_many": f"{MAX_IDENTIFIERS} identifiers at most at once",
}
