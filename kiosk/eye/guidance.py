"""What would help a visitor whose code is not read: one word, from measured brightness, size and movement.

A hint is given only when something like a code has stood in view for `PATIENCE_FRAMES` frames that were looked at, and
is kept until it is read or gone, so that words on the screen do not flicker.
"""

from enum import StrEnum

import numpy as np

from hardware.ports import Luma

# about a second at 30 frames a second
PATIENCE_FRAMES = 30
GONE_FRAMES = 20
_STEP_PX = 8
_DARK_LEVEL = 45  # the brightest part of a picture in which nothing could be read
_GLARE_LEVEL = 252
_GLARE_SHARE = 0.04


class Hint(StrEnum):
    NONE = ""
    TOO_DARK = "too_dark"
    GLARE = "glare"
    HOLD_STILL = "hold_still"
    CLOSER = "too_far"


class Hints:
    """Counts frames; `word` is the hint that stands now."""

    def __init__(self) -> None:
        self._unread = 0
        self._moving = 0
        self._gone = 0
        self._word = Hint.NONE

    @property
    def word(self) -> str:
        return self._word

    def note(self, luma: Luma, *, moving: bool, located: bool, read: bool) -> None:
        """One frame that was looked at."""
        if read:
            self._unread = self._moving = self._gone = 0
            self._word = Hint.NONE
            return
        if not located:
            self._gone += 1
            if self._gone > GONE_FRAMES:
                self._unread = self._moving = 0
                self._word = Hint.NONE
            return
        self._gone = 0
        self._unread += 1
        self._moving += moving
        if self._unread >= PATIENCE_FRAMES and self._word is Hint.NONE:
            self._word = _hint(luma, self._moving / self._unread)


def _hint(luma: Luma, moving_share: float) -> Hint:
    sample = luma[::_STEP_PX, ::_STEP_PX]
    if float(np.percentile(sample, 98)) < _DARK_LEVEL:
        return Hint.TOO_DARK
    if float((sample >= _GLARE_LEVEL).mean()) > _GLARE_SHARE:
        return Hint.GLARE
    return Hint.HOLD_STILL if moving_share > 0.6 else Hint.CLOSER
