"""A name for a person that nobody can read back without the key, and that means nothing after it.

The key is random, lives in RAM, and is never written: numbers that can be enumerated, such as a 12-digit card number,
are found in seconds by whoever holds it.
"""

import hashlib
import hmac
import secrets

KEY_BYTES = 32


def new_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


def pseudonym(key: bytes, scheme: str, value: str) -> bytes:
    """32 bytes: HMAC-SHA256 over scheme and value, parted by a NUL so that no two pairs run together."""
    return hmac.digest(key, f"{scheme}\0{value}".encode(), hashlib.sha256)
