"""Whose releases are taken: the key of the authority that this kiosk has joined, kept where only root writes.

What a release does is done as root. The key that came when the kiosk joined lies where the door's own processes write,
so it counts the first time it is seen, and no other one after it.
"""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kiosk.documents import authority_keys
from kiosk.durable_file import write_whole
from kiosk.update.bundle import UpdateError


def pinned(pin: Path, offered: Path | None) -> dict[str, Ed25519PublicKey]:
    """The key by its id. Raise UpdateError when there is none, or another one is offered now; ConfigError for a file
    that is no key."""
    if offered is None:
        raise UpdateError("this kiosk has no authority yet (authority.key_file): let it join first")
    now = authority_keys(offered)
    if not pin.exists():
        for key in now.values():
            pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            write_whole(pin, pem, 0o644)
    held = authority_keys(pin)
    if held.keys() != now.keys():
        raise UpdateError(
            f"the authority is another one than that in {pin}: if that is right, remove this file"
        )
    return held
