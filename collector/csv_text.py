"""Lines of CSV as spreadsheets take them: UTF-8 with a byte order mark, no cell that they would run as a formula."""

import csv
import io
from collections.abc import Iterable, Iterator

BYTE_ORDER_MARK = "\ufeff"
# by these a spreadsheet knows a formula
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def lines(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """One text for each row, the mark before the first."""
    mark = BYTE_ORDER_MARK
    for row in rows:
        yield mark + line(row)
        mark = ""


def line(cells: Iterable[object]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([harmless(str(cell)) for cell in cells])
    return out.getvalue()


def harmless(cell: str) -> str:
    """With an apostrophe before what would be run: it is shown as text then."""
    return f"'{cell}" if cell.startswith(FORMULA) and not _is_number(cell) else cell


def _is_number(cell: str) -> bool:
    return cell[:1] == "-" and cell[1:].isdecimal()
