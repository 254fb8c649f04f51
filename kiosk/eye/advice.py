"""What is wrong with one frame whose code was not read: one word, or none where the cause is not plain.

A code that was located tells its size, its light and the lamp mirrored in it. Where none was, three things are still
plain: a view full of large random squares (a code too close), finders in a patch that has next to no light, and texture
smeared along the way it moves. The limits were set on `bench.guidance`, seed 1.
"""

from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from hardware.ports import Luma
from kiosk.eye import dim, finders, region
from kiosk.eye.readers.port import Corner
from kiosk.eye.region import Region


class Hint(StrEnum):
    NONE = ""
    TOO_FAR = "too_far"
    TOO_CLOSE = "too_close"
    TOO_DARK = "too_dark"
    GLARE = "glare"
    HOLD_STILL = "hold_still"


# personal codes have 37 modules and more: below this side none of them has two px a module
_FAR_SIDE_PX = 84.0
_DARK_CONTRAST = 40.0
# a place so small, margins included, is enlarged before it is searched for finders
_SMALL_PLACE_PX, _FAR_SCALE, _FAR_MODULE_PX = 170, 2.0, 2.0
_SMALL_PLACES, _SQUARE, _SMALL_MARGIN_PX = 2, 1.5, 20
_SEARCHED_SIDE_PX = 160  # others are averaged down to this: noise no longer hides a finder
_FINDER_SCORE, _FINDERS = 0.48, 7
_FEWEST, _MOST = 18.0, 75.0  # modules across
_GLARE_LEVEL = 250
# no code has a light patch this large inside
_GLARE_SIDE_MODULES, _GLARE_SHARE = 5.0, 0.03
_MODULES = 45  # of a usual code
_CLOSE_SIZE = (160, 90)
_CLOSE_WINDOW = 13
_CLOSE_LEVELS = 12.0
_CLOSE_COVER = 0.8
_CLOSE_TAIL = 3.3  # kurtosis: black and white squares have no tails, flowers on a cloth do
_CLOSE_REPEAT = 0.5  # checks and stripes repeat themselves, a code does not
_SMEAR_RATIO = 2.2


@dataclass(frozen=True, slots=True)
class Sight:
    """What one frame shows. `sure`: a code is there. `place` is where it looks like one; `smeared`, as by motion."""

    hint: Hint
    sure: bool
    place: Region | None
    smeared: bool = False


def sight(luma: Luma, corners: tuple[Corner, ...], *, closely: bool = True) -> Sight:
    """Of a (height_px, width_px) uint8 frame. `corners` are those of a code that was located and not read, if any.

    `closely`: finders are searched for, which costs some 3 ms where something looks as if it had any.
    """
    if not luma.size:
        return Sight(Hint.NONE, False, None)
    places = region.patches(luma)
    place = places[0] if places else None
    if corners:
        return Sight(_of_a_code(luma, corners), True, place, True)
    if _fills_the_view(luma):
        return Sight(Hint.TOO_CLOSE, True, place)
    small = [one for one in places if _is_small_square(one)][:_SMALL_PLACES]
    if closely:
        if any(
            0 < _module_by_finders(_core(one).of(luma), _FAR_SCALE) < _FAR_MODULE_PX
            for one in small
        ):
            return Sight(Hint.TOO_FAR, True, place)
        dark = dim.place(luma)
        if dark is not None and _module_by_finders(dark.of(luma), _searched_scale(dark)):
            return Sight(Hint.TOO_DARK, True, dark)
    if place is None or place in small:
        return Sight(Hint.NONE, False, place)
    return Sight(Hint.NONE, False, place, _is_smeared(_middle(place).of(luma)))


def _is_small_square(place: Region) -> bool:
    height_px, width_px = place.bottom - place.top, place.right - place.left
    return max(height_px, width_px) <= min(_SMALL_PLACE_PX, _SQUARE * min(height_px, width_px))


def _core(place: Region) -> Region:
    """Without the margin."""
    cut = _SMALL_MARGIN_PX
    return Region(place.top + cut, place.bottom - cut, place.left + cut, place.right - cut)


def _searched_scale(place: Region) -> float:
    return min(1.0, _SEARCHED_SIDE_PX / max(place.bottom - place.top, place.right - place.left))


