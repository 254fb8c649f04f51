"""What a simulated camera sees: a dim room, and a scene held up in it, frame by frame.

Pure: frame k of a presentation depends only on the view, the scene, its seed and k. The simulated camera shows it, and
a benchmark draws it again to ask what another decoder would have read. Grey levels, pixels and seconds throughout.

A hand brings the picture in from outside (ease-out), shakes a little while holding it (slow sway plus the tremor of
8 to 10 Hz that every hand has) and takes it away. What moves is smeared over the exposure; noise is new in each frame.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from hardware.ports import Luma
from hardware.stage import Scene

# no sensor is without noise; without it a still room would look like a frozen camera
_LEAST_NOISE = 0.4
_NOISE_MARGIN_PX = (
    64  # the noise field is larger than a frame, and each frame takes it from another corner
)
# white of a page and black of its ink as a camera exposes them
_BLACK, _WHITE = 22, 225
_REFERENCE_HEIGHT_PX = 720  # hand movements are told in pixels at this height
_SWAY = ((0.7, 6.0), (1.9, 2.5), (8.7, 0.6))  # (Hz, px) at motion 1
_TILT_DEG = 6.0


@dataclass(frozen=True, slots=True)
class View:
    """How the simulated camera looks at its scene. `noise` is the standard deviation in grey levels."""

    width_px: int = 1280
    height_px: int = 720
    fps: float = 30.0
    noise: float = 3.0
    motion: float = 1.0
    seed: int = 1
    exposure_s: float = 0.005

    @property
    def frame_interval_ns(self) -> int:
        return round(1e9 / self.fps)


class Backdrop:
    """The room behind, and the sensor's noise. Costs a few frames' time to make: keep it."""

    def __init__(self, view: View) -> None:
        self.view = view
        rng = np.random.default_rng(view.seed)
        self._room = _room(view, rng)
        field_px = (view.height_px + _NOISE_MARGIN_PX, view.width_px + _NOISE_MARGIN_PX)
        noise = rng.normal(0.0, max(view.noise, _LEAST_NOISE), field_px).round()
        # two unsigned halves: OpenCV adds and subtracts those with saturation in a tenth of a millisecond
        self._brighter: Luma = np.clip(noise, 0, 255).astype(np.uint8)
        self._darker: Luma = np.clip(-noise, 0, 255).astype(np.uint8)

    def empty(self, number: int) -> Luma:
        """The room with nobody in it, as frame `number` of the camera shows it."""
        return self.exposed(self._room, self.view.seed, number)

    def canvas(self) -> Luma:
        """A copy of the room without noise, to draw on."""
        return self._room.copy()

    def exposed(self, scene: Luma, seed: int, number: int) -> Luma:
        """`scene` with the noise that belongs to this number."""
        x, y = _noise_corner(seed, number)
        h, w = scene.shape
        frame: Luma = np.empty_like(scene)
        cv2.add(scene, self._brighter[y : y + h, x : x + w], dst=frame)
        cv2.subtract(frame, self._darker[y : y + h, x : x + w], dst=frame)
        return frame


class Presentation:
    """One scene before one backdrop. `luma(k)` for k in range(frames) is what the camera takes."""

    def __init__(self, scene: Scene, backdrop: Backdrop, seed: int) -> None:
        self._view = backdrop.view
        self._backdrop = backdrop
        self._seed = seed
        self._held = _picture(scene, self._view)
        self._path = _Path(scene, self._view, self._held.shape, seed)
        self.frames = math.ceil(
            (scene.appear_s + scene.hold_s + scene.leave_s) * self._view.fps - 1e-6
        )

    def luma(self, k: int, behind: Luma | None = None) -> Luma:
        """Frame k, (height_px, width_px) uint8. `behind` is drawn on, in place of the room's copy."""
        canvas = self._backdrop.canvas() if behind is None else behind
        at_s = k / self._view.fps
        if 0 <= k < self.frames:
            self._draw(canvas, at_s)
        return self._backdrop.exposed(canvas, self._seed, k)

    def _draw(self, canvas: Luma, at_s: float) -> None:
        x, y, tilt_deg = self._path.pose(at_s)
        later_x, later_y, _ = self._path.pose(at_s + self._view.exposure_s)
        smear = (later_x - x, later_y - y)
        held_h, held_w = self._held.shape
        to_frame = cv2.getRotationMatrix2D((held_w / 2, held_h / 2), tilt_deg, 1.0)
        to_frame[:, 2] += (x - held_w / 2, y - held_h / 2)
        reach = math.hypot(held_w, held_h) / 2 + 2
        margin = max(abs(smear[0]), abs(smear[1]))
        frame_h, frame_w = canvas.shape
        left, right = _span(x, reach + margin, frame_w)
        top, bottom = _span(y, reach + margin, frame_h)
        if left >= right or top >= bottom:
            return
        to_frame[:, 2] -= (left, top)
        # beyond the frame's edge there is more of the picture to be smeared into it
        margin = math.ceil(margin)
        region = cv2.copyMakeBorder(
            canvas[top:bottom, left:right], margin, margin, margin, margin, cv2.BORDER_REPLICATE
        )
        to_frame[:, 2] += margin
        cv2.warpAffine(
            self._held,
            to_frame,
            (region.shape[1], region.shape[0]),
            dst=region,
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_TRANSPARENT,
        )
        drawn = np.asarray(region, np.uint8)
        _smear(drawn, *smear)
        inside = (slice(margin, margin + bottom - top), slice(margin, margin + right - left))
        canvas[top:bottom, left:right] = drawn[inside]


