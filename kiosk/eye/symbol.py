"""From the grey of each module to a code that holds together: doubt is carried to the very end.

Ink is a (side, side) array from -1, surely light, to 1, surely dark; 0 is a module of which nothing can be said, under
a light spot or a thumb. Codewords in doubt are given to the error correction as erasures, which cost half as much as
errors: twice as much of a code may be missing. Positions and codes: ISO/IEC 18004:2015, 7.9 and 7.10.
"""

from collections.abc import Iterator
from functools import lru_cache

import cv2
import numpy as np
import segno
from numpy.typing import NDArray

from kiosk.eye.codewords import (
    Block,
    Kind,
    Modules,
    blocks,
    codeword_trust,
    function_modules,
    with_blocks,
)
from kiosk.eye.reed_solomon import corrected

Ink = NDArray[np.float32]

# Check codewords that are never spent: noise passes with a chance of 256^-4 a try, and there are about 10^2 tries.
SPARE = 4
_FORMAT_LEVELS = "MLHQ"  # by their two bits
# share of the usual contrast under which a module says nothing
_LEAST_CONTRAST = 0.15


def inks(grey: NDArray[np.float32]) -> Iterator[Ink]:
    """Several judgements of the same modules, the one that is right most often first."""
    yield _between_extremes(grey, 3, 3)
    yield _against_mean(grey, 5)
    yield _between_extremes(grey, 5, 3)
    yield _against_mean(grey, 9)


def _between_extremes(grey: NDArray[np.float32], window: int, smooth: int) -> Ink:
    """Against the middle between the lightest and the darkest module nearby."""
    kernel = np.ones((window, window), np.uint8)
    light = cv2.blur(cv2.dilate(grey, kernel), (smooth, smooth))
    dark = cv2.blur(cv2.erode(grey, kernel), (smooth, smooth))
    contrast = light - dark
    least = _LEAST_CONTRAST * float(np.median(contrast)) + 4
    ink = ((light + dark) / 2 - grey) / np.maximum(contrast, least) * 2
    return np.asarray(ink.clip(-1, 1), np.float32)


def _against_mean(grey: NDArray[np.float32], window: int) -> Ink:
    mean = cv2.blur(grey, (window, window))
    spread = cv2.blur(np.abs(grey - mean), (window, window))
    least = _LEAST_CONTRAST * float(np.median(spread)) + 2
    return np.asarray(((mean - grey) / np.maximum(spread, least) / 2).clip(-1, 1), np.float32)


def likeness(ink: Ink, version: int) -> tuple[float, float]:
    """How far finders and alignment, and the timing pattern alone, are what they must be: 1 is perfect, 0 chance."""
    drawn = np.where(blank(Kind(version, "L", 0)), 1.0, -1.0)
    right = drawn * ink
    known = function_modules(version).copy()
    known[8, :9] = known[:9, 8] = known[8, -8:] = known[-8:, 8] = False  # format
    timing = np.concatenate([right[6, 8:-8], right[8:-8, 6]])
    return float(right[known].mean()), float(timing.mean())


def kind_of(ink: Ink, version: int) -> Kind:
    """Error level and mask, by the likeliest of the 32 format words over both of its copies."""
    side = ink.shape[0]
    rows = [8] * 8 + [7, 5, 4, 3, 2, 1, 0]
    columns = [0, 1, 2, 3, 4, 5, 7, 8] + [8] * 7
    first = ink[rows, columns]
    second = np.concatenate([ink[[side - 1 - i for i in range(7)], 8], ink[8, side - 8 :]])
    best = int(np.argmax(_format_words() @ (first + second)))
    return Kind(version, _FORMAT_LEVELS[best >> 3], best & 7)


def read(ink: Ink, kind: Kind) -> Modules | None:
    """The code, corrected and drawn anew, or None when too much of it is wrong or missing."""
    trust = codeword_trust(np.abs(ink), kind)
    fixed: list[Block] = []
    for block, trusted in zip(blocks(ink > 0, kind), trust, strict=True):
        codewords = _fixed(block, [int(place) for place in np.argsort(trusted, kind="stable")])
        if codewords is None:
            return None
        fixed.append(Block(codewords, block.check_count))
    return with_blocks(blank(kind), kind, fixed)


def _fixed(block: Block, doubtful_first: list[int]) -> NDArray[np.uint8] | None:
    most = max(0, block.check_count - SPARE)
    for erased in dict.fromkeys(most * eighths // 8 for eighths in range(9)):
        spare = min(SPARE, block.check_count) if erased else 0
        codewords = corrected(
            block.codewords, block.check_count, doubtful_first[:erased], spare=spare
        )
        if codewords is not None:
            return codewords
    return None


@lru_cache(maxsize=64)
def blank(kind: Kind) -> Modules:
    """A code of that kind; only its function modules matter."""
    code = segno.make(
        "0",
        version=kind.version,
        error=kind.level,
        mask=kind.mask,
        boost_error=False,
        micro=False,
    )
    return np.array([list(row) for row in code.matrix], dtype=bool)


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
