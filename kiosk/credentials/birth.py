"""Dates of birth as the codes write them: whole, partial, masked, or impossible, but never a crash.

People without a known day or month exist, and apps mask what they like. What is known is kept as `YYYY`, `YYYY-MM` or
`YYYY-MM-DD`; a part of zeros or asterisks is unknown.
"""

import re
from datetime import date
from typing import NamedTuple

_ISO = re.compile(r"([0-9]{4}|[0-9*]{4})(?:-([0-9*]{2})(?:-([0-9*]{2}))?)?")
_COMPACT = re.compile(r"(?:([0-9*]{2})([0-9*]{2}))?([0-9]{4})")
_SLASHED = re.compile(r"(?:([0-9]{1,2})/([0-9]{1,2})/)?([0-9]{4})")


class Birth(NamedTuple):
    """`value` is `YYYY-MM-DD`, shorter when less is known, or empty. `odd`: it was written as a day that never was."""

    value: str
    odd: bool = False


def from_iso(text: str) -> Birth | None:
    """From `1990-09-05`, `1990-**-**`, `1990-09`, `1990`, or all masked; None for anything else."""
    match = _ISO.fullmatch(text)
    return _birth(match[1], match[2], match[3]) if match else None


def from_compact(text: str) -> Birth | None:
    """From `05091990`, `00091990`, `00001990` or `1990` (ddmmyyyy); None for anything else."""
    match = _COMPACT.fullmatch(text)
    return _birth(match[3], match[2], match[1]) if match else None


def from_slashed(text: str) -> Birth | None:
    """From `05/09/1990` or `1990`; None for anything else."""
    match = _SLASHED.fullmatch(text)
    return _birth(match[3], match[2], match[1]) if match else None


def _birth(year: str, month: str | None, day: str | None) -> Birth:
    if not _known(year):
        return Birth("")
    if not _known(month):
        return Birth(year)
    if not _known(day):
        possible = 1 <= int(month or 0) <= 12
        return Birth(f"{year}-{month:0>2}") if possible else Birth(year, odd=True)
    try:
        return Birth(date(int(year), int(month or 0), int(day or 0)).isoformat())
    except ValueError:
        return Birth(year, odd=True)


def _known(part: str | None) -> bool:
    return part is not None and "*" not in part and part.strip("0") != ""
