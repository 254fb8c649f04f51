"""Looks spread over successive frames: a person holds a code for a second, so no frame has to be tried in every way.

A code that was just read is read again where it was, by the look that read it. Otherwise every second frame is looked
at as a whole, and each one closely where its texture is that of a code: by local contrast, and in one more way that
goes round from frame to frame. The first look that reads wins. What a frame may cost is fixed beforehand, so that a
slow machine keeps up with its camera. A place that stays unread is given to the patient reader (kiosk.eye.second_look),
which thinks about one picture of it for a few milliseconds in each of the next frames.
"""

from dataclasses import dataclass

from hardware.ports import Luma
from kiosk.eye import looks, region
from kiosk.eye.looks import Look
from kiosk.eye.readers.port import Found, Reader
from kiosk.eye.second_look import SecondLook

# ms a frame at the speed of the machine of docs/benchmarks.md; a Pi 4 is about six times slower and has 33 ms
ALLOWANCE_MS = 5.0
_WHOLE_FRAME_MS_A_MPX = 1.9
# codes that are light on dark are rare at a door, and looking for them too costs two thirds more
_INVERT_WHOLE_EVERY = 20
_INVERT_CLOSE_EVERY = 4
# around a located code: what a hand may move from one frame to the next
_FOLLOW_MARGIN = 0.25


@dataclass(frozen=True, slots=True)
class _Close:
    """A look at a part of the frame, with what it costs (ms a megapixel of it)."""

    look: Look
    ms_a_mpx: float
    invert: bool = False


_AS_IT_IS = _Close(looks.plain, 3.3)
_CONTRAST = _Close(looks.midway, 6.0)
_CONTRAST_BOTH = _Close(looks.midway, 8.0, invert=True)
_IN_TURN = (
    _Close(looks.sharp, 6.3),
    _Close(looks.double, 8.8),
    _Close(looks.thresholded, 4.1),
)


class StreamingPlan:
    """Belongs to one thread. `read` answers for one frame; `reset` forgets the frames before."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._second_look = SecondLook()
        self._turn = -1
        self._next = 0  # whose turn it is of the looks that go round
        self._held: tuple[region.Region, _Close] | None = None  # where and how a code was just read
        self._place: region.Region | None = None  # where a code was just located
        self._left_ms = 0.0
        self.located = False  # something like a code stood in the last frame, read or not

    def reset(self) -> None:
        self._held = self._place = None
        self._second_look.reset()
        self.located = False

    def read(self, luma: Luma) -> list[Found]:
        """The codes of a (height_px, width_px) uint8 frame that hold together, by the first look that reads any."""
        self._turn += 1
        self._left_ms = ALLOWANCE_MS
        self.located = False
        found = self._again(luma) or self._anew(luma)
        if not found:
            self._held = None
        return found

    def _again(self, luma: Luma) -> list[Found]:
        return self._closely(luma, *self._held) if self._held is not None else []

    def _anew(self, luma: Luma) -> list[Found]:
        place = self._place or region.busiest(luma)
        self._place = None
        found: list[Found] = []
        if place is None or self._turn % 2 == 0:
            found = self._as_a_whole(luma)
        if place is not None:
            both = self._turn % _INVERT_CLOSE_EVERY == 1
            found = found or self._closely(luma, place, _CONTRAST_BOTH if both else _CONTRAST)
            found = found or self._in_turn(luma, place)
            found = found or self._second_look.at(luma, place)
        if found or place is None:
            self._second_look.reset()
        return found

    def _as_a_whole(self, luma: Luma) -> list[Found]:
        self._left_ms -= luma.size / 1e6 * _WHOLE_FRAME_MS_A_MPX
        invert = self._turn % _INVERT_WHOLE_EVERY == 0
        return self._noted(luma, self._reader.read(luma, invert=invert), _AS_IT_IS)

    def _in_turn(self, luma: Luma, place: region.Region) -> list[Found]:
        """One of the looks that go round; one that does not fit waits for a frame that leaves it more."""
        close = _IN_TURN[self._next]
        if place.area_px / 1e6 * close.ms_a_mpx > self._left_ms:
            return []
        self._next = (self._next + 1) % len(_IN_TURN)
        return self._closely(luma, place, close)

    def _closely(self, luma: Luma, place: region.Region, close: _Close) -> list[Found]:
        cost_ms = place.area_px / 1e6 * close.ms_a_mpx
        if cost_ms > self._left_ms:
            return []
        self._left_ms -= cost_ms
        part = place.of(luma)
        seen = close.look(part)
        scale = seen.shape[0] / part.shape[0]
        found = self._reader.read(seen, invert=close.invert)
        return self._noted(luma, [c.moved(place.left, place.top, scale) for c in found], close)

    def _noted(self, luma: Luma, found: list[Found], close: _Close) -> list[Found]:
        """Those that hold together; and where, and how, to look at the next frame."""
        for code in found:
            if code.corners:
                self.located = True
                self._place = region.around(luma, code.corners, _FOLLOW_MARGIN)
        whole = [code for code in found if code.data is not None]
        if whole and whole[0].corners:
            self._held = (region.around(luma, whole[0].corners, _FOLLOW_MARGIN), close)
        return whole
