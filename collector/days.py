"""A day is a day of Asia/Ho_Chi_Minh, counted from 1 January 1970 there.

The zone has been UTC+7 without a break since 1975, so that no table of zones is needed, and whole numbers cannot
overflow on a kiosk whose clock says 9999.
"""

from datetime import UTC, date, datetime, timedelta, timezone

ZONE = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_FIRST_MS = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _MS
_LAST_MS = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MS
_HOUR_MS = 3600 * 1000
DAY_MS = 24 * _HOUR_MS
OFFSET_MS = 7 * 3600 * 1000


def ms_of(at: datetime) -> int:
    """Milliseconds since 1970, UTC."""
    return (at - _EPOCH) // _MS


def at_ms(ms: int) -> datetime:
    """The last moment there is, for one that lies beyond it: a hostile boot time may place an event there."""
    return _EPOCH + min(max(ms, _FIRST_MS), _LAST_MS) * _MS


def day_of(ms: int) -> int:
    return (ms + OFFSET_MS) // DAY_MS


def hour_of(ms: int) -> int:
    """0 to 23, there."""
    return (ms + OFFSET_MS) % DAY_MS // _HOUR_MS


def day_begin_ms(day: int) -> int:
    return day * DAY_MS - OFFSET_MS


def day_number(day: date) -> int:
    return day.toordinal() - _EPOCH.toordinal()


def date_of(day: int) -> date:
    return date.fromordinal(day + _EPOCH.toordinal())


def local_text(at: datetime) -> str:
    """`24/11/2026 08:00:00`."""
    try:
        return f"{at.astimezone(ZONE):%d/%m/%Y %H:%M:%S}"
    except OverflowError:
        return f"{at:%d/%m/%Y %H:%M:%S} UTC"
