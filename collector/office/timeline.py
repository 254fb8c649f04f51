"""Where a case was, drawn: a row a day, a bar a stay. Numbers for an SVG, no words but the venue's name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from collector.tracing.trace import Traced

HOUR_PX = 36
ROW_PX = 30
LEFT_PX = 96
_DAY_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    y: int
    width: float
    name: str
    is_sure: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """`days` are those with a stay, each with the y of its row."""

    width: int
    height: int
    days: Sequence[tuple[date, int]]
    hours: Sequence[tuple[int, int]]
    bars: Sequence[Bar]


def timeline(traced: Traced, names: Mapping[int, str]) -> Timeline:
    begin_s = traced.question.begin_s
    first = traced.question.first_day
    rows: dict[int, int] = {}
    bars = []
    for stay in traced.own:
        # a night that was scanned out lies on two days
        for day in range((stay.tin - begin_s) // _DAY_S, (stay.tout - 1 - begin_s) // _DAY_S + 1):
            y = rows.setdefault(day, 24 + len(rows) * ROW_PX)
            midnight_s = begin_s + day * _DAY_S
            tin, tout = max(stay.tin, midnight_s), min(stay.tout, midnight_s + _DAY_S)
            x = LEFT_PX + (tin - midnight_s) / 3600 * HOUR_PX
            width = max((tout - tin) / 3600 * HOUR_PX, 3)
            bars.append(Bar(round(x, 1), y, round(width, 1), names[stay.venue], stay.is_sure))
    return Timeline(
        LEFT_PX + 24 * HOUR_PX + 12,
        24 + len(rows) * ROW_PX,
        [(first + timedelta(days=day), y) for day, y in rows.items()],
        [(hour, LEFT_PX + hour * HOUR_PX) for hour in range(0, 25, 3)],
        bars,
    )