class _Path:
    """Where the centre of the picture is, and how it is tilted, at each moment."""

    def __init__(self, scene: Scene, view: View, held_px: tuple[int, ...], seed: int) -> None:
        rng = np.random.default_rng([seed, 7])
        self._appear_s, self._hold_s, self._leave_s = scene.appear_s, scene.hold_s, scene.leave_s
        width_px, height_px = view.width_px, view.height_px
        motion = scene.motion * view.motion
        self._unit_px = motion * height_px / _REFERENCE_HEIGHT_PX
        self._rest = (
            width_px * (0.5 + 0.06 * min(motion, 1.0) * rng.uniform(-1, 1)),
            height_px * (0.5 + 0.04 * min(motion, 1.0) * rng.uniform(-1, 1)),
        )
        self._tilt_deg = _TILT_DEG * min(motion, 2.0) * rng.uniform(-1, 1)
        reach_px = math.hypot(*held_px) / 2
        self._outside = [
            _outside(rng.uniform(0, math.tau), reach_px, width_px, height_px) for _ in range(2)
        ]
        self._sway = [
            (hz, px, rng.uniform(0, math.tau), rng.uniform(0, math.tau)) for hz, px in _SWAY
        ]

    def pose(self, at_s: float) -> tuple[float, float, float]:
        """(x_px, y_px, tilt_deg)."""
        away, outside = self._away(at_s)
        x = self._rest[0] + away * (outside[0] - self._rest[0])
        y = self._rest[1] + away * (outside[1] - self._rest[1])
        for hz, px, phase_x, phase_y in self._sway:
            x += self._unit_px * px * math.sin(math.tau * hz * at_s + phase_x)
            y += self._unit_px * px * math.sin(math.tau * hz * at_s + phase_y)
        return x, y, self._tilt_deg * (1.0 + away)

    def _away(self, at_s: float) -> tuple[float, tuple[float, float]]:
        """How far from rest: 1 is outside the frame; and on which side."""
        if at_s < self._appear_s:
            return (1.0 - at_s / self._appear_s) ** 3, self._outside[0]
        leaving_s = at_s - self._appear_s - self._hold_s
        if leaving_s > 0 and self._leave_s > 0:
            return min(leaving_s / self._leave_s, 1.0) ** 2, self._outside[1]
        return 0.0, self._outside[1]


def _outside(towards: float, reach_px: float, width_px: int, height_px: int) -> tuple[float, float]:
    """A place in that direction (radians) where nothing of the picture is in the frame yet."""
    dx, dy = math.cos(towards), math.sin(towards)
    far_x = (width_px / 2 + reach_px) / max(abs(dx), 1e-9)
    far_y = (height_px / 2 + reach_px) / max(abs(dy), 1e-9)
    far = min(far_x, far_y)
    return width_px / 2 + far * dx, height_px / 2 + far * dy


def _picture(scene: Scene, view: View) -> Luma:
    """What is held, in the size and the grey levels in which it will be seen. Raise ValueError if it cannot be read."""
    try:
        decoded = cv2.imdecode(np.frombuffer(scene.image, np.uint8), cv2.IMREAD_GRAYSCALE)
    except cv2.error as error:
        raise ValueError("the picture cannot be decoded") from error
    if decoded is None:
        raise ValueError("the picture cannot be decoded")
    height_px = max(2, round(scene.scale * view.height_px))
    width_px = max(2, round(decoded.shape[1] * height_px / decoded.shape[0]))
    width_px = min(width_px, 2 * view.width_px)
    shrinks = height_px < decoded.shape[0]
    sized = cv2.resize(
        decoded,
        (width_px, height_px),
        interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR,
    )
    levels = np.linspace(_BLACK, _WHITE, 256).round().astype(np.uint8)
    return np.asarray(cv2.LUT(sized, levels), np.uint8)


def _room(view: View, rng: np.random.Generator) -> Luma:
    """A wall, darker towards its edges, with a few soft shapes."""
    small: NDArray[np.float32] = rng.uniform(30, 75, (9, 16)).astype(np.float32)
    size = (view.width_px, view.height_px)
    return np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_CUBIC).clip(16, 90), np.uint8)


def _noise_corner(seed: int, number: int) -> tuple[int, int]:
    """Where in the noise field a frame begins: x by a multiplicative hash, y so that 64 in a row are all different."""
    mixed = (seed * 0x9E3779B1 ^ number * 0x85EBCA6B) & 0xFFFFFFFF
    mixed = (mixed ^ (mixed >> 15)) * 0x2C1B3C6D & 0xFFFFFFFF
    return (mixed >> 16) % _NOISE_MARGIN_PX, (number * 17 + seed) % _NOISE_MARGIN_PX


def _span(centre: float, reach: float, size: int) -> tuple[int, int]:
    return max(0, math.floor(centre - reach)), min(size, math.ceil(centre + reach))


def _smear(region: Luma, dx: float, dy: float) -> None:
    """Average along a line of that many pixels, by halving steps: each folds the picture onto itself, shifted."""
    for part in (2, 4, 8):
        shift_x, shift_y = round(dx / part), round(dy / part)
        if shift_x == 0 and shift_y == 0:
            return
        to, source = _shifted(region, shift_x, shift_y)
        cv2.addWeighted(to, 0.5, source.copy(), 0.5, 0.0, dst=to)


def _shifted(region: Luma, dx: int, dy: int) -> tuple[Luma, Luma]:
    """Two equal windows of the region, the second offset against the first by (-dx, -dy)."""
    (to_x, from_x), (to_y, from_y) = _cuts(dx), _cuts(dy)
    return region[to_y, to_x], region[from_y, from_x]


def _cuts(shift: int) -> tuple[slice, slice]:
    if shift > 0:
        return slice(shift, None), slice(None, -shift)
    return slice(None, shift or None), slice(-shift, None)
