"""The slip of paper for whoever has no phone: the Pass as a QR, the place, until when it counts, three languages.

A picture, for a receipt printer has neither Vietnamese nor Khmer letters. It says no more of its holder than the Pass
itself: a masked name. A language whose letters cannot be drawn right here is left out.
"""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import segno
from PIL import Image, ImageDraw, ImageFont, features

from hardware.ports import Luma
from kiosk.credentials import health_pass
from kiosk.domain.slip import Slip
from kiosk.languages import LANGUAGES

# Debian's fonts-noto-core
FONT_FOLDER = Path("/usr/share/fonts/truetype/noto")
_FILES = {"km": "NotoSansKhmer-Bold.ttf"}
_OTHERS = "NotoSans-Bold.ttf"
_QUIET_MODULES = 4
# 203 dots an inch: 8 a millimetre, so letters of 2.5 mm
_TEXT_PX, _LARGE_PX, _SMALLEST_PX = 26, 34, 16
# ink of Khmer reaches 1.5 em, of Vietnamese capitals 1.3 (shared facts, screen section 14)
_LINE_HEIGHT = {"km": 1.7}
_OTHER_LINE_HEIGHT = 1.35
_MARGIN_PX = 16
_EDGE_PX = 4
_BLACK, _WHITE = 0, 255
_COENG = "\u17d2"  # sets the letter after it below the one before

# (source text, language) -> the words of the catalogue
Translated = Callable[[str, str], str]
Font = ImageFont.FreeTypeFont


@dataclass(frozen=True)
class _Line:
    text: str
    language: str
    size_px: int = _TEXT_PX


def draw(
    slip: Slip, width_px: int, zone: ZoneInfo, t: Translated, fonts: Path = FONT_FOLDER
) -> Luma:
    """The picture, (height, `width_px`), 0 and 255 only."""
    told = languages(fonts)
    above = [*_venue(slip.venue, told), _when(slip.made_at, zone, _TEXT_PX)]
    return np.vstack(
        [
            _text(above, width_px, fonts),
            qr(slip.code, width_px),
            _text(_below(slip, zone, t, told), width_px, fonts),
        ]
    )


def languages(fonts: Path = FONT_FOLDER) -> tuple[str, ...]:
    """Those that can be drawn right on this machine. Khmer letters change places: that takes raqm."""
    return tuple(
        language
        for language in LANGUAGES
        if (fonts / _file(language)).exists()
        and (language != "km" or (features.check("raqm") and features.check("fribidi")))
    )


def _venue(name: str, told: Sequence[str]) -> list[_Line]:
    is_khmer = any("\u1780" <= letter <= "\u17ff" for letter in name)
    if is_khmer and "km" not in told:
        return []
    return [_Line(name, "km" if is_khmer else "vi", _LARGE_PX)]


def _when(at: datetime, zone: ZoneInfo, size_px: int) -> _Line:
    return _Line(f"{at.astimezone(zone):%d/%m/%Y %H:%M}", "en", size_px)


def _below(slip: Slip, zone: ZoneInfo, t: Translated, told: Sequence[str]) -> list[_Line]:
    _, said = health_pass.unpack(slip.code)
    return [
        _Line(said.holder, "vi", _LARGE_PX),
        *(_Line(t("Until", language), language) for language in told),
        _when(slip.until, zone, _LARGE_PX),
        *(_Line(t("Hold it up next time, and go straight in", each), each) for each in told),
    ]


def heading(texts: Sequence[str], width_px: int, fonts: Path = FONT_FOLDER) -> Luma:
    """Large lines, (height, `width_px`), 0 and 255 only."""
    return _text([_Line(text, "vi", _LARGE_PX) for text in texts], width_px, fonts)


def qr(code: str, width_px: int) -> Luma:
    """As wide as whole modules allow, in the middle of (height, `width_px`), 0 and 255 only."""
    drawn = segno.make(code, error="m", micro=False)
    modules = np.array([list(row) for row in drawn.matrix_iter(border=_QUIET_MODULES)], np.uint8)
    scale = max(1, width_px // modules.shape[1])
    picture = np.where(modules, _BLACK, _WHITE).astype(np.uint8)
    picture = np.kron(picture, np.ones((scale, scale), np.uint8))
    left = (width_px - picture.shape[1]) // 2
    right = width_px - picture.shape[1] - left
    return np.pad(picture, ((0, 0), (left, right)), constant_values=_WHITE)


def _text(lines: list[_Line], width_px: int, fonts: Path) -> Luma:
    rows = [row for line in lines if line.text.strip() for row in _rows(line, width_px, fonts)]
    return np.vstack([*rows, np.full((_MARGIN_PX, width_px), _WHITE, np.uint8)])


def _rows(line: _Line, width_px: int, fonts: Path) -> list[Luma]:
    """The line as pictures: broken between words, smaller where a word is too long, and then broken within it."""
    room_px = width_px - 2 * _EDGE_PX
    for size_px in range(line.size_px, _SMALLEST_PX - 1, -2):
        font = _font(fonts / _file(line.language), size_px)
        parts = _filled(line.text.replace("\u200b", " ").split(), " ", font, room_px)
        if max(map(font.getlength, parts)) <= room_px:
            break
    else:
        parts = _filled(_clusters(line.text), "", font, room_px)
    return [_drawn(part, font, line.language, size_px, width_px) for part in parts]


def _filled(pieces: Sequence[str], between: str, font: Font, width_px: int) -> list[str]:
    parts: list[str] = []
    for piece in pieces:
        joined = f"{parts[-1]}{between}{piece}" if parts else piece
        if parts and font.getlength(joined) <= width_px:
            parts[-1] = joined
        else:
            parts.append(piece)
    return parts


def _clusters(text: str) -> list[str]:
    """Letters with the signs that belong to them: no row may begin with a vowel sign or a foot of Khmer."""
    clusters: list[str] = []
    for letter in text:
        if clusters and (
            unicodedata.category(letter).startswith("M") or clusters[-1].endswith(_COENG)
        ):
            clusters[-1] += letter
        else:
            clusters.append(letter)
    return clusters


def _drawn(text: str, font: Font, language: str, size_px: int, width_px: int) -> Luma:
    height_px = round(size_px * _LINE_HEIGHT.get(language, _OTHER_LINE_HEIGHT))
    picture = Image.new("L", (width_px, height_px), _WHITE)
    ink = ImageDraw.Draw(picture)
    # one bit a dot: a grey edge would come out as a ragged one
    ink.fontmode = "1"
    ink.text((width_px / 2, height_px / 2), text, fill=_BLACK, font=font, anchor="mm")
    return np.asarray(picture)


@cache
def _font(file: Path, size_px: int) -> Font:
    if not file.exists():  # figures and plain letters at least, from Pillow itself
        plain = ImageFont.load_default(size_px)
        if isinstance(plain, ImageFont.FreeTypeFont):
            return plain
    return ImageFont.truetype(str(file), size_px)


def _file(language: str) -> str:
    return _FILES.get(language, _OTHERS)
