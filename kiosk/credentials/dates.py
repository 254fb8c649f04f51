"""Dates as cards hold them: people without a known day or month of birth exist, and a partial date stays partial."""

import re
from datetime import date

_ISO = re.compile(r"(\d{4})-(\d{2}|\*{2})-(\d{2}|\*{2})")
_FIRST_YEAR = 1900


def from_ddmmyyyy(text: str) -> str | None:
    """`05091990` -> `1990-09-05`, `00091990` -> `1990-09`, `00001990` -> `1990`; None when it is no date."""
    if len(text) != 8 or not text.isascii() or not text.isdecimal():
        return None
    return _partial(text[4:], text[2:4], text[:2])


def from_iso(text: str) -> str | None:
    """`1990-09-05`, also with day or month masked by `**`; None when it is no date."""
    match = _ISO.fullmatch(text) if text.isascii() else None
    if match is None:
        return None
    year, month, day = match.groups()
    return _partial(year, month.replace("**", "00"), day.replace("**", "00"))


def from_slashes(text: str) -> str | None:
    """`05/09/1990` or `1990`; None when it is no date."""
    parts = text.split("/")
    if len(parts) == 1 and len(text) == 4:
        return from_ddmmyyyy("0000" + text)
    if [len(part) for part in parts] != [2, 2, 4]:
        return None
    return from_ddmmyyyy("".join(parts))


def _partial(year: str, month: str, day: str) -> str | None:
    if int(year) < _FIRST_YEAR:
        return None
    if month == "00":
        return year
    if not 1 <= int(month) <= 12:
        return None
    if day == "00":
        return f"{year}-{month}"
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None
