"""How the inbox is, written down once a second for the office, which is another process of another user."""

import json
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

log = logging.getLogger(__name__)

# by then a living inbox has said something ten times over
STALE = timedelta(seconds=10)
NOT_RUNNING = "not_running"


class Word:
    """`say` is for the inbox, `heard` for everybody else. No name and no figure of a visit stands in it."""

    def __init__(self, file: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._file = file
        self._now = now
        self._has_failed = False

    def say(self, state: str) -> None:
        """Not being able to is told once: the inbox does its work without."""
        new = self._file.with_name(self._file.name + ".new")
        try:
            new.write_text(json.dumps({"state": state, "at": self._now().isoformat()}))
            new.replace(self._file)
        except OSError as error:
            if not self._has_failed:
                log.warning("the office does not hear of the inbox: %s: %s", new, error.strerror)
            self._has_failed = True
        else:
            self._has_failed = False

    def end(self) -> None:
        """From now on nothing runs here."""
        with suppress(OSError):
            self._file.unlink()

    def heard(self) -> str:
        """The state by its name; `not_running` when nothing was said of late."""
        try:
            said = json.loads(self._file.read_text())
            state, at = str(said["state"]), datetime.fromisoformat(said["at"])
            is_fresh = abs(self._now() - at) < STALE
        except (OSError, ValueError, TypeError, KeyError):
            return NOT_RUNNING
        return state if is_fresh else NOT_RUNNING
