"""From the grey of each module to a code that holds together: doubt is carried to the very end.

Ink is a (side, side) array from -1, surely light, to 1, surely dark; 0 is a module of which nothing can be said, under
a light spot or a thumb. Codewords in doubt are given to the error correction as erasures, which cost half as much as
errors: twice as much of a code may be missing. Positions and codes: ISO/IEC 18004:2015, 7.9 and 7.10.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.eye.codewords import (
    Block,
    Kind,
    Modules,
    alignment_centres,
    blocks,
    codeword_trust,
    function_modules,
    with_blocks,
)
from kiosk.eye.reed_solomon import corrected, syndromes

Ink = NDArray[np.float32]

# Check codewords that are never spent: noise passes with a chance of 256^-4 a try, and there are about 10^2 tries.
SPARE = 4
# how much of what may be erased is erased, in the order in which it is tried
_ERASED_EIGHTHS = (0, 4, 2, 6, 8, 1, 3, 5, 7)
_FORMAT_LEVELS = "MLHQ"  # by their two bits
# modules: ink is judged by the extremes within the first window, or by the mean of the second
_NEARBY, _AROUND = 3, 5
# share of the usual contrast under which a module says nothing
_LEAST_CONTRAST = 0.15


def inks(grey: NDArray[np.float32]) -> Iterator[Ink]:
    """Two judgements of the same modules, the one that is right more often first."""
    window = np.ones((_NEARBY, _NEARBY), np.uint8)
    light = cv2.blur(cv2.dilate(grey, window), (_NEARBY, _NEARBY))
    dark = cv2.blur(cv2.erode(grey, window), (_NEARBY, _NEARBY))
    contrast = light - dark
    least = _LEAST_CONTRAST * _median(contrast[::2, ::2]) + 4
    yield _clipped(((light + dark) / 2 - grey) / np.maximum(contrast, least) * 2)
    mean = cv2.blur(grey, (_AROUND, _AROUND))
    spread = cv2.blur(np.abs(grey - mean), (_AROUND, _AROUND))
    least = _LEAST_CONTRAST * _median(spread[::2, ::2]) + 2
    yield _clipped((mean - grey) / np.maximum(spread, least) / 2)


def _median(values: NDArray[Any]) -> float:
    """Without numpy.median's care for NaN and means of two, which cost more than all else here."""
    middle = values.size // 2
    return float(np.partition(values, middle, axis=None)[middle])


def _clipped(ink: NDArray[Any]) -> Ink:
    return np.asarray(ink.clip(-1, 1), np.float32)


def likeness(ink: Ink, version: int) -> tuple[float, float]:
    """How far finders and alignment, and the timing pattern alone, are what they must be: 1 is perfect, 0 chance."""
    known, timing = _expected(version) @ ink.ravel()
    return float(known), float(timing)


@lru_cache(maxsize=40)
def _expected(version: int) -> NDArray[np.float32]:
    """By how much each module says for the code's fixed patterns, and for the timing pattern: (2, modules)."""
    drawn = np.where(blank(Kind(version, "L", 0)), 1.0, -1.0)
    known = function_modules(version).copy()
    known[8, :9] = known[:9, 8] = known[8, -8:] = known[-8:, 8] = False  # format
    timing = np.zeros_like(known)
    timing[6, 8:-8] = timing[8:-8, 6] = True
    return np.array([(drawn * part).ravel() / part.sum() for part in (known, timing)], np.float32)


def kind_of(ink: Ink, version: int) -> tuple[Kind, float]:
    """Error level and mask, by the likeliest of 32 format words over both of its copies; and how likely, up to 30."""
    first, second = (np.array(copy) for copy in zip(*_format_places(ink.shape[0]), strict=True))
    both = ink[first[:, 0], first[:, 1]] + ink[second[:, 0], second[:, 1]]
    likely = _format_words() @ both
    best = int(np.argmax(likely))
    return Kind(version, _FORMAT_LEVELS[best >> 3], best & 7), float(likely[best])


