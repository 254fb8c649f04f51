"""Where each module of a code lies in an image: a perspective, and how the paper bends away from it.

How a grid is laid on a code that is seen stands in grid_fit, how it is locked onto the edges of modules in grid_lock.
Coordinates are (column, row) in modules; module (0, 0) has its middle at (0.5, 0.5).
"""

from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from hardware.ports import Luma

Numbers = NDArray[np.float64]
_Px = NDArray[np.float32]
# powers of the column and of the row, of a cubic in both
_TERMS = ((0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2), (3, 0), (2, 1), (1, 2), (0, 3))
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


def sampled(luma: Luma, grid: Grid) -> NDArray[np.float32]:
    """The mean grey of the middle of each module, (side, side)."""
    samples = 3
    offsets = np.linspace(-0.25, 0.25, samples)
    at = (np.arange(grid.side)[:, None] + 0.5 + offsets[None, :]).ravel()
    grey = remapped(luma, grid, at, at)
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


def remapped(luma: Luma, grid: Grid, columns: Numbers, rows: Numbers) -> NDArray[np.float32]:
    """The grey at every row with every column, (len(rows), len(columns))."""
    x, y = grid.lattice(columns, rows)
    grey = cv2.remap(luma, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(grey, np.float32)


def cubic(columns: Numbers, rows: Numbers, side: int) -> Numbers:
    """The ten terms at each place, along a last axis."""
    u, v = _powers(_unit(columns, side)), _powers(_unit(rows, side))
    return np.stack([u[i] * v[j] for i, j in _TERMS], axis=-1)


def fitted_cubic(cubic: Numbers, off: Numbers, weights: Numbers) -> Numbers:
    """Ten coefficients that make up for `off` best, none of them larger than it has to be."""
    weight = weights.ravel()
    weighted = cubic * weight[:, None]
    stiff = np.diag(_STIFFNESS) * max(float(weight.sum()), 1e-6)
    return np.asarray(np.linalg.solve(cubic.T @ weighted + stiff, weighted.T @ off.ravel()))


def _powers(unit: Numbers) -> Numbers:
    """The powers 0 to 3, (4, places)."""
    square = unit * unit
    return np.array([np.ones_like(unit), unit, square, square * unit])


def _unit(modules: Numbers, side: int) -> Numbers:
    """Module coordinates from -1 to 1."""
    return modules / side * 2 - 1
