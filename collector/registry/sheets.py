"""The registry as spreadsheets: Vietnamese headings first, English second; either is understood when read back.

A list is taken in whole or not at all: all its faulty lines are told at once. Excel's ways are understood: a byte order
mark, semicolons or tabs. A cell that a spreadsheet would run as a formula is written with an apostrophe before it.
"""

import csv
import io
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from collector import csv_text
from collector.both import Both
from collector.errors import CollectorError
from collector.registry import entries, hours, words
from collector.registry.entries import Fault, Known
from collector.registry.shapes import Organisation, RegisteredKiosk, Venue
from kiosk.questions.places import all_places, fold

MAX_BYTES = 16 * 1024 * 1024
PROGRESS_EVERY = 500
# looking for names that are near takes 20 ms each
MOST_HINTS = 50

Entry = TypeVar("Entry", Organisation, Venue, RegisteredKiosk)
# (lines done, lines in all)
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Sheet(Generic[Entry]):
    """One kind of list. `columns` maps fields to headings; `read` and `write` turn a line into an entry and back."""

    columns: Mapping[str, Both]
    needed: Collection[str]
    read: Callable[[Mapping[str, str], Known], tuple[Entry | None, list[Fault]]]
    write: Callable[[Entry], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class LineFault:
    """`line` counts from 1, the heading. `column` is empty when the line as a whole is meant."""

    line: int
    column: Both | None
    said: Both

    def __str__(self) -> str:
        vi, en = (f"{self.column.vi}: ", f"{self.column.en}: ") if self.column else ("", "")
        return f"dòng {self.line}, {vi}{self.said.vi} / line {self.line}, {en}{self.said.en}"


class SheetError(CollectorError):
    """Nothing was taken in. `faults` holds every one."""

    def __init__(self, faults: list[LineFault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


def _organisation_cells(one: Organisation) -> Mapping[str, str]:
    return {
        "id": one.id,
        "name": one.name,
        "kind": str(words.KINDS[one.kind]),
        "parent": one.parent,
    }


def _venue_cells(one: Venue) -> Mapping[str, str]:
    commune = all_places().by_code(one.commune)
    return {
        "id": one.id,
        "name": one.name,
        "type": str(words.TYPES[one.type]),
        "organisation": one.organisation,
        "commune": commune.full_name if commune else one.commune,
        "district": one.district,
        "address": one.address,
        "responsible": one.responsible,
        "phone": one.phone,
        "hours": hours.text_of(one.hours),
        "stay_min": "" if one.stay_min is None else str(one.stay_min),
        "state": str(words.STATES[one.state]),
    }


def _kiosk_cells(one: RegisteredKiosk) -> Mapping[str, str]:
    return {"id": one.id, "venue": one.venue, "door": one.door}


ORGANISATIONS: Sheet[Organisation] = Sheet(
    {
        "id": Both("Mã", "Id"),
        "name": Both("Tên", "Name"),
        "kind": Both("Loại", "Kind"),
        "parent": Both("Thuộc", "Part of"),
    },
    ("id", "name", "kind"),
    entries.organisation_of,
    _organisation_cells,
)
VENUES: Sheet[Venue] = Sheet(
    {
        "id": Both("Mã", "Id"),
        "name": Both("Tên cơ sở", "Venue"),
        "type": Both("Loại", "Type"),
        "organisation": Both("Cơ quan quản lý", "Organisation"),
        "commune": Both("Xã, phường", "Commune"),
        "district": Both("Huyện cũ", "Old district"),
        "address": Both("Địa chỉ", "Address"),
        "responsible": Both("Người phụ trách", "Responsible"),
        "phone": Both("Điện thoại", "Telephone"),
        "hours": Both("Giờ mở cửa", "Hours"),
        "stay_min": Both("Thời gian lưu lại (phút)", "Usual stay (min)"),
        "state": Both("Tình trạng", "State"),
    },
    ("id", "name", "type", "organisation", "commune"),
    entries.venue_of,
    _venue_cells,
)
KIOSKS: Sheet[RegisteredKiosk] = Sheet(
    {
        "id": Both("Mã thiết bị", "Kiosk id"),
        "venue": Both("Mã cơ sở", "Venue id"),
        "door": Both("Cửa", "Door"),
    },
    ("id", "venue"),
    entries.kiosk_of,
    _kiosk_cells,
)


def written(sheet: Sheet[Entry], listed: Iterable[Entry]) -> Iterator[str]:
    """The lines of the file, heading first, the byte order mark that Excel asks for before it."""
    yield csv_text.BYTE_ORDER_MARK + csv_text.line(sheet.columns.values())
    for one in listed:
        cells = sheet.write(one)
        yield csv_text.line(cells[name] for name in sheet.columns)


def read(
    sheet: Sheet[Entry], content: bytes, known: Known, progress: Progress = lambda _1, _2: None
) -> list[Entry]:
    """Raise SheetError with every faulty line. `known` is what stood in the registry before."""
    rows = _rows(content)
    if not rows:
        raise SheetError([LineFault(1, None, Both("tệp trống", "the file is empty"))])
    names = _headings(sheet, rows[0][1])
    found: list[Entry] = []
    faults: list[LineFault] = []
    first_line: dict[str, int] = {}
    for done, (line, cells) in enumerate(rows[1:], 1):
        if done % PROGRESS_EVERY == 0 or done == len(rows) - 1:
            progress(done, len(rows) - 1)
        if not any(cell.strip() for cell in cells):
            continue
        if len(faults) > MOST_HINTS:
            known = replace(known, gives_hints=False)
        entry, wrong = sheet.read(dict(zip(names, map(_bare, cells), strict=False)), known)
        faults += [LineFault(line, sheet.columns[each.field], each.said) for each in wrong]
        faults += _repeated(line, dict(zip(names, cells, strict=False)).get("id", ""), first_line)
        if entry is not None:
            found.append(entry)
    if faults:
        raise SheetError(sorted(faults, key=lambda fault: fault.line))
    return found


def ids(sheet: Sheet[Entry], content: bytes) -> set[str]:
    """The ids a file speaks of: a line may refer to another of the same file."""
    rows = _rows(content)
    if not rows:
        return set()
    at = _headings(sheet, rows[0][1]).index("id")
    return {cells[at].strip() for _, cells in rows[1:] if at < len(cells)}


def _repeated(line: int, own: str, first_line: dict[str, int]) -> list[LineFault]:
    earlier = first_line.setdefault(own.strip(), line)
    if not own.strip() or earlier == line:
        return []
    return [
        LineFault(line, None, Both(f"mã đã có ở dòng {earlier}", f"id stands in line {earlier}"))
    ]


def _rows(content: bytes) -> list[tuple[int, list[str]]]:
    """Each with the number of its first line in the file."""
    if len(content) > MAX_BYTES:
        most = MAX_BYTES // 2**20
        raise SheetError(
            [LineFault(1, None, Both(f"tệp lớn hơn {most} MB", f"larger than {most} MB"))]
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        said = Both("lưu tệp dạng “CSV UTF-8”", "save the file as “CSV UTF-8”")
        raise SheetError([LineFault(line, None, said)]) from error
    heading = text.partition("\n")[0]
    delimiter = max(",;\t", key=heading.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows, before = [], 0
    try:
        for cells in reader:
            rows.append((before + 1, cells))
            before = reader.line_num
    except csv.Error as error:
        said = Both("dấu ngoặc kép không khép", "a quotation mark is not closed")
        raise SheetError([LineFault(before + 1, None, said)]) from error
    return rows


def _headings(sheet: Sheet[Entry], cells: list[str]) -> list[str]:
    """The field of each column, "" for one that is not ours."""
    meant = {
        fold(text): name
        for name, both in sheet.columns.items()
        for text in (name, both.vi, both.en, str(both))
    }
    names = [meant.get(fold(cell), "") for cell in cells]
    faults = [
        LineFault(1, sheet.columns[name], Both("thiếu cột này", "this column is missing"))
        for name in sheet.needed
        if name not in names
    ]
    faults += [
        LineFault(1, sheet.columns[name], Both("cột này có hai lần", "this column is there twice"))
        for name in sheet.columns
        if names.count(name) > 1
    ]
    if faults:
        raise SheetError(faults)
    return names


def _bare(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(csv_text.FORMULA) else cell
