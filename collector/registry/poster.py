"""The poster at a venue's gate: a QR that leads a visitor's phone to the portal, three languages, A4.

It says where the code leads in letters too, so that anyone can see when somebody has pasted another one over it.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

import segno

from collector.registry import lettering
from collector.registry.drawing import Drawing, Shape, pdf, rectangle, svg
from collector.registry.port import RegistryError
from collector.registry.shapes import Venue
from kiosk.questions.places import all_places

__all__ = ["address_of", "draw", "pdf", "svg"]

WIDTH_MM, HEIGHT_MM = 210.0, 297.0
_MARGIN_MM = 16.0
_BAND_MM = 58.0
_QR_MM = 122.0
_QUIET_MODULES = 4  # ISO/IEC 18004
_INK, _SOFT, _TEAL, _WHITE = (22, 34, 44), (74, 88, 100), (12, 84, 96), (255, 255, 255)
# Khmer reaches further above and below its line (shared facts, screen section 14)
_LATIN_LINE, _KHMER_LINE = 1.32, 1.7


@dataclass(frozen=True, slots=True)
class _Said:
    vi: str
    km: str
    en: str


# km: written by people who do not speak it; waits for a reader (docs/translating.md)
_TITLE = _Said("KHAI BÁO Y TẾ", "លិខិតប្រកាសសុខភាព", "Health declaration")
_HOW = _Said(
    "Quét mã để khai báo, không cần cài ứng dụng.",
    "ស្កេនកូដនេះ\u200bដោយទូរស័ព្ទ \u200bរួចប្រកាសសុខភាព \u200bមិនបាច់ដំឡើងកម្មវិធីទេ។",
    "Scan with your phone to declare, no app needed.",
)
_NO_PHONE = _Said(
    "Không có điện thoại? Mời gặp nhân viên.",
    "គ្មានទូរស័ព្ទ? \u200bសូមជួបបុគ្គលិក។",
    "No phone? Please see a staff member.",
)


@dataclass(slots=True)
class _Column:
    """Lines one below the other, centred."""

    shapes: list[Shape]
    top_mm: float

    def say(
        self,
        text: str,
        size_mm: float,
        colour: tuple[int, int, int],
        *,
        bold: bool = False,
        most_lines: int = 2,
    ) -> None:
        """Smaller when it would take more lines than there is room for."""
        room_mm = WIDTH_MM - 2 * _MARGIN_MM
        lines = lettering.lines(text, size_mm, room_mm, bold=bold)
        while len(lines) > most_lines and size_mm > 2.5:
            size_mm *= 0.92
            lines = lettering.lines(text, size_mm, room_mm, bold=bold)
        is_khmer = any("\u1780" <= letter <= "\u17ff" for letter in text)
        height_mm = size_mm * (_KHMER_LINE if is_khmer else _LATIN_LINE)
        for line in lines:
            left_mm = (WIDTH_MM - lettering.width_mm(line, size_mm, bold=bold)) / 2
            base_mm = self.top_mm + height_mm * 0.75
            drawn = lettering.outlines(line, size_mm, left_mm, base_mm, bold=bold)
            self.shapes.append(Shape(drawn, colour))
            self.top_mm += height_mm


def address_of(venue: str, portal: str) -> str:
    """What the QR holds. Raise RegistryError when the portal has no address yet."""
    parts = urlsplit(portal)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise RegistryError("the portal has no address: set [portal] address to https://...")
    return f"{portal.rstrip('/')}/v/{venue}"


def draw(venue: Venue, portal: str) -> Drawing:
    """Raise RegistryError when the portal has no address, or the fonts are not there."""
    address = address_of(venue.id, portal)
    shapes = [
        Shape([rectangle(0, 0, WIDTH_MM, HEIGHT_MM)], _WHITE),
        Shape([rectangle(0, 0, WIDTH_MM, _BAND_MM)], _TEAL),
    ]
    band = _Column(shapes, 6.0)
    band.say(_TITLE.vi, 19.0, _WHITE, bold=True, most_lines=1)
    band.say(_TITLE.km, 8.5, _WHITE, bold=True, most_lines=1)
    band.say(_TITLE.en, 7.0, _WHITE, most_lines=1)
    place = _Column(shapes, _BAND_MM + 4.0)
    place.say(venue.name, 11.0, _INK, bold=True)
    place.say(_where(venue), 4.6, _SOFT, most_lines=1)
    shapes.append(_qr(address, place.top_mm))
    words = _Column(shapes, place.top_mm + _QR_MM)
    for said in (_HOW, _NO_PHONE):
        words.say(said.vi, 7.2, _INK, bold=True, most_lines=1)
        words.say(said.km, 6.0, _INK, most_lines=1)
        words.say(said.en, 5.4, _SOFT, most_lines=1)
        words.top_mm += 3.5
    foot = _Column(shapes, HEIGHT_MM - 13.0)
    foot.say(address, 4.2, _INK, most_lines=1)
    return Drawing(f"{_TITLE.vi}: {venue.name}", WIDTH_MM, HEIGHT_MM, shapes)


def _where(venue: Venue) -> str:
    commune = all_places().by_code(venue.commune)
    parts = (venue.address, commune.full_name if commune else "")
    return ", ".join(part for part in parts if part)


def _qr(text: str, top_mm: float) -> Shape:
    """Level Q: a poster gets scratched and wet."""
    rows = [bytes(row) for row in segno.make_qr(text, error="q").matrix]
    module_mm = _QR_MM / (len(rows) + 2 * _QUIET_MODULES)
    left_mm = (WIDTH_MM - _QR_MM) / 2 + _QUIET_MODULES * module_mm
    paths = []
    for at, row in enumerate(rows):
        y_mm, begin = top_mm + (_QUIET_MODULES + at) * module_mm, 0
        while (begin := row.find(1, begin)) >= 0:
            end = row.find(0, begin) if 0 in row[begin:] else len(row)
            x_mm = left_mm + begin * module_mm
            paths.append(rectangle(x_mm, y_mm, (end - begin) * module_mm, module_mm))
            begin = end
    return Shape(paths, (0, 0, 0))
