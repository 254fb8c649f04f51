"""A grid locked in phase with the edges of all modules.

Between two modules the image changes at whole module coordinates, so the mean phase of the changes tells by how much
the grid is off.
"""

from dataclasses import replace
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from hardware.ports import Luma
from kiosk.eye.grid import Grid, Numbers, cubic, fitted_cubic

_STEPS = 2
_PX = 3  # a module of the flattened image
_SIGMA = 2.0  # modules over which phases are averaged
_EVERY = 2  # modules: after that averaging their neighbours say the same


def locked(luma: Luma, grid: Grid) -> Grid:
    """The grid, brought into phase with the edges of the modules, from the finders outwards."""
    terms, from_finder = _some_modules(grid.side)
    for step in range(_STEPS):
        off_column, off_row = _phases(luma, grid)
        reach = grid.side * (0.35 + 0.3 * step)
        trust = np.exp(-((from_finder / reach) ** 2))
        if step == _STEPS - 1:
            trust = np.ones_like(trust)
        bend = np.column_stack(
            [
                fitted_cubic(terms, np.angle(off) / (2 * np.pi), np.abs(off) * trust)
                for off in (off_column, off_row)
            ]
        )
        grid = replace(grid, bend=grid.bend + bend)
    return grid


def _phases(luma: Luma, grid: Grid) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
    """By which part of a turn the edges around some modules are off, across and down; longer where there are more."""
    side, px = grid.side, _PX
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
            _SIGMA,
        )
        for ways in (turns.real, turns.imag)
    )
    every = slice(None, None, _EVERY)
    return np.asarray(real[every, every] + 1j * imaginary[every, every], np.complex128)


@lru_cache(maxsize=40)
def _some_modules(side: int) -> tuple[Numbers, Numbers]:
    """For the middle of every second module: the ten terms, and how far it is from the nearest finder."""
    middles = np.arange(0, side, _EVERY) + 0.5
    columns, rows = np.meshgrid(middles, middles)
    far = side - 3.5
    from_finder = np.minimum.reduce(
        [np.hypot(columns - c, rows - r) for c, r in ((3.5, 3.5), (far, 3.5), (3.5, far))]
    )
    return cubic(columns, rows, side).reshape(-1, 10), from_finder
