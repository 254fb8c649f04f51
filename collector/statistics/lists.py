"""The report as one CSV file: UTF-8 with a byte order mark, as spreadsheets want it; Vietnamese headings first."""

import csv
import io
from collections.abc import Sequence

from collector import csv_text
from collector.both import Both
from collector.days import local_text
from collector.statistics import tables, words
from collector.statistics.shapes import DayReport


def csv_of(report: DayReport) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([str(words.TITLE), words.day_text(report.day)])
    writer.writerow([str(words.AS_OF), local_text(report.made_at)])
    figures = (
        tables.headline(report)
        + tables.how_declared(report)
        + tables.venue_headline(report)
        + tables.what_is_not_here(report)
    )
    for name, figure in figures:
        writer.writerow([str(name), figure])
    for table in tables.all_tables(report):
        writer.writerow([])
        writer.writerow([str(table.title)])
        writer.writerow([str(column) for column in table.columns])
        writer.writerows(_row(row) for row in table.rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8")


def _row(row: Sequence[str | Both]) -> list[str]:
    """A name that a spreadsheet would run is shown as text."""
    return [csv_text.harmless(str(cell)) for cell in row]
