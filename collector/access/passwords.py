"""Passwords: argon2id as the library sets it (RFC 9106, low memory: 64 MiB), temporary ones, what will do."""

import secrets
import threading

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

from collector.both import Both

MIN_CHARACTERS, MAX_CHARACTERS = 12, 128
# without letters and digits that are taken for another
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 4, 4
# each takes 64 MiB and a core: whoever floods the page of signing in waits, the machine lives
_AT_ONCE = threading.Semaphore(2)


# a test has no time for 64 MiB
HASHER = argon2.PasswordHasher()
# what an unknown name is compared with, so that it takes as long as a known one: the hash of a text nobody has kept
OF_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$X0T1iwnS+O3wKPjMiaPvoA$Qi+kCVQz336ZLMuyiXedm/G7JA5VZqWIkIWOMkIz+a0"


def hashed(password: str, hasher: argon2.PasswordHasher = HASHER) -> str:
    with _AT_ONCE:
        return hasher.hash(password)


def matches(password: str, password_hash: str, hasher: argon2.PasswordHasher = HASHER) -> bool:
    """A longer one than anybody could have set is not even looked at."""
    if len(password) > MAX_CHARACTERS:
        return False
    try:
        with _AT_ONCE:
            return hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def temporary() -> str:
    """79 bits, to be read out or typed from paper."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


def fault_of(password: str, name: str) -> Both | None:
    """Why this will not do as a password of one's own. Length counts, not signs (NIST SP 800-63B)."""
    if len(password) < MIN_CHARACTERS:
        return Both(
            f"cần ít nhất {MIN_CHARACTERS} ký tự: một câu ngắn là tốt",
            f"needs {MIN_CHARACTERS} characters or more: a short sentence is good",
        )
    if len(password) > MAX_CHARACTERS:
        return Both(f"nhiều nhất {MAX_CHARACTERS} ký tự", f"{MAX_CHARACTERS} characters at most")
    if name in password.lower() or len(set(password)) < 5:
        return Both("quá dễ đoán", "is too easy to guess")
    return None
