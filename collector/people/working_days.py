"""Until when a person must be answered: the law gives two working days, Monday to Friday of Asia/Ho_Chi_Minh. Holidays
are not known here: whoever answers by this date is never late."""

from datetime import date, datetime, timedelta

from collector.days import ZONE

ANSWER_WITHIN = 2
_SATURDAY = 5


def due(asked_at: datetime, days: int = ANSWER_WITHIN) -> date:
    """The last day, to its evening. The day on which somebody asks does not count."""
    found = asked_at.astimezone(ZONE).date()
    while days:
        found += timedelta(days=1)
        days -= found.weekday() < _SATURDAY
    return found
