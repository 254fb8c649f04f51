"""Where each module of a code lies in an image: a perspective, and how the paper bends away from it.

The grid begins at the three finders, is pulled onto the alignment patterns, and is then locked in phase with the edges
of all modules: between two modules the image changes at whole module coordinates, so the mean phase of the changes
tells by how much the grid is off. Coordinates are (column, row) in modules; module (0, 0) has its middle at (0.5, 0.5).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from hardware.ports import Luma
from kiosk.eye.codewords import alignment_centres
from kiosk.eye.finders import drawn_finder
from kiosk.eye.trio import Corner, Trio, closely_fitted

Numbers = NDArray[np.float64]
_Px = NDArray[np.float32]
# powers of the column and of the row, of a cubic in both
_TERMS = ((0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2), (3, 0), (2, 1), (1, 2), (0, 3))

_DEPTH_STEPS = 2
_LEAST_DEPTH = 0.05
_MOVED = 3.0  # modules, by a hand from one frame to the next
_LOCK_STEPS = 2
_LOCK_PX = 3  # a module of the flattened image
_LOCK_SIGMA = 2.0  # modules over which phases are averaged
_LOCK_EVERY = 2  # modules: after that averaging their neighbours say the same
_LEAST_LIKENESS = 0.55  # of an alignment pattern, or a finder where one was
# stiffness of the paper: cubic bends are resisted more than quadratic ones, and those more than shifts
_STIFFNESS = np.array([1e-3] * 3 + [0.02] * 3 + [0.05] * 4) * 0.02


@dataclass(frozen=True)
class Grid:
    """`to_image` is 3x3, modules to px; `bend` holds the ten terms of a cubic, for columns and for rows, in modules."""

    side: int
    to_image: Numbers
    bend: Numbers  # (10, 2), terms in the order of `_TERMS`

    def lattice(self, columns: Numbers, rows: Numbers) -> tuple[_Px, _Px]:
        """(x, y) in the image, each (len(rows), len(columns)), of every row with every column."""
        across, down = _powers(_unit(columns, self.side)), _powers(_unit(rows, self.side)).T
        across = across.astype(np.float32)
        x, y, depth = ((down @ cubic).astype(np.float32) @ across for cubic in self._cubics)
        # beyond the horizon of a wrong perspective there is no place
        np.maximum(depth, 1e-6, out=depth)
        limit = 32_000.0  # OpenCV remaps within 16 bits
        for place in (x, y):  # in place, as large arrays cost more to get than to fill
            place /= depth
            np.clip(place, -limit, limit, out=place)
        return x, y

    def moved(self, scale: float, left_px: float, top_px: float) -> "Grid":
        """The same code in an image that is so many times larger, and begins further to the left and above."""
        move = np.array([[scale, 0, left_px], [0, scale, top_px], [0, 0, 1]])
        return replace(self, to_image=move @ self.to_image)

    @cached_property
    def _cubics(self) -> Numbers:
        """x, y and depth are themselves cubics of the unit coordinates: (3, power of the row, power of the column)."""
        column, row, one = np.zeros((3, 4, 4))
        for (u, v), for_column, for_row in zip(
            _TERMS, self.bend[:, 0], self.bend[:, 1], strict=True
        ):
            column[v, u], row[v, u] = for_column, for_row
        half = self.side / 2
        column[0, :2] += half
        row[:2, 0] += half
        one[0, 0] = 1
        return np.asarray(np.einsum("ij,jvu->ivu", self.to_image, np.array([column, row, one])))


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
    """The same, pulled onto the alignment patterns that are seen, and bent with the paper."""
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


def locked(luma: Luma, grid: Grid) -> Grid:
    """The grid, brought into phase with the edges of the modules, from the finders outwards."""
    cubic, from_finder = _some_modules(grid.side)
    for step in range(_LOCK_STEPS):
        off_column, off_row = _phases(luma, grid)
        reach = grid.side * (0.35 + 0.3 * step)
        trust = np.exp(-((from_finder / reach) ** 2))
        if step == _LOCK_STEPS - 1:
            trust = np.ones_like(trust)
        bend = np.column_stack(
            [
                _fitted_cubic(cubic, np.angle(off) / (2 * np.pi), np.abs(off) * trust)
                for off in (off_column, off_row)
            ]
        )
        grid = replace(grid, bend=grid.bend + bend)
    return grid


def sampled(luma: Luma, grid: Grid) -> NDArray[np.float32]:
    """The mean grey of the middle of each module, (side, side)."""
    samples = 3
    offsets = np.linspace(-0.25, 0.25, samples)
    at = (np.arange(grid.side)[:, None] + 0.5 + offsets[None, :]).ravel()
    grey = _remapped(luma, grid, at, at)
    # the exact mean of three by three
    return np.asarray(
        cv2.resize(grey, (grid.side, grid.side), interpolation=cv2.INTER_AREA), np.float32
    )


def glimpsed(luma: Luma, grid: Grid) -> NDArray[np.float32]:
    """The grey in the very middle of each module of a flat grid, (side, side): a tenth of the time of `sampled`."""
    middle = np.array([[1.0, 0.0, 0.5], [0.0, 1.0, 0.5], [0.0, 0.0, 1.0]])
    grey = cv2.warpPerspective(
        luma,
        grid.to_image @ middle,
        (grid.side, grid.side),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(grey, np.float32)


_Anchor = tuple[tuple[float, float], Numbers]  # module coordinates, px
# the middle and the four outer corners of a finder, modules
_OF_FINDER = np.array([(0.0, 0.0), (-3.5, -3.5), (3.5, -3.5), (3.5, 3.5), (-3.5, 3.5)])


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
    cubic = _cubic(places[:, 0], places[:, 1], level.side)
    weights = np.ones(len(places))
    bend = np.column_stack([_fitted_cubic(cubic, off[:, i], weights) for i in (0, 1)])
    return replace(level, bend=bend)


def _alignment(luma: Luma, grid: Grid, centre: tuple[float, float], reach: float) -> _Anchor | None:
    return _best_place(luma, grid, centre, reach, _drawn_alignment())


def _best_place(
    luma: Luma, grid: Grid, centre: tuple[float, float], reach: float, drawn: NDArray[np.float32]
) -> _Anchor | None:
    """The best place for that pattern within `reach` modules of where it is expected; None when none is good."""
    at, shift, dear = _around(reach, drawn.shape[0])
    grey = _remapped(luma, grid, centre[0] + at, centre[1] + at)
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
    side_px = int(2 * reach * _LOCK_PX) + drawn_px
    at = (np.arange(side_px) + 0.5 - drawn_px / 2) / _LOCK_PX - reach
    shift = np.arange(side_px - drawn_px + 1) / _LOCK_PX - reach
    return at, shift, 0.02 * np.hypot(shift[:, None], shift[None, :])


@lru_cache(maxsize=1)
def _drawn_alignment() -> NDArray[np.float32]:
    """Dark, light and dark: 5x5 modules of `_LOCK_PX` px."""
    out = np.maximum(*np.abs(np.indices((5, 5)) - 2))
    modules = np.where(out == 1, 200, 0).astype(np.float32)
    return np.kron(modules, np.ones((_LOCK_PX, _LOCK_PX), np.float32))


@lru_cache(maxsize=1)
def _drawn_finder() -> NDArray[np.float32]:
    return drawn_finder(_LOCK_PX)


def _phases(luma: Luma, grid: Grid) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
    """By which part of a turn the edges around some modules are off, across and down; longer where there are more."""
    side, px = grid.side, _LOCK_PX
    at = (np.arange(side * px) + 0.5) / px
    x, y = grid.lattice(at, at)
    grey = cv2.remap(luma, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    across, down = np.zeros_like(grey), np.zeros_like(grey)
    cv2.absdiff(grey[:, 1:], grey[:, :-1], across[:, 1:])
    cv2.absdiff(grey[1:], grey[:-1], down[1:])
    # edges of a light spot are no edges of modules: none counts more than most do
    limit = cv2.mean(across)[0] + cv2.mean(down)[0] + 1.0
    edges_across, edges_down = (
        cv2.threshold(edges, limit, 0, cv2.THRESH_TRUNC)[1] for edges in (across, down)
    )
    by_column = sum(edges_across[i::px].astype(np.float32) for i in range(px))  # row, place
    by_row = sum(edges_down[:, i::px].astype(np.float32) for i in range(px))  # place, column
    return (
        _smoothed([np.asarray(by_column)[:, i::px] for i in range(px)]),
        _smoothed([np.asarray(by_row)[i::px] for i in range(px)]),
    )


def _smoothed(by_place: list[NDArray[np.float32]]) -> NDArray[np.complex128]:
    """The first harmonic of what stands at each place in a module, averaged over neighbours, of `_some_modules`."""
    turns = np.exp(2j * np.pi * np.arange(len(by_place)) / len(by_place)).astype(np.complex64)
    real, imaginary = (
        cv2.GaussianBlur(
            np.asarray(sum(float(t) * part for t, part in zip(ways, by_place, strict=True))),
            (0, 0),
            _LOCK_SIGMA,
        )
        for ways in (turns.real, turns.imag)
    )
    every = slice(None, None, _LOCK_EVERY)
    return np.asarray(real[every, every] + 1j * imaginary[every, every], np.complex128)


def _fitted_cubic(cubic: Numbers, off: Numbers, weights: Numbers) -> Numbers:
    """Ten coefficients that make up for `off` best, none of them larger than it has to be."""
    weight = weights.ravel()
    weighted = cubic * weight[:, None]
    stiff = np.diag(_STIFFNESS) * max(float(weight.sum()), 1e-6)
    return np.asarray(np.linalg.solve(cubic.T @ weighted + stiff, weighted.T @ off.ravel()))


def _cubic(columns: Numbers, rows: Numbers, side: int) -> Numbers:
    """The ten terms at each place, along a last axis."""
    u, v = _powers(_unit(columns, side)), _powers(_unit(rows, side))
    return np.stack([u[i] * v[j] for i, j in _TERMS], axis=-1)


@lru_cache(maxsize=40)
def _some_modules(side: int) -> tuple[Numbers, Numbers]:
    """For the middle of every second module: the ten terms, and how far it is from the nearest finder."""
    middles = np.arange(0, side, _LOCK_EVERY) + 0.5
    columns, rows = np.meshgrid(middles, middles)
    far = side - 3.5
    from_finder = np.minimum.reduce(
        [np.hypot(columns - c, rows - r) for c, r in ((3.5, 3.5), (far, 3.5), (3.5, far))]
    )
    return _cubic(columns, rows, side).reshape(-1, 10), from_finder


def _powers(unit: Numbers) -> Numbers:
    """The powers 0 to 3, (4, places)."""
    square = unit * unit
    return np.array([np.ones_like(unit), unit, square, square * unit])


def _unit(modules: Numbers, side: int) -> Numbers:
    """Module coordinates from -1 to 1."""
    return modules / side * 2 - 1


def _remapped(luma: Luma, grid: Grid, columns: Numbers, rows: Numbers) -> NDArray[np.float32]:
    x, y = grid.lattice(columns, rows)
    grey = cv2.remap(luma, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(grey, np.float32)
