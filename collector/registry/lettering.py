"""Text as outlines, shaped by HarfBuzz: Khmer letters change places and join, and a poster must look the same on any
machine, whatever fonts it has. Noto Sans, from Debian's fonts-noto-core.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path

import uharfbuzz as hb

from collector.registry.drawing import Path as Outline
from collector.registry.drawing import Stamp, curve, line, move
from collector.registry.port import RegistryError

FONT_FOLDER = Path("/usr/share/fonts/truetype/noto")
_COENG = "\u17d2"  # sets the letter after it below the one before
_SCRIPTS = re.compile(r"[\u1780-\u17ff\u19e0-\u19ff]+|[^\u1780-\u17ff\u19e0-\u19ff]+")


def width_mm(text: str, size_mm: float, *, bold: bool = False) -> float:
    return sum(advance for _, advance, _ in _runs(text, size_mm, bold))


def outlines(
    text: str, size_mm: float, left_mm: float, base_mm: float, *, bold: bool = False
) -> list[Outline]:
    """One line, from `left_mm` on the base line `base_mm`, y downwards. `size_mm` is the em."""
    return [_placed(stamp) for stamp in stamps(text, size_mm, left_mm, base_mm, bold=bold)]


def stamps(
    text: str, size_mm: float, left_mm: float, base_mm: float, *, bold: bool = False
) -> list[Stamp]:
    """The same, for a page that has many letters."""
    found: list[Stamp] = []
    for glyphs, advance_mm, (font, scale) in _runs(text, size_mm, bold):
        at_mm = left_mm
        for glyph, (dx, dy, step) in glyphs:
            if outline := _drawn(font, glyph):
                found.append(Stamp(outline, scale, at_mm + dx * scale, base_mm - dy * scale))
            at_mm += step * scale
        left_mm += advance_mm
    return found


def lines(text: str, size_mm: float, room_mm: float, *, bold: bool = False) -> list[str]:
    """Broken between words, Khmer at its zero-width spaces; a word that is too long, between its letters."""
    found: list[str] = []
    for piece in _pieces(text, size_mm, room_mm, bold):
        joined = found[-1] + piece if found else piece
        if found and width_mm(joined.rstrip(), size_mm, bold=bold) <= room_mm:
            found[-1] = joined
        else:
            found.append(piece)
    return [one.strip(" \u200b") for one in found]


def _pieces(text: str, size_mm: float, room_mm: float, bold: bool) -> Iterator[str]:
    for piece in re.findall(r"[^ \u200b]+[ \u200b]*", text):
        if width_mm(piece.rstrip(), size_mm, bold=bold) <= room_mm:
            yield piece
        else:
            yield from _clusters(piece)


def _clusters(text: str) -> list[str]:
    """Letters with the signs that belong to them: no line may begin with a vowel sign or a foot of Khmer."""
    found: list[str] = []
    for letter in text:
        is_part = unicodedata.category(letter).startswith("M") or letter in " \u200b"
        if found and (is_part or found[-1].endswith(_COENG)):
            found[-1] += letter
        else:
            found.append(letter)
    return found


_Glyphs = Sequence[tuple[int, tuple[int, int, int]]]
_Face = tuple["hb.Font", float]


def _runs(text: str, size_mm: float, bold: bool) -> Iterator[tuple[_Glyphs, float, _Face]]:
    """Each run of one script: its glyphs with offsets and advance in font units, and its width."""
    for name, glyphs, advance in _shaped(text.replace("\u200b", ""), bold):
        font = _font(name)
        scale = size_mm / font.face.upem
        yield glyphs, advance * scale, (font, scale)


# a report says the same words in many places
@lru_cache(maxsize=8_192)
def _shaped(text: str, bold: bool) -> Sequence[tuple[str, _Glyphs, int]]:
    found = []
    for run in _SCRIPTS.findall(text):
        script = "Khmer" if "\u1780" <= run[0] <= "\u19ff" else ""
        name = f"NotoSans{script}-{'Bold' if bold else 'Regular'}.ttf"
        buffer = hb.Buffer()
        buffer.add_str(run)
        buffer.guess_segment_properties()
        hb.shape(_font(name), buffer)
        glyphs = [
            (info.codepoint, (at.x_offset, at.y_offset, at.x_advance))
            for info, at in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True)
        ]
        found.append((name, glyphs, sum(step for _, (_, _, step) in glyphs)))
    return found


@cache
def _font(name: str) -> "hb.Font":
    path = FONT_FOLDER / name
    if not path.exists():
        raise RegistryError(f"{path} is missing: install Debian's fonts-noto-core")
    return hb.Font(hb.Face(hb.Blob.from_file_path(str(path))))


class _Pen:
    """Follows the outline of one glyph in font units, y upwards."""

    def __init__(self) -> None:
        self._here = (0.0, 0.0)
        self.path: Outline = []

    def move_to(self, x: float, y: float, _: object) -> None:
        self._here = (x, y)
        self.path.append(move(x, y))

    def line_to(self, x: float, y: float, _: object) -> None:
        self._here = (x, y)
        self.path.append(line(x, y))

    def cubic_to(self, *values: float) -> None:
        self._here = (values[4], values[5])
        self.path.append(curve(*values[:6]))

    def quadratic_to(self, cx: float, cy: float, x: float, y: float, _: object) -> None:
        """Drawn as a cubic, which both kinds of file know."""
        (x0, y0), third = self._here, 2 / 3
        first = (x0 + third * (cx - x0), y0 + third * (cy - y0))
        second = (x + third * (cx - x), y + third * (cy - y))
        self.cubic_to(*first, *second, x, y)


def _placed(stamp: Stamp) -> Outline:
    return [
        (
            letter,
            tuple(
                stamp.base_mm - value * stamp.scale
                if at % 2
                else stamp.left_mm + value * stamp.scale
                for at, value in enumerate(values)
            ),
        )
        for letter, values in stamp.outline
    ]


@lru_cache(maxsize=4_096)
def _drawn(font: "hb.Font", glyph: int) -> Outline:
    """In font units, y upwards."""
    pen = _Pen()
    funcs = hb.DrawFuncs()
    funcs.set_move_to_func(pen.move_to)
    funcs.set_line_to_func(pen.line_to)
    funcs.set_cubic_to_func(pen.cubic_to)
    funcs.set_quadratic_to_func(pen.quadratic_to)
    font.draw_glyph(glyph, funcs)
    return pen.path
