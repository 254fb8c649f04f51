"""Ways of treating an image before a reader sees it. Each takes and gives (height_px, width_px) uint8.

What each gains and costs was measured; the figures are in docs/reading.md.
"""

from collections.abc import Callable

import cv2
import numpy as np

from hardware.ports import Luma

Look = Callable[[Luma], Luma]

# about three modules of a code held at the usual distance (docs/reading.md, "midway")
_MIDWAY_PX = 15
_MIDWAY_STEP_PX = 3


def plain(luma: Luma) -> Luma:
    return luma


def soft(luma: Luma) -> Luma:
    """3x3 Gaussian: takes sensor noise and moire away from coarse modules."""
    return np.asarray(cv2.GaussianBlur(luma, (3, 3), 0), np.uint8)


def sharp(luma: Luma) -> Luma:
    """Unsharp mask, sigma 2 px: for defocus."""
    blurred = cv2.GaussianBlur(luma, (0, 0), 2)
    return np.asarray(cv2.addWeighted(luma, 2.2, blurred, -1.2, 0), np.uint8)


def half(luma: Luma) -> Luma:
    height_px, width_px = luma.shape
    if min(height_px, width_px) < 64:
        return luma
    return np.asarray(
        cv2.resize(luma, (width_px // 2, height_px // 2), interpolation=cv2.INTER_AREA), np.uint8
    )


def double(luma: Luma) -> Luma:
    """x2 bilinear: for codes of few pixels a module."""
    return np.asarray(cv2.resize(luma, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR), np.uint8)


def midway(luma: Luma) -> Luma:
    """Black and white, parted midway between the darkest and the lightest nearby: local contrast without grey.

    Where a lamp is mirrored or a screen's grid beats with the sensor's, ink here is lighter than paper there.
    """
    height_px, width_px = luma.shape
    # of every third pixel: the extremes of a module are wider than one
    step = _MIDWAY_STEP_PX if min(height_px, width_px) > _MIDWAY_PX else 1
    size = (width_px // step, height_px // step)
    seen = cv2.resize(luma, size, interpolation=cv2.INTER_NEAREST)
    window = (_MIDWAY_PX // step, _MIDWAY_PX // step)
    kernel = np.ones(window, np.uint8)
    middle = cv2.addWeighted(cv2.dilate(seen, kernel), 0.5, cv2.erode(seen, kernel), 0.5, 0)
    middle = cv2.resize(cv2.blur(middle, window), (width_px, height_px))
    return np.asarray(cv2.compare(luma, middle, cv2.CMP_GT), np.uint8)


def deglared(luma: Luma) -> Luma:
    """Divide by the local brightness, so that a light spot and a shadow hold the same ink."""
    height_px, width_px = luma.shape
    side = max(15, min(height_px, width_px) // 12) | 1
    around = cv2.blur(luma, (side, side))
    return np.asarray(cv2.divide(luma, around, scale=150), np.uint8)


def thresholded(luma: Luma) -> Luma:
    """Black and white by the mean of 31x31 px: small blocks follow uneven light."""
    return np.asarray(
        cv2.adaptiveThreshold(luma, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, 31, 5),
        np.uint8,
    )


def closed(luma: Luma) -> Luma:
    """Fill small light gaps in dark modules: dotted and printed-on-cloth codes."""
    kernel = np.ones((3, 3), np.uint8)
    return np.asarray(cv2.morphologyEx(luma, cv2.MORPH_OPEN, kernel), np.uint8)
