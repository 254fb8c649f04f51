"""Three finders that belong to one code, and how the code lies at each of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, permutations

import cv2
import numpy as np
from numpy.typing import NDArray

from hardware.ports import Luma
from kiosk.eye.finders import Finder, drawn_finder

Vector = NDArray[np.float64]  # (x_px, y_px)

# what a code held at a slant may do to its own shape
_MOST_SIZE_RATIO = 1.7
_MOST_SIDE_RATIO = 2.0
_MOST_COSINE = 0.6
_SIDE_MODULES = (12.0, 190.0)  # between two finders' middles, with room for a poor measure
_QUARTER = np.array([[0.0, -1.0], [1.0, 0.0]])  # a quarter turn clockwise, as y points down
_EIGHTH = np.array([[-1.0, 1.0], [-1.0, -1.0]]) / np.sqrt(2)
_PATCH_PX = 4.0  # a module of the finder that is drawn for the close fit
_CLOSE_ENOUGH = 0.5
_LEAST_TURN_COSINE = 0.88  # 28 degrees: half way to the other guess, and more for a slant


@dataclass(frozen=True, slots=True)
class Corner:
    """A finder: its middle, and the px that one module spans there along a row and along a column."""

    middle: Vector
    along_row: Vector
    along_column: Vector


@dataclass(frozen=True, slots=True)
class Trio:
    """Clockwise: top left, top right; and bottom left. One of them may be hidden: `None`."""

    top_left: Corner | None
    top_right: Corner | None
    bottom_left: Corner | None

    @property
    def modules(self) -> float:
        """How many modules across the code seems to be, from the size of a module at the finders that are seen."""
        a, b, c = self.top_left, self.top_right, self.bottom_left
        measures = []
        if a and b:
            measures.append(_apart(a, b) / (_length(a.along_row) + _length(b.along_row)))
        if a and c:
            measures.append(_apart(a, c) / (_length(a.along_column) + _length(c.along_column)))
        if not measures and b and c:
            diagonals = _length(b.along_row - b.along_column) + _length(
                c.along_row - c.along_column
            )
            measures.append(_apart(b, c) / diagonals)
        return 7 + 2 * sum(measures) / max(len(measures), 1)


def _length(vector: Vector) -> float:
    return float(np.hypot(*vector))


def _apart(one: Corner, other: Corner) -> float:
    return _length(other.middle - one.middle)


def trios(luma: Luma, finders: list[Finder], most: int = 3) -> Iterator[Trio]:
    """The likeliest first."""
    ranked = []
    for three in combinations(finders, 3):
        ordered, strangeness = _ordered(three)
        if ordered is not None:
            ranked.append((sum(f.score for f in three) - strangeness, ordered))
    ranked.sort(key=lambda one: -one[0])
    for _, (top_left, top_right, bottom_left) in ranked[:most]:
        yield _fitted(luma, top_left, top_right, bottom_left)


def duos(luma: Luma, finders: list[Finder], most: int = 2) -> Iterator[Trio]:
    """Pairs of finders whose third is hidden: every way in which they may belong to a code, of the likeliest pairs."""
    pairs = [
        (one, other)
        for one, other in combinations(finders, 2)
        if max(one.module_px, other.module_px)
        < _MOST_SIZE_RATIO * min(one.module_px, other.module_px)
    ]
    for one, other in sorted(pairs, key=lambda pair: -pair[0].score - pair[1].score)[:most]:
        module_px = (one.module_px + other.module_px) / 2
        between = _between(one, other)
        towards = between / max(float(np.hypot(*between)), 1e-6)
        # as neighbours, the code on one side of them or on the other, its top left at one or at the other
        a, b = (_fitted_to(luma, f, module_px * towards) for f in (one, other))
        if a and b:
            # the second lies to the right of the first, above it, to its left, below
            yield Trio(a, b, None)
            yield Trio(_turned(b, 1), None, _turned(a, 1))
            yield Trio(_turned(b, 2), _turned(a, 2), None)
            yield Trio(_turned(a, 3), None, _turned(b, 3))
        # across the diagonal: the second lies below and to the left of the first, or above and to the right
        a, b = (_fitted_to(luma, f, module_px * (_EIGHTH @ towards)) for f in (one, other))
        if a and b:
            yield Trio(None, a, b)
            yield Trio(None, _turned(b, 2), _turned(a, 2))


def _fitted_to(luma: Luma, finder: Finder, along_row: Vector) -> Corner | None:
    """None when it does not fit, or lies askew: neighbours were taken for a diagonal, or a diagonal for them."""
    before = _corner(finder, along_row, _QUARTER @ along_row)
    fitted = closely_fitted(luma, before)
    if fitted is before:
        return None
    cosine = float(fitted.along_row @ along_row) / (
        _length(fitted.along_row) * _length(along_row) + 1e-9
    )
    return fitted if cosine > _LEAST_TURN_COSINE else None


def _turned(corner: Corner, quarters: int) -> Corner:
    """The same finder in a code that lies so many quarter turns further clockwise."""
    row, column = corner.along_row, corner.along_column
    for _ in range(quarters):
        row, column = column, -row
    return Corner(corner.middle, row, column)


def _corner(finder: Finder, along_row: Vector, along_column: Vector) -> Corner:
    return Corner(np.array([finder.x_px, finder.y_px]), along_row, along_column)


def _ordered(
    three: tuple[Finder, ...],
) -> tuple[tuple[Finder, Finder, Finder] | None, float]:
    """Top left, top right, bottom left, and how far from a square they lie; None when they are no code's."""
    sizes = [f.module_px for f in three]
    size_ratio = max(sizes) / min(sizes)
    if size_ratio > _MOST_SIZE_RATIO:
        return None, 0.0
    # the finder opposite to the longest side is the top left one; the turn tells the other two apart
    top_left, top_right, bottom_left = max(
        permutations(three), key=lambda p: (np.hypot(*_between(p[1], p[2])), _turn(*p) > 0)
    )
    row, column = _between(top_left, top_right), _between(top_left, bottom_left)
    row_px, column_px = float(np.hypot(*row)), float(np.hypot(*column))
    side_ratio = max(row_px, column_px) / max(min(row_px, column_px), 1e-6)
    cosine = abs(float(row @ column)) / max(row_px * column_px, 1e-6)
    modules = (row_px + column_px) / 2 / float(np.mean(sizes))
    if side_ratio > _MOST_SIDE_RATIO or cosine > _MOST_COSINE:
        return None, 0.0
    if not _SIDE_MODULES[0] < modules < _SIDE_MODULES[1]:
        return None, 0.0
    strangeness = cosine + 0.3 * float(np.log(size_ratio) + np.log(side_ratio))
    return (top_left, top_right, bottom_left), strangeness


