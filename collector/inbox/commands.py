"""Commands on their way to a running `collector serve`, which alone may speak to the broker under the collector's name.

Each is one file, signed already, named by when it ends, its kiosk and its id. It is taken away as it is published: what
is lost on the way is asked for again by whoever waits for the answer.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kiosk.durable_file import write_whole
from kiosk.wire.commands import Command
from kiosk.wire.topics import Channel, topic

FOLDER = "commands"  # in that of the documents
_FILE = re.compile(r"(\d{1,12})\.([a-z0-9-]{1,40})\.([0-9a-f-]{36})")


@dataclass(frozen=True, slots=True)
class Spoken:
    """A command to publish, and for how many seconds it may wait at the broker."""

    topic: str
    payload: bytes
    expiry_s: int


def lay(folder: Path, command: Command, payload: bytes) -> Path:
    """The file in which the signed `payload` of `command` waits to be published."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o755)
    path = folder / f"{int(command.expires_at.timestamp())}.{command.kiosk}.{command.id}"
    write_whole(path, payload, 0o644)
    return path


def take(folder: Path) -> list[Spoken]:
    """All that waits and has not ended, oldest first; nothing of it lies there any more. Files that cannot be taken
    away are left out: they would be published for ever."""
    if not folder.is_dir():
        return []
    found = []
    now_s = datetime.now(UTC).timestamp()
    for path in sorted(folder.iterdir(), key=lambda path: path.name.rpartition(".")[2]):
        named = _FILE.fullmatch(path.name)
        if named is None:
            continue
        try:
            payload = path.read_bytes()
            path.unlink()
        except OSError:
            continue
        left_s = int(named[1]) - int(now_s)
        if left_s > 0:
            found.append(Spoken(topic(named[2], Channel.COMMAND), payload, left_s))
    return found
