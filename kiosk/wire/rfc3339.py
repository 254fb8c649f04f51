"""Times as text: RFC 3339, UTC. `datetime.fromisoformat` alone also takes week dates and bare digits."""

import re
from datetime import UTC, datetime

_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})", re.ASCII)


def time_text(at: datetime) -> str:
    """`2026-11-24T01:00:00.000000Z`. Raise ValueError for a time without a zone."""
    if at.tzinfo is None:
        raise ValueError("a time on the wire is aware")
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def parse_time(text: str) -> datetime | None:
    """The time in UTC, or None when `text` is none."""
    if not _TIME.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
