"""A reader for codes that defeat the fast ones: part of them under a light spot, a thumb, moire or a bend.

Its finders are found by correlation, its grid follows the paper, and what cannot be seen is erased rather than guessed
(kiosk.eye.finders, grid, symbol). The corrected code is drawn anew and handed to another reader, so that there is one
interpreter of bytes, and one place that refuses parts of a structured append. It takes tens of milliseconds, and more
or less fills the image it is given: cut the region out first.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np

from hardware.ports import Luma
from kiosk.eye import finders, grid, grid_fit, grid_lock, symbol
from kiosk.eye.codewords import Modules
from kiosk.eye.readers.port import QR_CODE, Corner, Found, Reader
from kiosk.eye.superposition import Superposition
from kiosk.eye.trio import Trio, duos, trios

# of finders, alignment and timing together on a flat grid; then of each on the grid that follows the paper
_LEAST_FLAT = 0.4
_LEAST_LIKENESS = 0.4
_LEAST_TIMING = 0.3
# versions on either side of the measured one that may be the true one, and how many of them are looked at closely
_VERSIONS_OFF = 0.08
_DRAWN_PX = 3
_CLOCKWISE = ((0, 0), (0, 1), (1, 1), (1, 0))

_Way = tuple[Trio, int]  # finders, and modules across


@dataclass(frozen=True, slots=True)
class Thoroughness:
    """How many guesses are followed up: sets of three finders, sizes for each of them, and guesses from two finders."""

    trios: int
    on_three: int
    on_two: int


# of 106 hard codes the first guess from three finders was right in 76, the first from two in 27 (docs/reading.md)
THOROUGH = Thoroughness(3, 2, 4)
BRISK = Thoroughness(1, 1, 1)


class PatientReader:
    """Slow; see above. With `frames` it also reads what only several frames together hold, one call a frame.

    A code whose grid was found but which does not hold together has no data (`Found`).
    """

    def __init__(
        self,
        interpreter: Reader,
        thoroughness: Thoroughness = THOROUGH,
        frames: Superposition | None = None,
    ) -> None:
        self._interpreter = interpreter
        self._thoroughness = thoroughness
        self._frames = frames
        # of the code that the last call located and could not read
        self.laid: grid.Grid | None = None

    def read(self, luma: Luma, *, invert: bool = False) -> list[Found]:
        self.laid = None
        located: list[Found] = []
        for image in (luma, 255 - luma) if invert else (luma,):
            for laid in self._grids(image):
                found = self._found(image, laid)
                if any(code.data is not None for code in found):
                    return found
                located = located or found
        return located

    def reread(self, luma: Luma, before: grid.Grid) -> list[Found]:
        """A code that lay so in the frame before: a third of the time, for nothing is searched."""
        self.laid = None
        trio = grid_fit.finders_of(luma, before)
        laid = grid_fit.fitted(luma, trio, before.side) if trio is not None else None
        return self._found(luma, grid_lock.locked(luma, laid)) if laid is not None else []

    def _grids(self, luma: Luma) -> Iterator[grid.Grid]:
        """On three finders that are seen, or else on two."""
        seen, most = finders.find(luma), self._thoroughness
        on_three = (
            _likeliest(luma, [trio], most.on_three) for trio in trios(luma, seen, most.trios)
        )
        on_two = (_likeliest(luma, pair, most.on_two) for pair in [duos(luma, seen)])
        for way in chain.from_iterable(chain(on_three, on_two)):
            laid = grid_fit.fitted(luma, *way)
            if laid is not None:
                yield grid_lock.locked(luma, laid)

    def _found(self, luma: Luma, laid: grid.Grid) -> list[Found]:
        version = (laid.side - 17) // 4
        likely = []
        for ink in symbol.inks(grid.sampled(luma, laid)):
            known, timing = symbol.likeness(ink, version)
            if known < _LEAST_LIKENESS or timing < _LEAST_TIMING:
                continue
            likely.append(ink)
            modules = _held_together(ink, version)
            if modules is not None:
                return self._interpreted(modules, _corners(laid))
        if not likely:
            return []
        together = self._frames.with_frame(likely[0]) if self._frames is not None else None
        modules = _held_together(together, version) if together is not None else None
        if modules is not None:
            return self._interpreted(modules, _corners(laid))
        self.laid = self.laid or laid
        return [Found(QR_CODE, None, _corners(laid))]

    def _interpreted(self, modules: Modules, corners: tuple[Corner, ...]) -> list[Found]:
        return [
            Found(code.symbology, code.data, corners)
            for code in self._interpreter.read(_drawn(modules))
            if code.data is not None
        ]


def _likeliest(luma: Luma, guesses: Iterable[Trio], most: int) -> list[_Way]:
    """Those whose finders and timing lie best on a flat grid: quick to say, and seldom wrong."""
    ranked = []
    ways = [(trio, side) for trio in guesses for side in _sides(trio)]
    for way, laid in zip(ways, grid_fit.flat(ways), strict=True):
        if laid is not None:
            ink = next(symbol.inks(grid.glimpsed(luma, laid)))
            like = sum(symbol.likeness(ink, (laid.side - 17) // 4))
            if like > _LEAST_FLAT:
                ranked.append((like, way))
    ranked.sort(key=lambda one: -one[0])
    return [way for _, way in ranked[:most]]


def _held_together(ink: symbol.Ink, version: int) -> Modules | None:
    # a code in a mirror has its rows for columns
    as_is, in_mirror = (symbol.kind_of(way, version) for way in (ink, ink.T))
    mirrored = in_mirror[1] > as_is[1]
    kind, seen = (in_mirror[0], ink.T) if mirrored else (as_is[0], ink)
    return symbol.read(seen, kind)


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
