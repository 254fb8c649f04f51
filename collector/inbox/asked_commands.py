"""Signs what the office asks of a kiosk: the command key stays with the inbox, and the office gets neither key nor
signature.

Only commands that every kiosk knows, good for VALID from now, and so many a minute at most: whoever gets hold of the
office's process stops no province with it.
"""

from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from collector.inbox.commands import lay
from kiosk.wire import commands
from kiosk.wire.commands import Command, CommandName
from kiosk.wire.ids import UUID7
from kiosk.wire.topics import KIOSK_ID

VALID = timedelta(minutes=5)
MOST_A_MINUTE = 60
_NOT_UNDERSTOOD = {"cannot": "not_understood"}


class AskedCommands:
    """For one thread. `folder` is where the commands wait to be published; `key` may be None."""

    def __init__(
        self,
        folder: Path,
        key: Callable[[], Ed25519PrivateKey | None],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._folder = folder
        self._key = key
        self._now = now
        self._signed_at: deque[datetime] = deque(maxlen=MOST_A_MINUTE)

    def answer(self, question: Mapping[str, Any]) -> Mapping[str, Any]:
        match question:
            case {"id": str(command_id), "kiosk": str(kiosk), "name": str(name), **others}:
                is_one = UUID7.fullmatch(command_id) and KIOSK_ID.fullmatch(kiosk)
                if is_one and name in tuple(CommandName) and not others:
                    return self._give(command_id, kiosk, name)
        return _NOT_UNDERSTOOD

    def _give(self, command_id: str, kiosk: str, name: str) -> Mapping[str, Any]:
        key, now = self._key(), self._now()
        if key is None:
            return {"cannot": "no_command_key"}
        if len(self._signed_at) == MOST_A_MINUTE and now - self._signed_at[0] < timedelta(
            minutes=1
        ):
            return {"cannot": "too_many_commands"}
        command = Command(command_id, kiosk, name, now, now + VALID)
        try:
            lay(self._folder, command, commands.sign(command, key))
        except OSError:
            return {"cannot": "not_laid"}
        self._signed_at.append(now)
        return {"given": command_id}
