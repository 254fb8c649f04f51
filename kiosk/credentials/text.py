"""The bytes of a code as text: strict, normalised, never repaired by guessing (docs/codes.md, "Text").

A reader hands over bytes; everything that is compared or shown later goes through here first.
"""

import re
import unicodedata

# A QR code holds 2,953 bytes at most; more comes from a faulty reader or from somebody with a plan.
MAX_BYTES = 3000
MAX_FIELDS = 40
MAX_FIELD_CHARACTERS = 300

_BOM = "\ufeff"
# C0, DEL, C1, line and paragraph separators, and the marks that turn the direction of what is shown to staff
_REFUSED = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def decode(data: bytes) -> str | None:
    """The text without one leading BOM and without trailing NULs and line ends, or None when it is no UTF-8 or too
    long. Outer spaces stay: a base45 payload may end with one.
    """
    if len(data) > MAX_BYTES:
        return None
    try:
        text = data.decode("utf-8", errors="strict")
    except UnicodeDecodeError:
        return None
    return text.removeprefix(_BOM).rstrip("\x00\r\n")


def is_plain(text: str) -> bool:
    """Whether the text is free of control characters."""
    return _REFUSED.search(text) is None


def normal(text: str) -> str:
    """NFC: `Hòa` typed on two keyboards is one string. `Hoà` and `Hòa` stay two."""
    return unicodedata.normalize("NFC", text)


def split(
    text: str, separator: str, most: int = -1, longest: int = MAX_FIELD_CHARACTERS
) -> list[str] | None:
    """The fields as they are, untrimmed, cut at most `most` times; None when they are too many or one is too long."""
    fields = text.split(separator, most)
    if len(fields) > MAX_FIELDS or any(len(field) > longest for field in fields):
        return None
    return fields


def is_digits(text: str) -> bool:
    """ASCII digits only, at least one; `str.isdigit` would take Khmer digits and superscripts too."""
    return text.isascii() and text.isdigit()
