"""Small grey pictures for aiming, made only while somebody is there and only while they cost little."""

import time
from collections.abc import Callable

import cv2
import numpy as np

from hardware.ports import Frame, Luma

FRAMES_A_SECOND = 8
_WIDTH_PX, _HEIGHT_PX = 320, 240
_QUALITY = 55
# a hand that rests for a moment is still aiming
LINGER_S = 1.0
# Of one core, by the wall clock: a picture takes longer on a busy processor too, and then reading comes first.
ALLOWED_SHARE = 0.10
REST_S = 30.0


class Preview:
    """`offer` every frame, after it was read. Belongs to one thread."""

    def __init__(
        self,
        send: Callable[[bytes, int], object],
        *,
        whatever_it_costs: bool = False,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """`send` takes a JPEG and its frame's time, and must not block. `clock` gives seconds."""
        self._send = send
        self._whatever_it_costs = whatever_it_costs
        self._clock = clock
        self._wanted_until_s = float("-inf")
        self._next_s = float("-inf")
        self._costs_s: list[float] = []

    def offer(self, frame: Frame, *, in_view: bool) -> None:
        """Send this frame's picture when it is due. `in_view`: something moves, or a code is located."""
        now_s = self._clock()
        if in_view:
            self._wanted_until_s = now_s + LINGER_S
        if now_s > self._wanted_until_s or now_s < self._next_s:
            return
        self._send(small_jpeg(frame.luma), frame.taken_at_ns)
        self._next_s = now_s + 1 / FRAMES_A_SECOND
        self._costs_s.append(self._clock() - now_s)
        # judged by the second: the first picture alone is slow
        if len(self._costs_s) == FRAMES_A_SECOND:
            if sum(self._costs_s) > ALLOWED_SHARE and not self._whatever_it_costs:
                self._next_s = now_s + REST_S
            self._costs_s.clear()


def small_jpeg(luma: Luma) -> bytes:
    """The whole of a (height_px, width_px) uint8 frame, no larger than 320x240, its shape kept."""
    height_px, width_px = luma.shape
    scale = min(_WIDTH_PX / width_px, _HEIGHT_PX / height_px, 1.0)
    size = (max(1, round(width_px * scale)), max(1, round(height_px * scale)))
    small = cv2.resize(luma, size, interpolation=cv2.INTER_AREA)
    _, jpeg = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return np.asarray(jpeg, np.uint8).tobytes()
