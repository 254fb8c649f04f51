"""The report on paper, A4: page 1 totals, trend and silent venues by district; page 2 the silent venues with who
answers for them and why; then the tables. Letters are outlines (collector.registry.lettering): right on any machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from collector.both import Both
from collector.days import local_text
from collector.registry import lettering
from collector.registry.drawing import Colour, Drawing, Shape, pdf, rectangle
from collector.statistics import tables, words
from collector.statistics.shapes import DayReport
from collector.statistics.tables import Cell, Table
from collector.statistics.words import number_text

WIDTH_MM, HEIGHT_MM = 210.0, 297.0
MARGIN_MM = 14.0
ROOM_MM = WIDTH_MM - 2 * MARGIN_MM
FOOT_MM = 12.0
# beyond it nobody reads paper; the CSV has them all
MOST_ROWS = 400
_SHORT = 14
INK, SOFT, TEAL, WHITE = (22, 34, 44), (88, 103, 115), (12, 84, 96), (255, 255, 255)
LIGHT, PALE, RED, LINE = (159, 198, 204), (236, 241, 243), (163, 32, 42), (205, 213, 219)
_BODY_MM, _SMALL_MM = 3.0, 2.4


@dataclass
class _Page:
    title: str
    shapes: list[Shape] = field(default_factory=list)

    def box(self, left: float, top: float, width: float, height: float, colour: Colour) -> None:
        if width > 0 and height > 0:
            self.shapes.append(Shape([rectangle(left, top, width, height)], colour))

    def text(
        self,
        text: str,
        left: float,
        base: float,
        size: float = _BODY_MM,
        colour: Colour = INK,
        *,
        bold: bool = False,
        side: float = 0.0,
        room: float = 0.0,
    ) -> None:
        """`side` 0 begins at `left`, 0.5 is centred on it, 1 ends there; smaller when it would be wider than `room`."""
        width = lettering.width_mm(text, size, bold=bold)
        if room and width > room:
            size, width = size * room / width, room
        letters = lettering.stamps(text, size, left - side * width, base, bold=bold)
        self.shapes.append(Shape([], colour, letters))

    def both(self, text: Both, left: float, base: float, size: float, *, bold: bool = True) -> None:
        self.text(text.vi, left, base, size, bold=bold)
        if text.en != text.vi:
            after = left + lettering.width_mm(text.vi, size, bold=bold) + size * 0.5
            self.text(text.en, after, base, size * 0.78, SOFT)


def pdf_of(report: DayReport) -> bytes:
    pages = _pages(report)
    return pdf(*(Drawing(one.title, WIDTH_MM, HEIGHT_MM, one.shapes) for one in pages))


def _pages(report: DayReport) -> list[_Page]:
    title = f"{words.TITLE.vi} {words.day_text(report.day)}"
    found = [_first(report, title)]
    book = _Book(title, found)
    for table in tables.all_tables(report):
        if table.name == "silent":
            book.new_page()
        book.table(table)
    for number, page in enumerate(found, 1):
        base = HEIGHT_MM - 7
        page.text(
            f"{title} · {words.AS_OF.vi} {local_text(report.made_at)}", MARGIN_MM, base, 2.5, SOFT
        )
        page.text(f"{number} / {len(found)}", WIDTH_MM - MARGIN_MM, base, 2.5, SOFT, side=1)
    return found


def _first(report: DayReport, title: str) -> _Page:
    page = _Page(title)
    page.box(0, 0, WIDTH_MM, 36, TEAL)
    page.text(words.TITLE.vi, MARGIN_MM, 16, 8.5, WHITE, bold=True)
    page.text(words.TITLE.en, MARGIN_MM, 23, 4, (191, 221, 225))
    page.text(words.day_text(report.day), WIDTH_MM - MARGIN_MM, 16, 8.5, WHITE, bold=True, side=1)
    as_of = f"{words.AS_OF.vi} / {words.AS_OF.en} {local_text(report.made_at)}"
    page.text(as_of, WIDTH_MM - MARGIN_MM, 23, 3.4, (191, 221, 225), side=1)
    colours = [INK, INK, (11, 107, 53), (154, 98, 0), RED]
    _figures(page, tables.headline(report), 44, 9.5, colours)
    _figures(page, tables.venue_headline(report), 70, 9.5, [INK, INK, TEAL, RED])
    _figures(page, tables.how_declared(report), 96, 6.5, [INK] * 4)
    page.both(words.TREND, MARGIN_MM, 124, 4.4)
    _trend(page, report, 128, 50)
    page.both(words.SILENT_BY_DISTRICT, MARGIN_MM, 196, 4.4)
    _districts(page, report, 200, 62)
    not_here = tables.what_is_not_here(report)
    _figures(page, not_here, 264, 5, [INK] * len(not_here))
    return page


def _figures(
    page: _Page,
    figures: Sequence[tuple[Both, str]],
    top: float,
    size: float,
    colours: Sequence[Colour],
) -> None:
    width = (ROOM_MM + 3) / len(figures)
    for at, ((name, figure), colour) in enumerate(zip(figures, colours, strict=True)):
        left = MARGIN_MM + at * width
        page.box(left, top, width - 3, size * 0.9 + 11, PALE)
        page.text(
            figure, left + 4, top + size * 0.9 + 1.5, size, colour, bold=True, room=width - 10
        )
        page.text(name.vi, left + 4, top + size * 0.9 + 5.6, 3.1, INK, bold=True, room=width - 10)
        page.text(name.en, left + 4, top + size * 0.9 + 9, 2.6, SOFT, room=width - 10)


def _trend(page: _Page, report: DayReport, top: float, height: float) -> None:
    most = max([one.tally.visits for one in report.trend] or [0]) or 1
    step = ROOM_MM / max(1, len(report.trend))
    foot = top + height + 4
    for at, one in enumerate(report.trend):
        bar = one.tally.visits / most * (height - 4)
        left = MARGIN_MM + at * step
        is_today = one.day == report.day
        page.box(left + 1, foot - bar, step - 2, bar, TEAL if is_today else LIGHT)
        middle = left + step / 2
        visits = number_text(one.tally.visits)
        page.text(visits, middle, foot - bar - 1.2, 2.7, INK, side=0.5, bold=is_today, room=step)
        page.text(f"{one.day:%d/%m}", middle, foot + 4, 2.7, INK if is_today else SOFT, side=0.5)
    page.box(MARGIN_MM, foot, ROOM_MM, 0.25, LINE)


def _districts(page: _Page, report: DayReport, top: float, height: float) -> None:
    groups = report.districts
    step = min(7.0, height / max(1, len(groups)))
    most = max([one.venues.registered for one in groups] or [0]) or 1
    label, room = 40.0, ROOM_MM - 40 - 32
    for at, one in enumerate(groups):
        base = top + at * step + step * 0.68
        size = min(3.2, step * 0.55)
        page.text(one.name.vi, MARGIN_MM, base, size, room=label - 2)
        left, bar = MARGIN_MM + label, step * 0.62
        page.box(left, base - bar + 0.6, one.venues.registered / most * room, bar, PALE)
        page.box(left, base - bar + 0.6, one.venues.silent / most * room, bar, RED)
        told = f"{number_text(one.venues.silent)} / {number_text(one.venues.registered)}"
        page.text(told, WIDTH_MM - MARGIN_MM, base, size, side=1, bold=True)


@dataclass
class _Book:
    """Tables one below the other, over as many pages as they need."""

    title: str
    pages: list[_Page]
    top: float = HEIGHT_MM

    def new_page(self) -> None:
        self.pages.append(_Page(self.title))
        self.top = MARGIN_MM

    def table(self, table: Table) -> None:
        # a short table is not torn apart
        least = 20 + 8 * min(len(table.rows), _SHORT)
        if self.top + least > HEIGHT_MM - FOOT_MM:
            self.new_page()
        self.top += 6
        self.pages[-1].both(table.title, MARGIN_MM, self.top, 4.4)
        self.top += 3
        if not table.rows:
            self.pages[-1].both(table.empty, MARGIN_MM, self.top + 3, _BODY_MM, bold=False)
            self.top += 8
            return
        self._head(table)
        for row in table.rows[:MOST_ROWS]:
            self._row(table, row)
        if len(table.rows) > MOST_ROWS:
            self.pages[-1].text(
                f"+ {number_text(len(table.rows) - MOST_ROWS)}: CSV", MARGIN_MM, self.top + 4
            )
            self.top += 6
        self.top += 4

    def _head(self, table: Table) -> None:
        page = self.pages[-1]
        page.box(MARGIN_MM, self.top, ROOM_MM, 9, PALE)
        for at, (left, width) in enumerate(_spans(table)):
            side = 1.0 if at in table.numbers else 0.0
            x = left + width - 2.5 if side else left + 1
            name = table.columns[at]
            vi = name.vi[:1].upper() + name.vi[1:]
            page.text(vi, x, self.top + 4, 2.7, INK, bold=True, side=side, room=width - 2)
            page.text(name.en, x, self.top + 7.4, _SMALL_MM, SOFT, side=side, room=width - 2)
        self.top += 9

    def _row(self, table: Table, row: Sequence[Cell]) -> None:
        cells = [
            _lines(cell, width - 2) for cell, (_, width) in zip(row, _spans(table), strict=True)
        ]
        height = 2.2 + max(sum(size * 1.3 for _, size, _ in lines) for lines in cells)
        if self.top + height > HEIGHT_MM - FOOT_MM:
            self.new_page()
            self._head(table)
        page = self.pages[-1]
        for at, ((left, width), lines) in enumerate(zip(_spans(table), cells, strict=True)):
            base = self.top + 0.8
            side = 1.0 if at in table.numbers else 0.0
            for text, size, colour in lines:
                base += size * 1.3
                x = left + width - 2.5 if side else left + 1
                page.text(text, x, base, size, colour, side=side, bold=at == 0 and size == _BODY_MM)
        self.top += height
        page.box(MARGIN_MM, self.top, ROOM_MM, 0.15, LINE)


def _spans(table: Table) -> list[tuple[float, float]]:
    """Left edge and width of each column."""
    whole, left, found = sum(table.shares), MARGIN_MM, []
    for share in table.shares:
        width = share / whole * ROOM_MM
        found.append((left, width))
        left += width
    return found


def _lines(cell: Cell, room: float) -> list[tuple[str, float, Colour]]:
    vi, en = (cell.vi, cell.en) if isinstance(cell, Both) else (cell, "")
    found = [(line, _BODY_MM, INK) for line in lettering.lines(vi, _BODY_MM, room) or [""]]
    if en and en != vi:
        found += [(line, _SMALL_MM, SOFT) for line in lettering.lines(en, _SMALL_MM, room)]
    return found
