"""What the collector asks of one kiosk. Signed, expiring, done once, and answered by a notice of the kiosk."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.wire import signed, strict_json
from kiosk.wire.errors import Refusal, WireError
from kiosk.wire.ids import UUID7
from kiosk.wire.rfc3339 import time_text
from kiosk.wire.signed import Purpose
from kiosk.wire.topics import KIOSK_ID


class CommandName(StrEnum):
    IDENTIFY = "identify"  # blink, so that somebody finds this kiosk among others
    PAUSE = "pause"
    RESUME = "resume"
    RESTART = "restart"
    DIAGNOSTICS = "diagnostics"


@dataclass(frozen=True, slots=True)
class Command:
    """A `name` that is no CommandName is one of a newer collector: answered with a refusal."""

    id: str  # UUIDv7
    kiosk: str
    name: str
    issued_at: datetime
    expires_at: datetime
    arguments: Mapping[str, Any] = field(default_factory=dict)


def sign(command: Command, key: Ed25519PrivateKey) -> bytes:
    """The bytes to publish. Raise WireError for a command that `verified` would refuse."""
    message = {
        "id": command.id,
        "kiosk": command.kiosk,
        "name": command.name,
        "issued": time_text(command.issued_at),
        "expires": time_text(command.expires_at),
        "arguments": dict(command.arguments),
    }
    _parse(message)
    return signed.sign(strict_json.dumps(message), Purpose.COMMAND, key)


def verified(payload: bytes, keys: Mapping[str, Ed25519PublicKey]) -> Command:
    """Raise WireError, and nothing else, for what no key of `keys` has signed or what is no command."""
    return _parse(strict_json.loads(signed.verified(payload, Purpose.COMMAND, keys)))


def _parse(fields: Mapping[str, Any]) -> Command:
    command_id = strict_json.text_of(fields, "id", Refusal.BAD_ID)
    if not UUID7.fullmatch(command_id):
        raise WireError(Refusal.BAD_ID, "id")
    kiosk = strict_json.text_of(fields, "kiosk", Refusal.WRONG_KIOSK)
    if not KIOSK_ID.fullmatch(kiosk):
        raise WireError(Refusal.WRONG_KIOSK, "kiosk")
    arguments = fields.get("arguments")
    if not isinstance(arguments, dict):
        raise WireError(Refusal.BAD_DATA, "arguments")
    return Command(
        id=command_id,
        kiosk=kiosk,
        name=strict_json.text_of(fields, "name", Refusal.BAD_TYPE, 40),
        issued_at=strict_json.time_of(fields, "issued"),
        expires_at=strict_json.time_of(fields, "expires"),
        arguments=arguments,
    )
