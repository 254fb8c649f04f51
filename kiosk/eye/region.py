"""Where in a frame does it look like a code? Found by texture alone, before anything is decoded.

Printed and shown codes are the one thing at a door that changes in both directions every few pixels over a large,
compact patch. Looking closely at that patch costs a fraction of looking closely at the frame (docs/reading.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from hardware.ports import Luma

_STEP_PX = 6
_WINDOW = 7  # samples: 42 px, a few modules
_LEAST_CHANGE = (
    7.0  # grey levels between neighbouring samples; sensor noise and wood grain stay below
)
_SHARE_OF_STRONGEST = 0.4
_LEAST_SIDE_PX = 48
_MARGIN_PX = 24
_MARGIN_SHARE = 0.06


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of a frame, px; bottom and right are excluded."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def area_px(self) -> int:
        return (self.bottom - self.top) * (self.right - self.left)

    def of(self, luma: Luma) -> Luma:
        """That part of the frame, without a copy."""
        return luma[self.top : self.bottom, self.left : self.right]

    def shrunk(self, luma: Luma, most_px: int) -> tuple[Luma, float]:
        """That part, brought to at most so many px on its longer side, and by which factor."""
        part = self.of(luma)
        scale = min(1.0, most_px / max(part.shape))
        if scale == 1.0:
            return part, scale
        small = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        return np.asarray(small, np.uint8), scale

    def overlap(self, other: "Region") -> float:
        """The share of what both cover together that both cover: 1 for the same place, 0 for places apart."""
        height_px = min(self.bottom, other.bottom) - max(self.top, other.top)
        width_px = min(self.right, other.right) - max(self.left, other.left)
        common_px = max(0, height_px) * max(0, width_px)
        return common_px / max(1, self.area_px + other.area_px - common_px)


def busiest(luma: Luma) -> Region | None:
    """The largest patch of code-like texture, with some margin; None where there is none. About 0.3 ms for 1280x720."""
    largest = _boxes(luma)[:1]
    return _widened(luma, largest[0]) if largest and _is_wide(largest[0]) else None


def patches(luma: Luma) -> list[Region]:
    """All patches of code-like texture, with some margin, the largest first."""
    return [_widened(luma, box) for box in _boxes(luma) if _is_wide(box)]


def _boxes(luma: Luma) -> list[tuple[int, int, int, int]]:
    """Left, top, width and height (samples) of what changes in both directions, the largest first."""
    seen = np.ascontiguousarray(luma[::_STEP_PX, ::_STEP_PX])
    if min(seen.shape) < 2 * _WINDOW:
        return []
    across = cv2.absdiff(seen[1:, 1:], seen[1:, :-1])
    down = cv2.absdiff(seen[1:, 1:], seen[:-1, 1:])
    # the lesser of both: a straight edge changes in one direction only
    change = cv2.min(
        cv2.blur(across, (_WINDOW, _WINDOW)),
        cv2.blur(down, (_WINDOW, _WINDOW)),
    )
    least = max(_LEAST_CHANGE, _SHARE_OF_STRONGEST * float(np.max(change)))
    _, mask = cv2.threshold(change, least, 255, cv2.THRESH_BINARY)
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    _, _, found, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    boxes = [tuple(int(n) for n in box) for box in found[1:]]
    return [(x, y, width, height) for x, y, width, height, _ in sorted(boxes, key=lambda b: -b[4])]


def _is_wide(box: tuple[int, int, int, int]) -> bool:
    return min(box[2:]) * _STEP_PX >= _LEAST_SIDE_PX


def _widened(luma: Luma, box: tuple[int, int, int, int]) -> Region:
    left, top, width, height = box
    margin = _MARGIN_PX + int(_MARGIN_SHARE * max(width, height) * _STEP_PX)
    return _clipped(
        luma,
        top * _STEP_PX - margin,
        (top + height) * _STEP_PX + margin,
        left * _STEP_PX - margin,
        (left + width) * _STEP_PX + margin,
    )


def around(luma: Luma, corners: Sequence[tuple[float, float]], margin_share: float) -> Region:
    """The upright rectangle around those corners, (x_px, y_px), wider by that share of its side on each side."""
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    margin = margin_share * max(max(xs) - min(xs), max(ys) - min(ys))
    return _clipped(
        luma,
        int(min(ys) - margin),
        int(max(ys) + margin) + 1,
        int(min(xs) - margin),
        int(max(xs) + margin) + 1,
    )


def _clipped(luma: Luma, top: int, bottom: int, left: int, right: int) -> Region:
    height_px, width_px = luma.shape
    return Region(max(0, top), min(height_px, bottom), max(0, left), min(width_px, right))
