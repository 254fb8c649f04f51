"""A place that stays unread, given to the patient reader in small portions: some milliseconds in each frame."""

import time
from collections.abc import Iterator

import cv2
import numpy as np

from hardware.ports import Luma
from kiosk.eye.readers.patient import PatientReader
from kiosk.eye.readers.port import Found
from kiosk.eye.region import Region

AFTER_FRAMES = 2  # in a row with the place unread
PORTION_MS = 7.0
# a doorway has other things with the texture of a code: each time nothing comes of it, the pause is longer
FIRST_PAUSE_FRAMES = 24
LONGEST_PAUSE_FRAMES = 192
_MOST_SIDE_PX = 720


class SecondLook:
    """Belongs to one thread."""

    def __init__(self) -> None:
        self._reader = PatientReader()
        self._steps: Iterator[list[Found]] | None = None
        self._wait_frames = AFTER_FRAMES
        self._pause_frames = FIRST_PAUSE_FRAMES

    def reset(self) -> None:
        """What was unread is read or gone."""
        self._steps = None
        self._wait_frames = AFTER_FRAMES
        self._pause_frames = FIRST_PAUSE_FRAMES

    def at(self, luma: Luma, place: Region) -> list[Found]:
        """What has been read by now, mostly nothing: in the picture of the frame in which the look began."""
        if self._steps is None:
            self._wait_frames -= 1
            if self._wait_frames > 0:
                return []
            self._steps = self._begun(place.of(luma), place)
        until_s = time.perf_counter() + PORTION_MS / 1000
        while time.perf_counter() < until_s:
            found = next(self._steps, None)
            if found is None:
                self._rest()
                return []
            if found:
                return found
        return []

    def _begun(self, picture: Luma, place: Region) -> Iterator[list[Found]]:
        scale = min(1.0, _MOST_SIDE_PX / max(picture.shape))
        if scale < 1:
            resized = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            picture = np.asarray(resized, np.uint8)
        else:
            picture = picture.copy()  # the frame goes back to its camera
        for found in self._reader.thought(picture):
            yield [code.moved(place.left, place.top, scale) for code in found]

    def _rest(self) -> None:
        self._steps = None
        self._wait_frames = self._pause_frames
        self._pause_frames = min(2 * self._pause_frames, LONGEST_PAUSE_FRAMES)
