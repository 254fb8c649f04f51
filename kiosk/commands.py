"""Commands of the collector as the kiosk takes them: signed, for this kiosk, in time, and each once.

What is not is refused and counted. Answered is only what was truly said to this kiosk: whoever holds the wire may
repeat messages for ever, and must not fill the outbox with answers.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.durable_file import write_whole
from kiosk.wire import commands
from kiosk.wire.commands import Command, CommandName
from kiosk.wire.errors import Refusal, WireError
from kiosk.wire.ids import UUID7

log = logging.getLogger(__name__)

# none is good for longer than this (shared facts, uplink section 2), however far its end is
MAX_LIFE = timedelta(hours=1)
# how far the collector's clock may be ahead of this one
CLOCK_TOLERANCE = timedelta(minutes=10)


class Answer(StrEnum):
    """What is said of a command that was truly given to this kiosk."""

    DO = ""
    EXPIRED = "expired"
    UNKNOWN = "unknown"  # of a newer collector


@dataclass(frozen=True, slots=True)
class Given:
    command: Command
    answer: Answer


class Commands:
    """`path` is where the ids of the commands taken are kept, over a restart too."""

    def __init__(self, path: Path, kiosk: str) -> None:
        self._path = path
        self._kiosk = kiosk
        self._until: dict[str, datetime] = {}

    def read(self) -> None:
        """The ids on the disk. What cannot be read is as good as nothing taken yet: a command then could be done
        again within its hour, and none of them harms when done twice."""
        try:
            kept = json.loads(self._path.read_bytes())
            self._until = {
                command_id: datetime.fromtimestamp(until_s, UTC)
                for command_id, until_s in kept.items()
                if UUID7.fullmatch(command_id)
            }
        except FileNotFoundError:
            pass
        except (OSError, ValueError, TypeError, AttributeError, OverflowError) as error:
            log.error("the commands taken so far cannot be read: %s", type(error).__name__)

    def take(self, payload: bytes, keys: Mapping[str, Ed25519PublicKey], now: datetime) -> Given:
        """A command has come. Raise WireError when it is not to be answered: forged, of another kiosk, taken before,
        or long over. Raise OSError when it cannot be remembered: then it is not to be done."""
        command = commands.verified(payload, keys)
        if command.kiosk != self._kiosk:
            raise WireError(Refusal.WRONG_KIOSK, "kiosk")
        if command.id in self._until:
            raise WireError(Refusal.BAD_ID, "id")
        ends_at = min(command.expires_at, command.issued_at + MAX_LIFE)
        if now > ends_at + MAX_LIFE or command.issued_at > now + CLOCK_TOLERANCE:
            raise WireError(Refusal.BAD_TIME, "expires")
        self._remember(command.id, now, ends_at + MAX_LIFE)
        if now > ends_at:
            return Given(command, Answer.EXPIRED)
        known = command.name in tuple(CommandName)
        return Given(command, Answer.DO if known else Answer.UNKNOWN)

    def _remember(self, command_id: str, now: datetime, until: datetime) -> None:
        kept = {known: at for known, at in self._until.items() if at >= now}
        kept[command_id] = until
        write_whole(
            self._path, json.dumps({known: at.timestamp() for known, at in kept.items()}).encode()
        )
        self._until = kept
