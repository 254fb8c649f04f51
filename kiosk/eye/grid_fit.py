"""A grid laid on a code: it begins at the finders that are seen, and is pulled onto the alignment patterns."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from hardware.ports import Luma
from kiosk.eye.codewords import alignment_centres
from kiosk.eye.finders import drawn_finder
from kiosk.eye.grid import Grid, Numbers, cubic, fitted_cubic, remapped
from kiosk.eye.trio import Corner, Trio, closely_fitted

_DEPTH_STEPS = 2
_LEAST_DEPTH = 0.05
_MOVED = 3.0  # modules, by a hand from one frame to the next
_DRAWN_PX = 3  # a module of what is looked for
_LEAST_LIKENESS = 0.55  # of an alignment pattern, or a finder where one was

_Anchor = tuple[tuple[float, float], Numbers]  # module coordinates, px
# the middle and the four outer corners of a finder, modules
_OF_FINDER = np.array([(0.0, 0.0), (-3.5, -3.5), (3.5, -3.5), (3.5, 3.5), (-3.5, 3.5)])


def flat(ways: Sequence[tuple[Trio, int]]) -> list[Grid | None]:
    """The grid of a flat code on those finders, so many modules across; None where there is none.

    All ways must see as many finders: they are fitted together, which takes a fraction of the time.
    """
    if not ways:
        return []
    here = np.array([_anchor_places(trio, side) for trio, side in ways])
    px = {id(trio): _anchor_px(trio) for trio, _ in ways}
    there = np.array([px[id(trio)] for trio, _ in ways])
    return _perspectives(here, there, [side for _, side in ways])


def finders_of(luma: Luma, grid: Grid) -> Trio | None:
    """The finders of a code that lay so a moment ago, where they are now; None when fewer than two are seen."""
    far = grid.side - 3.5
    corners: list[Corner | None] = []
    for column, row in ((3.5, 3.5), (far, 3.5), (3.5, far)):
        place = _best_place(luma, grid, (column, row), _MOVED, _drawn_finder())
        if place is None:
            corners.append(None)
            continue
        x, y = grid.lattice(np.array([column, column + 1]), np.array([row, row + 1]))
        along_row = np.array([x[0, 1] - x[0, 0], y[0, 1] - y[0, 0]], np.float64)
        along_column = np.array([x[1, 0] - x[0, 0], y[1, 0] - y[0, 0]], np.float64)
        corners.append(closely_fitted(luma, Corner(place[1], along_row, along_column)))
    return Trio(*corners) if corners.count(None) < 2 else None


def fitted(luma: Luma, trio: Trio, side: int) -> Grid | None:
    """The grid of a code on these finders, pulled onto the alignment patterns that are seen, bent with the paper."""
    (level,) = flat([(trio, side)])
    if level is None:
        return None
    centres = alignment_centres((side - 17) // 4)
    if not centres:
        return level
    # the one furthest from all finders says most about the perspective, and is least where it is expected
    last = _alignment(luma, level, (side - 6.5, side - 6.5), min(7.0, 2.5 + 0.06 * side))
    places, px = _anchor_places(trio, side), _anchor_px(trio)
    if last is not None:
        here, there = (
            np.vstack([known, *[one] * 8]) for known, one in ((places, last[0]), (px, last[1]))
        )
        level = _perspectives(here[None], there[None], [side])[0] or level
    return _bent(luma, level, places, px, [(c + 0.5, r + 0.5) for r, c in centres])


def _anchor_places(trio: Trio, side: int) -> Numbers:
    """Module coordinates of five points of each finder that is seen, (points, 2)."""
    far = side - 3.5
    middles = (
        (trio.top_left, (3.5, 3.5)),
        (trio.top_right, (far, 3.5)),
        (trio.bottom_left, (3.5, far)),
    )
    return np.concatenate([_OF_FINDER + middle for corner, middle in middles if corner])


def _anchor_px(trio: Trio) -> Numbers:
    """The same points in the image, (points, 2)."""
    corners = (trio.top_left, trio.top_right, trio.bottom_left)
    return np.concatenate(
        [
            corner.middle + _OF_FINDER @ np.array([corner.along_row, corner.along_column])
            for corner in corners
            if corner
        ]
    )


def _perspectives(here: Numbers, there: Numbers, sides: Sequence[int]) -> list[Grid | None]:
    """The perspective from each set of places, (sets, points, 2) modules, to (points, 2) px: least squares in px.

    The equations are linear but for the depth by which each is multiplied; that is taken from the solution before.
    """
    middle, spread_px = there.mean(axis=1, keepdims=True), there.std(axis=(1, 2), keepdims=True)
    if not np.isfinite(spread_px).all() or (spread_px < 1e-6).any():
        return [None] * len(sides)
    px, count = (there - middle) / spread_px, there.shape[1]
    unit = here * (2 / np.array(sides))[:, None, None] - 1
    equations = np.zeros((len(sides), 2 * count, 8))
    for axis in (0, 1):
        half = equations[:, axis * count : (axis + 1) * count]
        half[:, :, 3 * axis : 3 * axis + 2] = unit
        half[:, :, 3 * axis + 2] = 1
        half[:, :, 6:] = -unit * px[:, :, axis, None]
    transposed = np.ascontiguousarray(equations.transpose(0, 2, 1))
    right = px.transpose(0, 2, 1).reshape(len(sides), 2 * count, 1)
    weights = np.ones((len(sides), 1, 2 * count))
    for _ in range(_DEPTH_STEPS):
        weighted = transposed * weights
        normal = weighted @ equations + 1e-9 * np.eye(8)
        terms = np.linalg.solve(normal, weighted @ right)
        depth = np.maximum(1 + unit @ terms[:, 6:], 0.05)
        weights = np.tile(depth[:, :, 0] ** -2, 2)[:, None]
    to_image = np.append(terms[:, :, 0], np.ones((len(sides), 1)), axis=1).reshape(-1, 3, 3)
    to_image[:, :2] = to_image[:, :2] * spread_px + middle.transpose(0, 2, 1) * to_image[:, 2:]
    to_image[:, :, :2] *= (2 / np.array(sides))[:, None, None]
    # the unit coordinates begin at -1
    to_image[:, :, 2] -= (to_image[:, :, :2] * np.array(sides)[:, None, None] / 2).sum(axis=2)
    return [_within_horizon(one, side) for one, side in zip(to_image, sides, strict=True)]


def _within_horizon(to_image: Numbers, side: int) -> Grid | None:
    """None when the code would reach beyond the horizon."""
    a, b, c = (float(term) for term in to_image[2])
    depths = (c, c + side * a, c + side * b, c + side * (a + b))
    if not np.isfinite(to_image).all() or c < 1e-6 or min(depths) < _LEAST_DEPTH * c:
        return None
    return Grid(side, to_image / c, np.zeros((10, 2)))


def _bent(
    luma: Luma,
    level: Grid,
    places: Numbers,
    px: Numbers,
    centres: list[tuple[float, float]],
) -> Grid:
    """The paper bent so that it passes through every alignment pattern that is seen."""
    seen = [(centre, _alignment(luma, level, centre, 1.8)) for centre in centres]
    found = [(centre, anchor[1]) for centre, anchor in seen if anchor is not None]
    if len(found) < 3:
        return level
    inverse = np.linalg.pinv(level.to_image)
    places = np.vstack([places, [place for place, _ in found]])
    px = np.vstack([px, [at for _, at in found]])
    back = np.column_stack([px, np.ones(len(px))]) @ inverse.T
    off = back[:, :2] / back[:, 2:] - places
    terms = cubic(places[:, 0], places[:, 1], level.side)
    weights = np.ones(len(places))
    bend = np.column_stack([fitted_cubic(terms, off[:, i], weights) for i in (0, 1)])
    return replace(level, bend=bend)


def _alignment(luma: Luma, grid: Grid, centre: tuple[float, float], reach: float) -> _Anchor | None:
    return _best_place(luma, grid, centre, reach, _drawn_alignment())


def _best_place(
    luma: Luma, grid: Grid, centre: tuple[float, float], reach: float, drawn: NDArray[np.float32]
) -> _Anchor | None:
    """The best place for that pattern within `reach` modules of where it is expected; None when none is good."""
    at, shift, dear = _around(reach, drawn.shape[0])
    grey = remapped(luma, grid, centre[0] + at, centre[1] + at)
    likeness = cv2.matchTemplate(grey, drawn, cv2.TM_CCOEFF_NORMED)
    likeness[~(np.abs(likeness) < 1.01)] = 0.0  # nothing is known of an area without contrast
    row, column = divmod(int(np.argmax(likeness - dear)), likeness.shape[1])
    if likeness[row, column] < _LEAST_LIKENESS:
        return None
    x, y = grid.lattice(centre[0] + shift[column : column + 1], centre[1] + shift[row : row + 1])
    return centre, np.array([x[0, 0], y[0, 0]], np.float64)


@lru_cache(maxsize=64)
def _around(reach: float, drawn_px: int) -> tuple[Numbers, Numbers, Numbers]:
    """Where to look, from where a place is expected (modules); each shift of it, and by how much it is less likely."""
    side_px = int(2 * reach * _DRAWN_PX) + drawn_px
    at = (np.arange(side_px) + 0.5 - drawn_px / 2) / _DRAWN_PX - reach
    shift = np.arange(side_px - drawn_px + 1) / _DRAWN_PX - reach
    return at, shift, 0.02 * np.hypot(shift[:, None], shift[None, :])


@lru_cache(maxsize=1)
def _drawn_alignment() -> NDArray[np.float32]:
    """Dark, light and dark: 5x5 modules of `_DRAWN_PX` px."""
    out = np.maximum(*np.abs(np.indices((5, 5)) - 2))
    modules = np.where(out == 1, 200, 0).astype(np.float32)
    return np.kron(modules, np.ones((_DRAWN_PX, _DRAWN_PX), np.float32))


@lru_cache(maxsize=1)
def _drawn_finder() -> NDArray[np.float32]:
    return drawn_finder(_DRAWN_PX)
