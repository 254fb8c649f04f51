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
_MODULE_PX = 1.6
_TURN_SAMPLES = 500
_LEAST_SIDE_PX = 21  # a code of one pixel a module
_SIZE_STEP = 1.24
_LEAST_MODULE_PX = 1.3
_LEAST_SCORE = 0.42
_SURE = 0.55  # three as good as that, and larger than what is looked for next: nothing smaller is looked for
_LEAST_BEST = 0.5  # where not even one is as good as that there is no code
_MOST = 10
# a code takes at least this share and at most all of the longer side of the image that is searched
_CODE_SHARE = (0.6, 1.0)
# version 22 at most; denser codes are for documents, not for hands
_FEWEST_MODULES, _MOST_MODULES = 21, 101


@dataclass(frozen=True, slots=True)
class Finder:
    """A place that looks like a finder: its middle (px), its module (px) and how well it correlates (up to 1)."""

    x_px: float
    y_px: float
    module_px: float
    score: float


def find(luma: Luma) -> list[Finder]:
    """The best places, best first, in an image that a code fills for the most part."""
    if min(luma.shape) < _LEAST_SIDE_PX:
        return []
    drawn = _turned(round(_turn_deg(luma)))
    images: list[tuple[Luma, float]] = []
    image = luma
    for module_px in _module_sizes_px(max(luma.shape)):
        scale = _MODULE_PX / module_px
        height_px, width_px = (round(side * scale) for side in luma.shape)
        if min(height_px, width_px) < drawn.shape[0] + 2:
            break
        # each from the one before, for that is smaller than the whole
        how = cv2.INTER_AREA if height_px <= image.shape[0] else cv2.INTER_LINEAR
        image = np.asarray(cv2.resize(image, (width_px, height_px), interpolation=how), np.uint8)
        images.append((image, module_px))
    places: list[Finder] = []
    kept: list[Finder] = []
    for image, module_px in reversed(images):  # from the coarse ones, which cost least
        places += _of_size(image, drawn, module_px)
        kept = _apart(places)
        if len(kept) >= 3 and kept[2].score > _SURE and kept[2].module_px > 1.4 * module_px:
            break
    if not kept or kept[0].score < _LEAST_BEST:
        return []
    return kept


def _apart(places: list[Finder]) -> list[Finder]:
    kept: list[Finder] = []
    for place in sorted(places, key=lambda place: -place.score):
        if len(kept) == _MOST:
            break
        if not any(_overlap(place, other) for other in kept):
            kept.append(place)
    return kept


def _turn_deg(luma: Luma) -> float:
    """By how much the edges in the image are turned, up to a quarter turn: a code's edges run in two directions."""
    step = -(-max(luma.shape) // _TURN_SAMPLES)
    size = (max(1, luma.shape[1] // step), max(1, luma.shape[0] // step))
    seen = cv2.resize(luma, size, interpolation=cv2.INTER_AREA) if step > 1 else luma
    across, down = (cv2.Sobel(seen, cv2.CV_32F, *way) for way in ((1, 0), (0, 1)))
    # every second px of both ways says as much
    across, down = (np.ascontiguousarray(part[::2, ::2]) for part in (across, down))
    length, angle_deg = cv2.cartToPolar(across, down, angleInDegrees=True)
    # the edge of a light spot or of a phone is no more than any other
    weight = np.minimum(length, 2 * float(length.mean()))
    x, y = cv2.polarToCart(weight, 4 * angle_deg, angleInDegrees=True)
    return float(np.rad2deg(np.arctan2(y.sum(), x.sum()))) / 4


def _module_sizes_px(side_px: int) -> list[float]:
    least = max(_LEAST_MODULE_PX, _CODE_SHARE[0] * side_px / _MOST_MODULES)
    most = max(least, _CODE_SHARE[1] * side_px / _FEWEST_MODULES)
    steps = int(np.ceil(np.log(most / least) / np.log(_SIZE_STEP))) + 1
    return [float(size) for size in np.geomspace(least, most, steps)]


def _of_size(image: Luma, drawn: Luma, module_px: float) -> list[Finder]:
    """Places in an image whose modules were brought to `_MODULE_PX` if they are of that size."""
    scale, side_px = _MODULE_PX / module_px, drawn.shape[0]
    likeness = cv2.matchTemplate(image, drawn, cv2.TM_CCOEFF_NORMED)
    highest = cv2.dilate(likeness, np.ones((7, 7), np.uint8))
    # an area without any contrast has no correlation, or an infinite one
    good = np.flatnonzero((likeness > _LEAST_SCORE) & (likeness <= 1.01))
    good = good[likeness.ravel()[good] == highest.ravel()[good]]
    peaks = np.column_stack(np.unravel_index(good, likeness.shape))
    return [
        Finder(
            (x + side_px / 2) / scale, (y + side_px / 2) / scale, module_px, float(likeness[y, x])
        )
        for y, x in peaks
    ]


def _overlap(one: Finder, other: Finder) -> bool:
    apart = np.hypot(one.x_px - other.x_px, one.y_px - other.y_px)
    return bool(apart < 3.5 * max(one.module_px, other.module_px))


@lru_cache(maxsize=91)
def _turned(turn_deg: int) -> Luma:
    return drawn_finder(_MODULE_PX, turn_deg).astype(np.uint8)


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
