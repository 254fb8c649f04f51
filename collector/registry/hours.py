"""When a venue expects visitors, as people here write it: `T2-T6 07:00-11:00, 13:00-17:00; T7 07:00-11:00`.

T2 is Monday, CN Sunday; without days every day is meant; `24/24` is always. A span that ends before it begins goes past
midnight. English days (Mon to Sun) are understood and written back in Vietnamese.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from collector.days import ZONE

ALWAYS = "24/24"
_DAY_MIN = 24 * 60
_DAYS = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")
_READ = {day: at for at, day in enumerate(_DAYS)} | {
    day: at for at, day in enumerate(("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"))
}
_SPAN = re.compile(r"(\d{1,2})[:hH](\d{2})\s*[-–]\s*(\d{1,2})[:hH](\d{2})")


class HoursError(ValueError):
    """Not written as hours are."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Minutes since the local midnight of `day` (0 Monday to 6 Sunday); `until_min` may lie on the next day."""

    day: int
    from_min: int
    until_min: int


@dataclass(frozen=True, slots=True)
class Hours:
    """No spans: not known, which is not the same as closed."""

    spans: tuple[Span, ...] = ()

    @property
    def are_known(self) -> bool:
        return bool(self.spans)

    def hold(self, at: datetime) -> bool:
        """Whether visitors are expected at this moment."""
        local = at.astimezone(ZONE)
        minute = local.hour * 60 + local.minute
        today, yesterday = local.weekday(), (local.weekday() - 1) % 7
        return any(
            (span.day == today and span.from_min <= minute < span.until_min)
            or (span.day == yesterday and minute + _DAY_MIN < span.until_min)
            for span in self.spans
        )


NOT_KNOWN = Hours()


def parse(text: str) -> Hours:
    """Raise HoursError when it is not written so, or spans of a day overlap."""
    if not text.strip():
        return NOT_KNOWN
    if text.strip() == ALWAYS:
        return Hours(tuple(Span(day, 0, _DAY_MIN) for day in range(7)))
    spans = sorted(span for part in text.split(";") if part.strip() for span in _part(part.strip()))
    for one, next_one in pairwise(spans):
        if one.day == next_one.day and next_one.from_min < one.until_min:
            raise HoursError(text)
    return Hours(tuple(spans))


def text_of(hours: Hours) -> str:
    """The shortest text that `parse` reads back as these hours."""
    by_day: dict[int, list[str]] = {}
    for span in hours.spans:
        by_day.setdefault(span.day, []).append(f"{_clock(span.from_min)}-{_clock(span.until_min)}")
    by_times: dict[str, list[int]] = {}
    for day, times in sorted(by_day.items()):
        by_times.setdefault(", ".join(times), []).append(day)
    if list(by_times) == [f"00:00-{ALWAYS[:2]}:00"] and len(by_day) == len(_DAYS):
        return ALWAYS
    return "; ".join(
        times if len(days) == len(_DAYS) else f"{_days_text(days)} {times}"
        for times, days in by_times.items()
    )


def _part(text: str) -> list[Span]:
    first, _, rest = text.partition(" ")
    days = range(7) if first[:1].isdigit() else _days(first.upper(), text)
    times = text if first[:1].isdigit() else rest
    found = [_span(each.strip(), text) for each in times.split(",")]
    return [Span(day, start, end) for day in days for start, end in found]


def _days(text: str, whole: str) -> list[int]:
    days: list[int] = []
    for piece in text.split(","):
        first, _, last = piece.partition("-")
        if first not in _READ or (last and last not in _READ):
            raise HoursError(whole)
        begin, end = _READ[first], _READ[last or first]
        if end < begin:
            raise HoursError(whole)
        days += range(begin, end + 1)
    return sorted(set(days))


def _span(text: str, whole: str) -> tuple[int, int]:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise HoursError(whole)
    hours_1, minutes_1, hours_2, minutes_2 = (int(each) for each in found.groups())
    start, end = hours_1 * 60 + minutes_1, hours_2 * 60 + minutes_2
    if minutes_1 > 59 or minutes_2 > 59 or start >= _DAY_MIN or end > _DAY_MIN or start == end:
        raise HoursError(whole)
    return start, end if end > start else end + _DAY_MIN


def _clock(minute: int) -> str:
    shown = minute if minute <= _DAY_MIN else minute - _DAY_MIN
    return f"{shown // 60:02}:{shown % 60:02}"


def _days_text(days: list[int]) -> str:
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ",".join(
        _DAYS[run[0]] if len(run) == 1 else f"{_DAYS[run[0]]}-{_DAYS[run[-1]]}" for run in runs
    )