def _between(a: Finder, b: Finder) -> Vector:
    return np.array([b.x_px - a.x_px, b.y_px - a.y_px])


def _turn(top_left: Finder, top_right: Finder, bottom_left: Finder) -> float:
    row, column = _between(top_left, top_right), _between(top_left, bottom_left)
    return float(row[0] * column[1] - row[1] * column[0])


def _fitted(luma: Luma, top_left: Finder, top_right: Finder, bottom_left: Finder) -> Trio:
    module_px = (top_left.module_px + top_right.module_px + bottom_left.module_px) / 3
    row, column = _between(top_left, top_right), _between(top_left, bottom_left)
    along_row = row / np.hypot(*row) * module_px
    along_column = column / np.hypot(*column) * module_px
    return Trio(
        *(
            closely_fitted(luma, _corner(f, along_row, along_column))
            for f in (top_left, top_right, bottom_left)
        )
    )


def closely_fitted(luma: Luma, corner: Corner) -> Corner:
    """The corner, moved and sheared until a drawn finder lies best on the image; as it was where that fails."""
    drawn = _drawn()
    middle_px = (drawn.shape[0] - 1) / 2
    reach = int(6 * np.abs([corner.along_row, corner.along_column]).sum(axis=0).max()) + 4
    left, top = (max(0, int(c) - reach) for c in corner.middle)
    patch = luma[top : top + 2 * reach, left : left + 2 * reach].astype(np.float32)
    to_image = np.zeros((2, 3), np.float32)
    to_image[:, :2] = np.column_stack([corner.along_row, corner.along_column]) / _PATCH_PX
    to_image[:, 2] = corner.middle - to_image[:, :2] @ [middle_px, middle_px] - [left, top]
    often_enough = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 8, 3e-3)
    try:
        likeness, found = cv2.findTransformECC(
            drawn, patch, to_image, cv2.MOTION_AFFINE, often_enough
        )
    except cv2.error:  # raised when it does not converge
        return corner
    to_image = np.asarray(found, np.float32)
    modules = to_image[:, :2].astype(np.float64) * _PATCH_PX
    stretch = abs(np.linalg.det(modules)) / max(
        abs(np.linalg.det(np.column_stack([corner.along_row, corner.along_column]))), 1e-9
    )
    if likeness < _CLOSE_ENOUGH or not 0.4 < stretch < 2.5:
        return corner
    middle = to_image[:, :2] @ [middle_px, middle_px] + to_image[:, 2] + [left, top]
    return Corner(np.asarray(middle, np.float64), modules[:, 0], modules[:, 1])


@lru_cache(maxsize=1)
def _drawn() -> NDArray[np.float32]:
    return drawn_finder(_PATCH_PX)
