"""A random key a day: what a contact is wrapped under, beside being sealed to the tracing key.

One file a day, DAY.key, outside the ledger and its backups. When the day's events have vanished its key is destroyed,
and with it every copy of its contacts, wherever a backup lies.
"""

import contextlib
import os
import re
import secrets
from datetime import date
from pathlib import Path

from collector.days import date_of, day_number
from collector.errors import CollectorError
from kiosk.durable_file import write_whole

KEY_BYTES = 32  # AES-256
_FILE = re.compile(r"(\d{4}-\d{2}-\d{2})\.key")


class DayKeys:
    """Days as collector.days counts them. Reads nothing before it is asked."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._today: tuple[int, bytes] | None = None

    def made(self, day: int) -> bytes:
        """On the disk when this returns, and the same for all workers. Raise CollectorError when it cannot be."""
        if self._today is None or self._today[0] != day:
            key = self.of(day) or self._made_first(day)
            self._today = day, key
        return self._today[1]

    def _made_first(self, day: int) -> bytes:
        """Several workers may come at once, at midnight: what one of them has wrapped must not lose its key."""
        own = self._folder / f".{self._path(day).name}.{secrets.token_hex(8)}"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(own, secrets.token_bytes(KEY_BYTES), 0o600)
            try:
                with contextlib.suppress(FileExistsError):
                    self._path(day).hardlink_to(own)
            finally:
                own.unlink()
            _sync(self._folder)
        except OSError as error:
            raise CollectorError(
                f"{self._folder} takes no key of this day ({error.strerror}): see to [inbox] day_keys_folder"
            ) from error
        key = self.of(day)
        assert key is not None  # noqa: S101 - it was made just now, and is not yet old
        return key

    def of(self, day: int) -> bytes | None:
        """None when there is none, or none any more. Raise CollectorError when it is damaged."""
        try:
            key = self._path(day).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise CollectorError(
                f"{self._folder} cannot be read ({error.strerror}): see to [inbox] day_keys_folder"
            ) from error
        if len(key) != KEY_BYTES:
            raise CollectorError(
                f"{self._path(day)} is damaged: contacts of that day cannot be opened"
            )
        return key

    def days(self) -> list[int]:
        names = (_FILE.fullmatch(path.name) for path in self._folder.glob("*.key"))
        return sorted(day_number(date.fromisoformat(name[1])) for name in names if name)

    def destroy(self, day: int) -> None:
        """Overwritten, removed, and the folder brought to the disk. Raise CollectorError when it cannot be."""
        if self._today is not None and self._today[0] == day:
            self._today = None
        path = self._path(day)
        try:
            with contextlib.suppress(FileNotFoundError):
                with path.open("r+b") as file:
                    file.write(secrets.token_bytes(KEY_BYTES))
                    file.flush()
                    os.fsync(file.fileno())
                path.unlink()
            _sync(self._folder)
        except OSError as error:
            raise CollectorError(f"{path} cannot be destroyed ({error.strerror})") from error

    def _path(self, day: int) -> Path:
        return self._folder / f"{date_of(day).isoformat()}.key"


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
