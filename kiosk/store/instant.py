"""Times as SQLite keeps them: whole milliseconds since 1970, UTC."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def ms_of(at: datetime) -> int:
    """Rounded down; negative before 1970."""
    return (at - _EPOCH) // _MILLISECOND
