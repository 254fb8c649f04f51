"""The report as one HTML file that a mail program shows: tables with their styles beside them, nothing fetched, no
script, bars of coloured cells instead of drawings.
"""

from collections.abc import Sequence
from html import escape

from collector.both import Both
from collector.days import local_text
from collector.statistics import tables, words
from collector.statistics.shapes import DayReport
from collector.statistics.tables import Table

# beyond it a mail is not read; the CSV has them all
MOST_ROWS = 60
_FONT = "font-family:'Noto Sans',Arial,sans-serif;"
_CELL = f"{_FONT}font-size:14px;padding:6px 10px;border-bottom:1px solid #dfe5e9;"
_HEAD = f"{_FONT}font-size:12px;padding:6px 10px;color:#586773;vertical-align:bottom;"


def html_of(report: DayReport) -> bytes:
    title = f"{words.TITLE.vi} {words.day_text(report.day)}"
    as_of = f"{words.AS_OF.vi} {local_text(report.made_at)} · {words.TITLE.en}, {words.AS_OF.en} the same"
    figures = tables.headline(report) + tables.venue_headline(report) + tables.how_declared(report)
    parts = [
        f'<h1 style="{_FONT}font-size:22px;color:#0c5460;margin:0">{escape(title)}</h1>',
        f'<p style="{_FONT}font-size:13px;color:#586773;margin:4px 0 16px">{escape(as_of)}</p>',
        _figures(figures),
        _figures(tables.what_is_not_here(report)),
        _bars(report),
        *(_table(table) for table in tables.all_tables(report) if table.name != "trend"),
    ]
    page = (
        f'<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>{escape(title)}</title></head>'
        f'<body style="margin:24px;background:#fff;color:#16222c">{"".join(parts)}</body></html>\n'
    )
    return page.encode("utf-8")


def _figures(figures: Sequence[tuple[Both, str]]) -> str:
    cells = "".join(
        f'<td style="{_FONT}padding:6px 22px 10px 0"><span style="font-size:24px;font-weight:bold">'
        f'{escape(figure)}</span><br><span style="font-size:13px">{_both(name)}</span></td>'
        for name, figure in figures
    )
    return f'<table role="presentation" cellspacing="0"><tr>{cells}</tr></table>'


def _bars(report: DayReport) -> str:
    most = max([one.tally.visits for one in report.trend] or [0]) or 1
    rows = "".join(
        f'<tr><td style="{_CELL}border:0">{one.day:%d/%m}</td><td style="padding:2px 10px">'
        f'<div style="background:#0c5460;height:14px;width:{round(one.tally.visits / most * 320)}px"></div></td>'
        f'<td style="{_CELL}border:0;text-align:right">{words.number_text(one.tally.visits)}</td></tr>'
        for one in report.trend
    )
    return f'{_heading(words.TREND)}<table cellspacing="0">{rows}</table>'


def _table(table: Table) -> str:
    if not table.rows:
        return f'{_heading(table.title)}<p style="{_FONT}font-size:14px">{_both(table.empty)}</p>'
    head = "".join(
        f'<th align="{_side(table, at)}" style="{_HEAD}">{_both(column)}</th>'
        for at, column in enumerate(table.columns)
    )
    rows = "".join(
        "<tr>"
        + "".join(
            f'<td align="{_side(table, at)}" style="{_CELL}">{_cell(cell)}</td>'
            for at, cell in enumerate(row)
        )
        + "</tr>"
        for row in table.rows[:MOST_ROWS]
    )
    more = len(table.rows) - MOST_ROWS
    rest = f'<p style="{_FONT}">+ {more}: CSV</p>' if more > 0 else ""
    return f'{_heading(table.title)}<table cellspacing="0"><tr>{head}</tr>{rows}</table>{rest}'


def _heading(title: Both) -> str:
    return f'<h2 style="{_FONT}font-size:17px;margin:24px 0 6px">{_both(title)}</h2>'


def _cell(cell: str | Both) -> str:
    return _both(cell) if isinstance(cell, Both) else escape(cell)


def _both(text: Both) -> str:
    if text.vi == text.en:
        return escape(text.vi)
    return f'{escape(text.vi)} <span style="color:#586773;font-size:.86em">{escape(text.en)}</span>'


def _side(table: Table, at: int) -> str:
    return "right" if at in table.numbers else "left"