def read(ink: Ink, kind: Kind) -> Modules | None:
    """The code, corrected and drawn anew, or None when too much of it is wrong or missing."""
    trust = codeword_trust(np.abs(ink), kind)
    damaged = blocks(ink > 0, kind)
    fixed = list(damaged)
    # the worst first: where one is lost the others need not be tried
    for number in sorted(range(len(damaged)), key=lambda number: float(trust[number].mean())):
        block = damaged[number]
        codewords = _fixed(
            block, [int(place) for place in np.argsort(trust[number], kind="stable")]
        )
        if codewords is None:
            return None
        fixed[number] = Block(codewords, block.check_count)
    return with_blocks(blank(kind), kind, fixed)


def _fixed(block: Block, doubtful_first: list[int]) -> NDArray[np.uint8] | None:
    most = max(0, block.check_count - SPARE)
    seen = syndromes(block.codewords, block.check_count)
    for erased in dict.fromkeys(most * eighths // 8 for eighths in _ERASED_EIGHTHS):
        spare = min(SPARE, block.check_count) if erased else 0
        codewords = corrected(
            block.codewords, block.check_count, doubtful_first[:erased], spare=spare, seen=seen
        )
        if codewords is not None:
            return codewords
    return None


@lru_cache(maxsize=64)
def blank(kind: Kind) -> Modules:
    """A code of that kind without data: everything that `function_modules` names (6.3, 7.9 and 7.10)."""
    side = kind.side
    code = np.zeros((side, side), dtype=bool)
    code[6, ::2] = code[::2, 6] = True
    for row, column in alignment_centres(kind.version):
        _square(code, row, column, 2)
    for row, column in ((3, 3), (3, side - 4), (side - 4, 3)):
        code[max(0, row - 4) : row + 5, max(0, column - 4) : column + 5] = False
        _square(code, row, column, 3)
    level = _FORMAT_LEVELS.index(kind.level)
    dark = _format_words()[level << 3 | kind.mask] > 0
    for place, module in zip(_format_places(side), dark, strict=True):
        for row, column in place:
            code[row, column] = module
    code[side - 8, 8] = True
    if kind.version >= 7:
        _write_version(code, kind.version)
    return code


def _square(code: Modules, row: int, column: int, reach: int) -> None:
    """Dark, light, and dark within: a finder (reach 3) or an alignment pattern (2)."""
    for inset, dark in ((0, True), (1, False), (2, True)):
        size = reach - inset
        code[row - size : row + size + 1, column - size : column + size + 1] = dark


def _write_version(code: Modules, version: int) -> None:
    word = version << 12
    for bit in range(5, -1, -1):
        if word >> (bit + 12) & 1:
            word ^= 0b1111100100101 << bit
    word |= version << 12
    for bit in range(18):
        row, column = bit // 3, code.shape[0] - 11 + bit % 3
        code[row, column] = code[column, row] = bool(word >> bit & 1)


def _format_places(side: int) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """For each of the 15 bits, most significant first, its two places (figure 25)."""
    first = [(8, column) for column in (0, 1, 2, 3, 4, 5, 7, 8)]
    first += [(row, 8) for row in (7, 5, 4, 3, 2, 1, 0)]
    second = [(side - 1 - row, 8) for row in range(7)]
    second += [(8, column) for column in range(side - 8, side)]
    return list(zip(first, second, strict=True))


@lru_cache(maxsize=1)
def _format_words() -> NDArray[np.float32]:
    """(32, 15), most significant bit first, 1 for a dark module and -1 for a light one (7.9.1)."""
    words = []
    for data in range(32):
        rest = data << 10
        for bit in range(4, -1, -1):
            if rest >> (bit + 10) & 1:
                rest ^= 0b10100110111 << bit
        word = (data << 10 | rest) ^ 0b101010000010010
        words.append([1.0 if word >> (14 - i) & 1 else -1.0 for i in range(15)])
    return np.array(words, np.float32)
