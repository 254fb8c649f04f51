"""Bytes of a code -> text, by the one rule that never guesses: strict UTF-8, then NFC.

A failure is "unreadable", shown as such; it is never repaired. Limits come first, for a code is hostile input.
"""

import re
import unicodedata

# a QR code holds 2,953 bytes at most (ISO/IEC 18004, version 40-L)
MAX_BYTES = 3000
MAX_FIELDS = 40
MAX_FIELD_CHARS = 300

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_DIGITS = frozenset("0123456789")


class Unreadable(ValueError):
    """These bytes are no text of a personal code."""


def text_of(data: bytes) -> str:
    """The text of a code without BOM, outer blanks and line ends. Raise Unreadable."""
    if len(data) > MAX_BYTES:
        raise Unreadable("too long")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable("not UTF-8") from error
    text = text.removeprefix("\ufeff").rstrip("\x00\r\n ").lstrip(" \r\n")
    if not text or _CONTROL.search(text):
        raise Unreadable("empty, or control bytes")
    return unicodedata.normalize("NFC", text)


def fields_of(text: str, at_most: int = MAX_FIELDS) -> list[str] | None:
    """The fields between bars, split at most into that many; None when they are too many or too long.

    Fields are split before anything is trimmed: one may begin with a blank.
    """
    if text.count("|") >= MAX_FIELDS:
        return None
    fields = text.split("|", at_most - 1)
    if any(len(field) > MAX_FIELD_CHARS for field in fields):
        return None
    return fields


def is_digits(text: str, count: int) -> bool:
    """Exactly that many ASCII digits: `str.isdigit` would take Khmer ones and superscripts as well."""
    return len(text) == count and all(char in _DIGITS for char in text)
