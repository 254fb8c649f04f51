"""PINs: six digits, argon2id. Few digits are enough because whoever guesses waits, longer each time, and on disk."""

import secrets
import threading

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

DIGITS = 6
# 19 MiB, twice: the least of OWASP's list, half a second on a Pi 3
HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# one at a time: whoever floods the page of signing in waits, the door does not
_ONE = threading.Semaphore(1)
_EASY = ("0123456789", "9876543210")


def random_pin() -> str:
    while fault_of(pin := f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"):
        pass
    return pin


def fault_of(pin: str) -> str:
    """Why this is no PIN, in words of the catalogue; empty when it will do."""
    if len(pin) != DIGITS or not (pin.isascii() and pin.isdecimal()):
        return "A PIN has 6 digits"
    if len(set(pin)) < 3 or any(pin in row for row in _EASY):
        return "This PIN is too easy to guess"
    return ""


def hashed(pin: str, hasher: argon2.PasswordHasher = HASHER) -> str:
    with _ONE:
        return hasher.hash(pin)


def matches(pin: str, pin_hash: str, hasher: argon2.PasswordHasher = HASHER) -> bool:
    if len(pin) != DIGITS:
        return False
    try:
        with _ONE:
            return hasher.verify(pin_hash, pin)
    except (VerificationError, InvalidHashError):
        return False
