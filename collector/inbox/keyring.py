"""The keys that the inbox uses while it runs: what signs receipts, what opens `link`, what makes pseudonyms.

Read again when their folder changes, so that a new key counts without a restart.
"""

import logging
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from collector import keys
from collector.errors import CollectorError
from collector.keys import KeyKind

log = logging.getLogger(__name__)


class Keyring:
    """The constructor reads nothing; `open` does, and `refresh` when there is something new."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen_ns = -1
        self._receipt: Ed25519PrivateKey | None = None
        self.opening: dict[str, X25519PrivateKey] = {}  # by key id
        self.pseudonym: bytes | None = None
        self.command: Ed25519PrivateKey | None = None

    @property
    def receipt(self) -> Ed25519PrivateKey:
        """Raise CollectorError before `open`."""
        if self._receipt is None:
            raise CollectorError(
                f"{self._folder} has no receipt key: `collector keys new receipt --dir {self._folder}`"
            )
        return self._receipt

    def open(self) -> None:
        """Raise CollectorError without a key for receipts, or with a damaged one."""
        self._read()
        if not (self.receipt and self.opening and self.pseudonym):
            log.warning("without an ingest key and a pseudonym key nobody is recognised again")

    def refresh(self) -> None:
        """Keep what there is when the folder cannot be read just now."""
        try:
            if self._folder.stat().st_mtime_ns != self._seen_ns:
                self._read()
        except (CollectorError, OSError) as error:
            log.error("the keys are not read again: %s", error)

    def _read(self) -> None:
        seen_ns = self._folder.stat().st_mtime_ns if self._folder.is_dir() else -1
        receipt = keys.signing_key(self._folder, KeyKind.RECEIPT)
        self.opening = keys.opening_keys(self._folder)
        self.pseudonym = keys.pseudonym_key(self._folder)
        self.command = keys.signing_key(self._folder, KeyKind.COMMAND)
        self._receipt = receipt or self._receipt
        self._seen_ns = seen_ns
