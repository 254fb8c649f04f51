"""What a phone keeps for its holder: their Pass, and, if they asked for it, the answers of their last declaration.

The phone holds it encrypted, in a cookie that no page can read; the portal holds the key and nothing else. Neither half
says anything alone, and whoever has photographed a Pass has neither. See docs/portal.md, "What the phone keeps".
"""

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from collector.errors import CollectorError
from kiosk.durable_file import write_whole

_PURPOSE = b"entrance/portal/phone/v1"
_NONCE_BYTES = 12
_KEY_BYTES = 32
# browsers keep 4,096 bytes of a cookie, its name and attributes included
MAX_BYTES = 2_800

Answer = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """`pass_code` is the text of the Pass, empty when none was issued. `answers` is empty when its holder did not ask
    to be remembered. `questions` is the version that was answered."""

    made_at: datetime
    pass_code: str = field(default="", repr=False)
    questions: int = 0
    answers: Mapping[str, Answer] = field(default_factory=dict, repr=False)


class PhoneKey:
    """The portal's half. `mac` keys other things that only this portal may make."""

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(hmac.digest(key, b"phone", hashlib.sha256))
        self._mac = hmac.digest(key, b"forms", hashlib.sha256)

    def locked(self, kept: Kept) -> bytes | None:
        """What the phone is to hold; None when it would be too long for a cookie."""
        plain = json.dumps(
            {
                "at": kept.made_at.timestamp(),
                "pass": kept.pass_code,
                "questions": kept.questions,
                "answers": kept.answers,
            },
            ensure_ascii=False,
            separators=(",", ":"),
        ).encode()
        if len(plain) > MAX_BYTES:
            return None
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, plain, _PURPOSE)

    def unlocked(self, held: bytes) -> Kept | None:
        """None for what is not of this portal, or was altered."""
        try:
            plain = self._aead.decrypt(held[:_NONCE_BYTES], held[_NONCE_BYTES:], _PURPOSE)
        except (InvalidTag, ValueError):
            return None
        said = json.loads(plain)  # it was made here
        return Kept(
            made_at=datetime.fromtimestamp(said["at"], UTC),
            pass_code=said["pass"],
            questions=said["questions"],
            answers={
                name: tuple(answer) if isinstance(answer, list) else answer
                for name, answer in said["answers"].items()
            },
        )

    def mac(self, text: str) -> str:
        return hmac.new(self._mac, text.encode(), hashlib.sha256).hexdigest()


def phone_key(path: Path) -> PhoneKey:
    """The key in this file, made when there is none. Raise CollectorError when it cannot be had.

    With another one no phone is remembered any more: nothing is lost that cannot be typed again.
    """
    try:
        if not path.exists():
            write_whole(path, secrets.token_bytes(_KEY_BYTES), 0o600)
        key = path.read_bytes()
    except OSError as error:
        raise CollectorError(f"{path} cannot be had ({error.strerror})") from error
    if len(key) != _KEY_BYTES:
        raise CollectorError(f"{path} is damaged: remove it, a new one is made")
    return PhoneKey(key)
