"""A declaration on paper that is typed in later: which times are believed. Pure."""

from datetime import datetime, timedelta
from enum import StrEnum


class PaperFault(StrEnum):
    FUTURE = "future"
    TOO_OLD = "too_old"


def fault_of(on_paper_at: datetime, now: datetime, kept: timedelta) -> PaperFault | None:
    """None for a time that may stand on a paper: not after now, and not longer ago than `kept` (the policy's days)."""
    if on_paper_at > now:
        return PaperFault.FUTURE
    return PaperFault.TOO_OLD if now - on_paper_at > kept else None
