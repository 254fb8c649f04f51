"""A reader for codes that defeat the fast ones: part of them under a light spot, a thumb, moire or a bend.

Its finders are found by correlation, its grid follows the paper, and what cannot be seen is erased rather than guessed
(kiosk.eye.finders, grid, symbol). The corrected code is drawn anew and handed to zxing-cpp, so that there is one
interpreter of bytes, and one place that refuses parts of a structured append. It takes tens of milliseconds, and more
or less fills the image it is given: cut the region out first.
"""

from collections.abc import Iterator
from itertools import chain

import numpy as np

from hardware.ports import Luma
from kiosk.eye import finders, grid, symbol
from kiosk.eye.codewords import Modules
from kiosk.eye.readers.port import Corner, Found
from kiosk.eye.readers.zxing import ZxingReader
from kiosk.eye.trio import Trio, duos, trios

_LEAST_LIKENESS = 0.25
_LEAST_TIMING = 0.2
# versions on either side of the measured one that may be the true one, and how many of them are looked at closely
_VERSIONS_OFF = 0.08
_CLOSELY = 2
_CLOSELY_OF_TWO = 4
_DRAWN_PX = 3
_CLOCKWISE = ((0, 0), (0, 1), (1, 1), (1, 0))


class PatientReader:
    """Slow; see above."""

    def __init__(self) -> None:
        self._interpreter = ZxingReader("BoolCast", downscale=False)

    def read(self, luma: Luma, *, invert: bool = False) -> list[Found]:
        for image in (luma, 255 - luma) if invert else (luma,):
            for modules, corners in _readings(image):
                found = [
                    Found(code.symbology, code.data, corners)
                    for code in self._interpreter.read(_drawn(modules))
                    if code.data is not None
                ]
                if found:
                    return found
        return []


def _readings(luma: Luma) -> Iterator[tuple[Modules, tuple[Corner, ...]]]:
    """Codes that hold together: with three finders seen, or else with two."""
    seen = finders.find(luma)
    for way in chain(_on_three(luma, seen), _on_two(luma, seen)):
        laid = grid.fitted(luma, *way)
        if laid is None:
            continue
        laid = grid.locked(luma, laid)
        modules = _held_together(luma, laid)
        if modules is not None:
            yield modules, _corners(laid)


_Way = tuple[Trio, int]  # finders, and modules across


def _on_three(luma: Luma, seen: list[finders.Finder]) -> Iterator[_Way]:
    for trio in trios(luma, seen):
        yield from _likeliest(luma, [(trio, side) for side in _sides(trio)], _CLOSELY)


def _on_two(luma: Luma, seen: list[finders.Finder]) -> Iterator[_Way]:
    ways = [(trio, side) for trio in duos(luma, seen) for side in _sides(trio)]
    yield from _likeliest(luma, ways, _CLOSELY_OF_TWO)


def _likeliest(luma: Luma, ways: list[_Way], most: int) -> list[_Way]:
    """Those whose finders and timing lie best on a flat grid: quick to say, and seldom wrong."""
    ranked = []
    for trio, side in ways:
        laid = grid.flat(trio, side)
        if laid is not None:
            ink = next(symbol.inks(grid.sampled(luma, laid, samples=3, span=0.5)))
            ranked.append((sum(symbol.likeness(ink, (side - 17) // 4)), (trio, side)))
    ranked.sort(key=lambda one: -one[0])
    return [way for _, way in ranked[:most]]


def _held_together(luma: Luma, laid: grid.Grid) -> Modules | None:
    version = (laid.side - 17) // 4
    for ink in symbol.inks(grid.sampled(luma, laid)):
        known, timing = symbol.likeness(ink, version)
        if known < _LEAST_LIKENESS or timing < _LEAST_TIMING:
            continue
        # a code in a mirror has its rows for columns
        as_is, in_mirror = (symbol.kind_of(way, version) for way in (ink, ink.T))
        mirrored = in_mirror[1] > as_is[1]
        kind, seen = (in_mirror[0], ink.T) if mirrored else (as_is[0], ink)
        modules = symbol.read(seen, kind)
        if modules is not None:
            return modules
    return None


def _sides(trio: Trio) -> list[int]:
    """How many modules across a code with those finders may be."""
    measured = (trio.modules - 17) / 4
    off = max(1.1, 0.6 + _VERSIONS_OFF * measured)
    least, most = max(1, round(measured - off)), min(40, round(measured + off))
    return [17 + 4 * version for version in range(least, most + 1)]


def _corners(laid: grid.Grid) -> tuple[Corner, ...]:
    ends = np.array([0.0, laid.side])
    x, y = laid.lattice(ends, ends)
    return tuple((float(x[row, column]), float(y[row, column])) for row, column in _CLOCKWISE)


def _drawn(modules: Modules) -> Luma:
    light = np.where(np.pad(modules, 4), 0, 255).astype(np.uint8)
    return np.kron(light, np.ones((_DRAWN_PX, _DRAWN_PX), np.uint8))