def _of_a_code(luma: Luma, corners: tuple[Corner, ...]) -> Hint:
    patch = region.around(luma, corners, 0.0).of(luma)
    side_px = float(np.sqrt(cv2.contourArea(np.array(corners, np.float32))))
    if not patch.size:
        return Hint.NONE
    if _is_dark(patch):
        return Hint.TOO_DARK
    if _has_glare(patch, side_px / _MODULES):
        return Hint.GLARE
    return Hint.TOO_FAR if side_px < _FAR_SIDE_PX else Hint.NONE


def _is_dark(patch: Luma) -> bool:
    low, high = np.percentile(patch[::3, ::3], (5, 95))
    return bool(high < dim.LEVEL and high - low < _DARK_CONTRAST)


def _has_glare(patch: Luma, module_px: float) -> bool:
    side_px = max(3, int(_GLARE_SIDE_MODULES * module_px))
    _, white = cv2.threshold(patch, _GLARE_LEVEL - 1, 1, cv2.THRESH_BINARY)
    core = cv2.erode(
        white, np.ones((side_px, side_px), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0
    )
    return float(np.count_nonzero(core)) > _GLARE_SHARE * patch.size / 4


def _fills_the_view(luma: Luma) -> bool:
    """Large squares, black and white, nearly everywhere, that do not repeat."""
    thinned = np.ascontiguousarray(luma[::4, ::4])
    small = cv2.resize(thinned, _CLOSE_SIZE, interpolation=cv2.INTER_AREA).astype(np.float32)
    window = (_CLOSE_WINDOW, _CLOSE_WINDOW)
    change = small - cv2.blur(small, window)
    power = cv2.blur(change * change, window)
    textured = power > _CLOSE_LEVELS**2
    if float(textured.mean()) < _CLOSE_COVER:
        return False
    squared = change[textured] ** 2
    if float((squared**2).mean()) > _CLOSE_TAIL * float(squared.mean()) ** 2:
        return False
    return _repeats(change) < _CLOSE_REPEAT


def _repeats(change: NDArray[np.float32]) -> float:
    """The highest autocorrelation beyond the picture's own grain, 0 to 1."""
    height, width = change.shape
    spectrum = np.fft.rfft2(change)
    likeness = np.fft.fftshift(np.fft.irfft2(np.abs(spectrum) ** 2, s=(height, width)))
    middle, reach = (height // 2, width // 2), 30
    likeness /= likeness[middle]
    y, x = np.mgrid[0:height, 0:width]
    out = np.hypot(y - middle[0], x - middle[1])
    along = likeness[middle[0], middle[1] : middle[1] + reach]
    down = likeness[middle[0] : middle[0] + reach, middle[1]]
    grain = max(int(np.argmax(line < 0.3)) or reach for line in (along, down))
    around = (out > 2.2 * grain) & (out < reach)
    return float(likeness[around].max()) if around.any() else 1.0


def _middle(place: Region) -> Region:
    """Its inner half: what surrounds a code is not the code."""
    height, width = (place.bottom - place.top) // 4, (place.right - place.left) // 4
    return Region(
        place.top + height, place.bottom - height, place.left + width, place.right - width
    )


def _module_by_finders(patch: Luma, scale: float) -> float:
    """The module (px) of three finders that stand as those of a code do, 0 when there are none. Some 5 ms."""
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    scaled = np.asarray(cv2.resize(patch, None, fx=scale, fy=scale, interpolation=how), np.uint8)
    seen = [one for one in finders.find(scaled) if one.score > _FINDER_SCORE][:_FINDERS]
    for three in combinations(seen, 3):
        sizes = sorted(one.module_px for one in three)
        short, long, across = sorted(
            float(np.hypot(a.x_px - b.x_px, a.y_px - b.y_px)) for a, b in combinations(three, 2)
        )
        square = short > 0.8 * long and 0.88 < across / (short + long) * np.sqrt(2) < 1.12
        modules = 7 + (short + long) / 2 / sizes[1]
        if square and sizes[2] < 1.3 * sizes[0] and _FEWEST < modules < _MOST:
            return sizes[1] / scale
    return 0.0


def _is_smeared(patch: Luma) -> bool:
    """Whether it changes much more in one direction than across it."""
    x = cv2.Sobel(patch, cv2.CV_32F, 1, 0)
    y = cv2.Sobel(patch, cv2.CV_32F, 0, 1)
    xx, yy, xy = float((x * x).mean()), float((y * y).mean()), float((x * y).mean())
    spread = float(np.hypot(xx - yy, 2 * xy))
    return xx + yy + spread > _SMEAR_RATIO * (xx + yy - spread)
