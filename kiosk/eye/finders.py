"""Finder patterns by correlation: where does the image look most like dark square, light ring, dark ring?

A reader that cuts the image into black and white first loses a finder to a light spot or a screen's moire. The
normalised correlation with a drawn finder knows no threshold, and holds through blur, noise and uneven light; it is
slower, so it is asked only where a reader has failed.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from hardware.ports import Luma

# a module of the searched image is brought to this size: enough for rings of one module to be told apart
_MODULE_PX = 2.0
_TURNS_DEG = (0.0, 30.0, 60.0)  # a square is its own quarter turn
_SIZE_STEP = 1.24
_LEAST_MODULE_PX = 1.3
_LEAST_SCORE = 0.42
_MOST = 10
# a code takes at least this share and at most all of the longer side of the image that is searched
_CODE_SHARE = (0.6, 1.0)
_FEWEST_MODULES, _MOST_MODULES = (
    21,
    101,
)  # version 22; denser codes are for documents, not for hands


@dataclass(frozen=True, slots=True)
class Finder:
    """A place that looks like a finder: its middle (px), its module (px) and how well it correlates (up to 1)."""

    x_px: float
    y_px: float
    module_px: float
    score: float


def find(luma: Luma) -> list[Finder]:
    """The best places, best first, in an image that a code fills for the most part."""
    places: list[Finder] = []
    for module_px in _module_sizes_px(max(luma.shape)):
        places += _of_size(luma, module_px)
    places.sort(key=lambda place: -place.score)
    kept: list[Finder] = []
    for place in places:
        if len(kept) == _MOST:
            break
        if not any(_overlap(place, other) for other in kept):
            kept.append(place)
    return kept


def _module_sizes_px(side_px: int) -> list[float]:
    least = max(_LEAST_MODULE_PX, _CODE_SHARE[0] * side_px / _MOST_MODULES)
    most = max(least, _CODE_SHARE[1] * side_px / _FEWEST_MODULES)
    steps = int(np.ceil(np.log(most / least) / np.log(_SIZE_STEP))) + 1
    return [float(size) for size in np.geomspace(least, most, steps)]


def _of_size(luma: Luma, module_px: float) -> list[Finder]:
    scale = _MODULE_PX / module_px
    drawn = _drawn_finders()
    side_px = drawn[0].shape[0]
    if min(luma.shape) * scale < side_px + 2:
        return []
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    image = cv2.resize(luma, None, fx=scale, fy=scale, interpolation=how)
    likeness = np.maximum.reduce(
        [cv2.matchTemplate(image, finder, cv2.TM_CCOEFF_NORMED) for finder in drawn]
    )
    # an area without any contrast has no correlation
    likeness = np.nan_to_num(likeness, nan=0.0, posinf=0.0, neginf=0.0)
    highest = cv2.dilate(likeness, np.ones((7, 7), np.uint8))
    peaks = np.argwhere((likeness == highest) & (likeness > _LEAST_SCORE) & (likeness <= 1.01))
    return [
        Finder(
            (x + side_px / 2) / scale, (y + side_px / 2) / scale, module_px, float(likeness[y, x])
        )
        for y, x in peaks
    ]


def _overlap(one: Finder, other: Finder) -> bool:
    apart = np.hypot(one.x_px - other.x_px, one.y_px - other.y_px)
    return bool(apart < 3.5 * max(one.module_px, other.module_px))


@lru_cache(maxsize=1)
def _drawn_finders() -> tuple[Luma, ...]:
    return tuple(drawn_finder(_MODULE_PX, turn_deg).astype(np.uint8) for turn_deg in _TURNS_DEG)


def drawn_finder(module_px: float, turn_deg: float = 0.0) -> NDArray[np.float32]:
    """A finder and the light ring around it, 9x9 modules, 0 to 200; grey in the corners that a turn leaves open."""
    side_px, finer = round(9 * module_px), 8
    at = (np.arange(side_px * finer) + 0.5) / finer - side_px / 2
    x, y = np.meshgrid(at / module_px, at / module_px)
    turn = np.deg2rad(turn_deg)
    out = np.maximum(
        np.abs(x * np.cos(turn) + y * np.sin(turn)), np.abs(y * np.cos(turn) - x * np.sin(turn))
    )
    level = np.select([out < 1.5, out < 2.5, out < 3.5, out < 4.5], [0.0, 1.0, 0.0, 1.0], 0.75)
    fine = 200 * level.reshape(side_px, finer, side_px, finer)
    return np.asarray(fine.mean(axis=(1, 3)), np.float32)
