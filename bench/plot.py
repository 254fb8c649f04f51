"""A record as a picture: for each figure a bar of ours, one of the peer, and a mark where the goal is."""

from html import escape

from bench.record import Record, Seen
from bench.report import number_text

_WIDTH, _BARS_PX, _LEFT, _TOP = 760, 500, 20, 46
_OURS, _SHORT, _PEER, _INK, _SOFT = "#0B3D91", "#A3121A", "#B8C2CC", "#111111", "#55616C"
_FONT = 'font-family="Noto Sans, sans-serif"'


def svg(record: Record) -> str:
    """Each figure has a scale of its own, from zero: units differ. A figure with neither goal nor peer is left out."""
    rows = [one for one in record.seen if _is_drawn(one)]
    drawn, y = [], _TOP
    for one in rows:
        lines, height = _row(one, y)
        drawn += lines
        y += height
    kind = "quick run" if record.quick else "full run"
    title = f"bench.{record.name}, {kind}, {record.ended_at:%d/%m/%Y}"
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y}" {_FONT} role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{_WIDTH}" height="{y}" fill="#FFFFFF"/>',
        _text(_LEFT, 24, title, 15, _INK, bold=True),
    ]
    return "\n".join([*head, *drawn, "</svg>", ""])


def _is_drawn(one: Seen) -> bool:
    figure = one.figure
    return figure.value is not None and (figure.goal is not None or figure.peer_value is not None)


def _row(one: Seen, top: int) -> tuple[list[str], int]:
    figure = one.figure
    value = figure.value or 0.0
    high = one.high if one.high is not None else value
    scale = _BARS_PX / (max(value, high, figure.goal or 0.0, figure.peer_value or 0.0) or 1.0)
    lines = [_text(_LEFT, top + 12, figure.name, 13, _INK)]
    bar = top + 18
    lines += _bar(bar, value, scale, _SHORT if figure.reached is False else _OURS, "ours")
    if one.low is not None and one.low != high:
        lines.append(_line(_LEFT + max(one.low, 0.0) * scale, _LEFT + high * scale, bar + 7, _INK))
    height = 40
    if figure.peer_value is not None:
        lines += _bar(bar + 17, figure.peer_value, scale, _PEER, figure.peer or "peer")
        height += 17
    if figure.goal is not None:
        at = _LEFT + figure.goal * scale
        end = top + height - 6
        lines.append(
            f'<path d="M{at:.1f} {top + 15}V{end}" stroke="{_INK}" stroke-dasharray="3 2"/>'
        )
        side = "≥" if figure.higher_is_better else "≤"
        said = f"goal {side} {number_text(figure.goal)}"
        lines.append(_text(_WIDTH - _LEFT, top + 12, said, 12, _SOFT, anchor="end"))
    return lines, height + 8


def _bar(top: int, value: float, scale: float, colour: str, words: str) -> list[str]:
    width = max(value, 0.0) * scale
    return [
        f'<rect x="{_LEFT}" y="{top}" width="{max(width, 1):.1f}" height="14" fill="{colour}"/>',
        _text(_LEFT + width + 6, top + 12, f"{number_text(value)} {words}", 12, _SOFT),
    ]


def _line(begin: float, end: float, y: int, colour: str) -> str:
    return f'<path d="M{begin:.1f} {y}H{end:.1f}" stroke="{colour}" stroke-width="2"/>'


def _text(
    x: float, y: float, said: str, size: int, colour: str, *, bold: bool = False, anchor: str = ""
) -> str:
    weight = ' font-weight="700"' if bold else ""
    side = f' text-anchor="{anchor}"' if anchor else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}"{weight}{side}>'
        f"{escape(said)}</text>"
    )
