"""Charts as SVG text, for pages: bars with their figures in words beside them. No script, no font of its own."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

from collector.statistics.shapes import DayTotal, Group
from collector.statistics.words import number_text

_TEAL, _LIGHT, _RED, _INK, _SOFT = "#0c5460", "#9fc6cc", "#a3202a", "#16222c", "#586773"
_BAR, _GAP, _HEIGHT = 44, 12, 150
_ROW, _LABEL, _WIDTH = 26, 190, 560


def trend(days: Sequence[DayTotal]) -> str:
    """Visits of each day; the last day is the report's."""
    most = max([one.tally.visits for one in days] or [0]) or 1
    width = len(days) * (_BAR + _GAP)
    parts = []
    for at, one in enumerate(days):
        height = round(one.tally.visits / most * _HEIGHT)
        left, top = at * (_BAR + _GAP), 24 + _HEIGHT - height
        colour = _TEAL if at == len(days) - 1 else _LIGHT
        middle = left + _BAR / 2
        parts += [
            f'<rect x="{left}" y="{top}" width="{_BAR}" height="{height}" rx="3" fill="{colour}"/>',
            _text(middle, top - 6, number_text(one.tally.visits), 12, _INK),
            _text(middle, 24 + _HEIGHT + 16, f"{one.day:%d/%m}", 12, _SOFT),
        ]
    return _svg(width, _HEIGHT + 48, "Lượt mỗi ngày · Visits of each day", parts)


def silent_by_district(groups: Sequence[Group]) -> str:
    """Silent among registered venues of each district."""
    most = max([one.venues.registered for one in groups] or [0]) or 1
    parts = []
    for at, one in enumerate(groups):
        top = at * _ROW
        whole = one.venues.registered / most * _WIDTH
        share = one.venues.silent / most * _WIDTH
        parts += [
            _text(_LABEL - 10, top + 17, one.name.vi, 13, _INK, "end"),
            f'<rect x="{_LABEL}" y="{top + 4}" width="{whole:.0f}" height="18" rx="3" fill="#dfe5e9"/>',
            f'<rect x="{_LABEL}" y="{top + 4}" width="{share:.0f}" height="18" rx="3" fill="{_RED}"/>',
            _text(
                _LABEL + whole + 8,
                top + 18,
                f"{one.venues.silent} / {one.venues.registered}",
                13,
                _INK,
                "start",
            ),
        ]
    height = max(1, len(groups)) * _ROW
    return _svg(_LABEL + _WIDTH + 90, height, "Im lặng theo huyện · Silent by district", parts)


def _svg(width: float, height: float, title: str, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-label="{escape(title)}">{"".join(parts)}</svg>'
    )


def _text(x: float, y: float, text: str, size: int, colour: str, anchor: str = "middle") -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{colour}" text-anchor="{anchor}">'
        f"{escape(text)}</text>"
    )
