"""Is this code one part of a message that is spread over several codes?

zxing-cpp hands out each part as if it were whole and does not say so. A personal code is never split, so a part is
refused. The truth stands in the first data codeword, the eight modules in the bottom right corner: its first four bits
are the mode indicator, 0011 for structured append (ISO/IEC 18004:2015, 7.4.1 and 7.7.3).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np

from hardware.ports import Luma

_STRUCTURED_APPEND = 0b0011
# condition under which a data mask inverts the module in row i, column j (ISO/IEC 18004:2015, table 10)
_MASKS = (
    lambda i, j: (i + j) % 2 == 0,
    lambda i, j: i % 2 == 0,
    lambda i, j: j % 3 == 0,
    lambda i, j: (i + j) % 3 == 0,
    lambda i, j: (i // 2 + j // 3) % 2 == 0,
    lambda i, j: (i * j) % 2 + (i * j) % 3 == 0,
    lambda i, j: ((i * j) % 2 + (i * j) % 3) % 2 == 0,
    lambda i, j: ((i + j) % 2 + (i * j) % 3) % 2 == 0,
)
_CELL_PX = 4
_WINDOW = 8  # modules of the bottom right corner that are looked at, enough for a fair threshold


def is_structured_append(
    luma: Luma, corners: Sequence[tuple[float, float]], extra: Mapping[str, Any]
) -> bool:
    """`corners` clockwise from the top left; `extra` as zxing-cpp gives it: Version and DataMask."""
    try:
        version, mask = int(extra["Version"]), int(extra["DataMask"])
    except (KeyError, ValueError):
        return False
    if len(corners) != 4 or not 1 <= version <= 40 or not 0 <= mask <= 7:
        return False
    modules = 17 + 4 * version
    dark = _bottom_right(luma, corners, modules)
    inverted = _is_inverted(luma, corners, modules)
    mode = 0
    # codewords are placed upwards in pairs of columns, right column first
    for up in (0, 1):
        for left in (0, 1):
            row, column = modules - 1 - up, modules - 1 - left
            bit = bool(dark[_WINDOW - 1 - up, _WINDOW - 1 - left]) ^ inverted
            mode = mode << 1 | int(bit ^ _MASKS[mask](row, column))
    return mode == _STRUCTURED_APPEND


def _straightened(
    luma: Luma, corners: Sequence[tuple[float, float]], modules: int, first: int, count: int
) -> Luma:
    """`count` x `count` modules from module (first, first) on, `_CELL_PX` pixels each."""
    here = np.array(corners, dtype=np.float32)
    low, high = -first * _CELL_PX, (modules - first) * _CELL_PX
    there = np.array([[low, low], [high, low], [high, high], [low, high]], dtype=np.float32)
    to_grid = cv2.getPerspectiveTransform(here, there)
    side = count * _CELL_PX
    return np.asarray(cv2.warpPerspective(luma, to_grid, (side, side)), dtype=np.uint8)


def _cells(image: Luma, count: int) -> np.ndarray[Any, Any]:
    """The mean of the inner quarter of each module."""
    cells = image.reshape(count, _CELL_PX, count, _CELL_PX)[:, 1:3, :, 1:3]
    return np.asarray(cells.mean(axis=(1, 3)))


def _bottom_right(
    luma: Luma, corners: Sequence[tuple[float, float]], modules: int
) -> np.ndarray[Any, Any]:
    image = _straightened(luma, corners, modules, modules - _WINDOW, _WINDOW)
    cells = _cells(image, _WINDOW)
    return np.asarray(cells < (cells.min() + cells.max()) / 2)


def _is_inverted(luma: Luma, corners: Sequence[tuple[float, float]], modules: int) -> bool:
    """Light on dark: the finder's ring in the top left corner is lighter than the ring inside it."""
    cells = _cells(_straightened(luma, corners, modules, 0, 7), 7)
    ring = np.concatenate([cells[0], cells[6], cells[1:6, 0], cells[1:6, 6]])
    inside = np.concatenate([cells[1, 1:6], cells[5, 1:6], cells[2:5, 1], cells[2:5, 5]])
    return bool(ring.mean() > inside.mean())
