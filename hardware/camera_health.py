"""Is the camera still showing the world? A black or frozen picture is a fault that raises no error.

In: what was seen before, and one frame. Out: what to remember, and the state of the picture. A few hundred pixels are
looked at (about 0.01 ms), and a state counts only once it has lasted, so that a hand over the lens is not yet a fault.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from hardware.ports import Frame

# No two exposures of a working sensor are alike: its noise moves some of 576 pixels every time.
FROZEN_AFTER_S = 2.0
BLACK_AFTER_S = 2.0
_STEP_PX = 40
_BLACK_LEVEL = 20  # video black is 16; a dark room under a sensor's gain is noisier than this
_WHITE_LEVEL = 250  # a sensor blinded by the sun is equally white twice
_BRIGHT_SHARE = 0.01  # hot pixels


class Picture(StrEnum):
    OK = "ok"
    BLACK = "black"
    FROZEN = "frozen"


@dataclass(frozen=True, slots=True)
class Seen:
    """`sample` is some pixels of the newest frame; the times are when it was last different and last not black."""

    sample: bytes
    changed_at_ns: int
    bright_at_ns: int


def judge(before: Seen | None, frame: Frame) -> tuple[Seen, Picture]:
    """Pass None for the first frame after the camera was opened, then what the call before returned."""
    pixels = frame.luma[::_STEP_PX, ::_STEP_PX]
    sample = pixels.tobytes()
    now_ns = frame.taken_at_ns
    black = np.count_nonzero(pixels > _BLACK_LEVEL) <= _BRIGHT_SHARE * pixels.size
    blinded = pixels.min() >= _WHITE_LEVEL
    same = before is not None and before.sample == sample and not blinded
    seen = Seen(
        sample,
        before.changed_at_ns if before is not None and same else now_ns,
        before.bright_at_ns if before is not None and black else now_ns,
    )
    if now_ns - seen.bright_at_ns >= BLACK_AFTER_S * 1e9:
        return seen, Picture.BLACK
    if now_ns - seen.changed_at_ns >= FROZEN_AFTER_S * 1e9:
        return seen, Picture.FROZEN
    return seen, Picture.OK
