"""Does it pay to look at this frame? A frame like the last one is not decoded again.

The gate decides whether to decode, never whether a code is valid. A still phone must not be missed: a full pass is
forced every `FORCED_S`, and for a while after anything has moved. What counts as motion follows the noise of the
camera, for a dim room is noisier than a bright one, and is asked of each tile, for a small card moves few pixels.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from hardware.ports import Luma

FORCED_S = 0.5
# a hand that has just come to rest is what the reader is waiting for
LINGER_S = 0.4
_STEP_PX = 16
_TILES = (8, 5)  # across, down: 90 samples each in a frame of 1280x720
# A tile that differs this many times more than still tiles usually do has moved. The mean of 90 differences of pure
# noise stays below 1.45 of its usual value: five standard deviations.
_RATIO = 1.8
_FLOOR = 0.35  # grey levels: no camera is quieter, so nothing less is motion
_NOISE_FALL = 0.05
_NOISE_RISE = 0.002


@dataclass(frozen=True, slots=True)
class Gate:
    """What the gate knows: the last thumbnail, the usual noise (grey levels), and two moments (monotonic seconds)."""

    thumbnail: Luma | None = None
    noise: float = 4.0
    moved_at_s: float = float("-inf")
    looked_at_s: float = float("-inf")


@dataclass(frozen=True, slots=True)
class Glance:
    moving: bool
    look: bool  # decode this frame


def glance(gate: Gate, luma: Luma, now_s: float) -> tuple[Gate, Glance]:
    """The next gate and what to do with this frame. Cost: docs/benchmarks.md, "static frame"."""
    thumbnail = np.ascontiguousarray(luma[::_STEP_PX, ::_STEP_PX])
    if gate.thumbnail is None or gate.thumbnail.shape != thumbnail.shape:
        fresh = replace(gate, thumbnail=thumbnail, moved_at_s=now_s, looked_at_s=now_s)
        return fresh, Glance(moving=True, look=True)
    tiles = _changes(gate.thumbnail, thumbnail)
    moving = tiles[-1] > max(_FLOOR, _RATIO * gate.noise)
    # falls fast and rises slowly: a hand in view must not pass for noise
    usual = tiles[len(tiles) // 2]
    weight = _NOISE_FALL if usual < gate.noise else _NOISE_RISE
    noise = gate.noise + weight * (usual - gate.noise)
    moved_at_s = now_s if moving else gate.moved_at_s
    look = now_s - moved_at_s < LINGER_S or now_s - gate.looked_at_s >= FORCED_S
    looked_at_s = now_s if look else gate.looked_at_s
    return Gate(thumbnail, noise, moved_at_s, looked_at_s), Glance(moving, look)


def _changes(before: Luma, now: Luma) -> list[float]:
    """The mean absolute difference of each tile, the least first (numpy's median would cost ten times a sort)."""
    difference = cv2.absdiff(before, now).astype(np.float32)
    tiles = cv2.resize(difference, _TILES, interpolation=cv2.INTER_AREA)
    return sorted(tiles.ravel().tolist())
