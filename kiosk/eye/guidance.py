"""What would help a visitor whose code is not read: one word, once the same has been seen for a while.

A frame in `EVERY_S` is looked at. A word is given when most of what was seen within `WINDOW_S` says so; it stands until
the code is read, is gone, or something else is plainly wrong, so that words on the screen do not flicker.
"""

from collections import Counter, deque

import cv2
import numpy as np
from numpy.typing import NDArray

from hardware.ports import Luma
from kiosk.eye import advice
from kiosk.eye.advice import Hint, Sight
from kiosk.eye.readers.port import Corner

EVERY_S = 0.18
WINDOW_S = 1.1
_LEAST_SIGHTS = 3
_LEAST_S = 0.45  # from the first that says so
_SHARE = 0.55
_GONE_S = 0.7
# searching for finders is dear, and most of what passes has none: after so many searches in vain, one sight in four,
# until something is found, a code was read, or nothing moved for a moment
_VAIN, _CLOSELY_EVERY = 5, 4
_PAUSE_S = 0.4
# nobody's hand is still for so long, and a notice on the wall needs no advice
_STILL_S = 3.0
# a code that was located is still there in the frames in which it was not
_CORNERS_LAST_S = 0.25
# what was read a moment ago can be read
_QUIET_AFTER_READ_S = 1.0
# what shaking looks like: how far a thing goes between two sights (of its own side), how much alike its sizes are
# (logarithm), how much of its whole way it gets away by (a passer-by does, a hand goes to and fro), and which share of
# the view has changed where it is and elsewhere
_LEAST_SHAKEN, _MOST = 5, 0.8
_SHAKEN_STEP = 0.15
_ONE_SIZE = 0.5
_SHAKEN_AWAY = 0.6
_STEP_PX = 16
_CHANGED_LEVELS = 14
_CHANGED_HERE, _CHANGED_ELSEWHERE = 0.3, 0.1


class Hints:
    """Belongs to the eye's thread. `word` is the hint that stands now. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._word = Hint.NONE
        self._sights: deque[tuple[float, Sight]] = deque()
        self._changes: deque[tuple[float, float]] = deque(maxlen=round(WINDOW_S / EVERY_S) + 1)
        self._turn = self._vain = 0
        self._thumbnail: Luma | None = None
        self._next_s = self._quiet_until_s = float("-inf")
        self._corners: tuple[Corner, ...] = ()
        self._corners_at_s = self._told_at_s = self._moved_at_s = float("-inf")

    @property
    def word(self) -> Hint:
        return self._word

    def read(self, now_s: float) -> None:
        """A code was read: no advice is needed."""
        self._word = Hint.NONE
        self._sights.clear()
        self._corners = ()
        self._quiet_until_s = now_s + _QUIET_AFTER_READ_S

    def note(
        self, luma: Luma, now_s: float, corners: tuple[Corner, ...], *, moving: bool = True
    ) -> None:
        """A (height_px, width_px) uint8 frame that was looked at in vain; `corners` of what was located in it."""
        if corners:
            self._corners, self._corners_at_s = corners, now_s
        if moving:
            self._moved_at_s = now_s
        if now_s < self._next_s or now_s < self._quiet_until_s:
            return
        if now_s - self._moved_at_s > _STILL_S:
            return
        if now_s - self._next_s > _PAUSE_S:
            self._vain = 0  # whoever comes now is somebody else
        self._next_s = now_s + EVERY_S
        if now_s - self._corners_at_s > _CORNERS_LAST_S:
            self._corners = ()
        self._sights.append((now_s, self._sight(luma)))
        self._note_change(luma)
        while now_s - self._sights[0][0] > WINDOW_S:
            self._sights.popleft()
        said = self._said(now_s)
        if said is not Hint.NONE:
            self._word, self._told_at_s = said, now_s
        elif now_s - self._told_at_s > _GONE_S:
            self._word = Hint.NONE

    def _sight(self, luma: Luma) -> Sight:
        """Closely, unless that was in vain before: then only now and again, until something is found."""
        self._turn += 1
        closely = self._vain < _VAIN or self._turn % _CLOSELY_EVERY == 0
        sight = advice.sight(luma, self._corners, closely=closely)
        if sight.hint is not Hint.NONE:
            self._vain = 0
        elif closely:
            self._vain += 1
        return sight

    def _note_change(self, luma: Luma) -> None:
        """Which share of the view has changed since the sight before: where the two places are, and elsewhere."""
        thumbnail = np.ascontiguousarray(luma[::_STEP_PX, ::_STEP_PX])
        before, self._thumbnail = self._thumbnail, thumbnail
        places = [seen.place for _, seen in list(self._sights)[-2:] if seen.place is not None]
        if before is None or before.shape != thumbnail.shape or len(places) < 2:
            self._changes.append((0.0, 1.0))
            return
        changed = cv2.absdiff(before, thumbnail) > _CHANGED_LEVELS
        here = np.zeros(changed.shape, bool)
        for place in places:
            here[
                place.top // _STEP_PX : place.bottom // _STEP_PX,
                place.left // _STEP_PX : place.right // _STEP_PX,
            ] = True
        self._changes.append((_mean(changed[here]), _mean(changed[~here])))

    def _said(self, now_s: float) -> Hint:
        """What most of the sights of a code agree on."""
        sure = [seen.hint for _, seen in self._sights if seen.sure]
        counts = Counter(hint for hint in sure if hint is not Hint.NONE)
        if counts:
            hint, count = counts.most_common(1)[0]
            first_s = next(at_s for at_s, seen in self._sights if seen.hint is hint)
            enough = count >= max(_LEAST_SIGHTS, _SHARE * len(sure))
            return hint if enough and now_s - first_s >= _LEAST_S else Hint.NONE
        return Hint.HOLD_STILL if self._is_shaken(now_s) else Hint.NONE

    def _is_shaken(self, now_s: float) -> bool:
        """Whether one thing of about one size moves far between sights without getting away, and is blurred by it."""
        places = [seen.place for _, seen in self._sights if seen.place is not None]
        if len(places) < max(_LEAST_SHAKEN, _MOST * len(self._sights)):
            return False
        if now_s - self._sights[0][0] < _LEAST_S:
            return False
        if sum(seen.smeared for _, seen in self._sights) < _SHARE * len(self._sights):
            return False
        here, elsewhere = np.median(list(self._changes)[-len(places) + 1 :], axis=0)
        if here < _CHANGED_HERE or elsewhere > _CHANGED_ELSEWHERE:
            return False
        sides = np.array([min(p.right - p.left, p.bottom - p.top) for p in places], float)
        side_px = float(np.median(sides))
        alike = np.abs(np.log(sides / side_px)) < _ONE_SIZE
        if alike.mean() < _SHARE:
            return False
        centres = np.array([(p.left + p.right, p.top + p.bottom) for p in places])[alike] / 2
        steps = np.hypot(*np.diff(centres, axis=0).T)
        away = float(np.hypot(*(centres[-1] - centres[0])))
        far_enough = float(np.median(steps)) > _SHAKEN_STEP * side_px
        return far_enough and away < _SHAKEN_AWAY * float(steps.sum())


def _mean(changed: NDArray[np.bool_]) -> float:
    return float(changed.mean()) if changed.size else 0.0
