"""Looks spread over successive frames: a person holds a code for a second, so no frame has to be tried in every way.

Every second frame is looked at as a whole. Each frame is also looked at closely where its texture is that of a code:
by local contrast, and in one more way that goes round from frame to frame. The first look that reads wins. What a
frame may cost is fixed beforehand, so that the slowest machine keeps up with its camera.
"""

from dataclasses import dataclass

from hardware.ports import Luma
from kiosk.eye import looks, region
from kiosk.eye.looks import Look
from kiosk.eye.readers.port import Corner, Found, Reader

# ms a frame at the speed of the machine of docs/benchmarks.md; a Pi 4 is about six times slower and has 33 ms
ALLOWANCE_MS = 5.0
_WHOLE_FRAME_MS_A_MPX = 1.9
# codes that are light on dark are rare at a door, and looking for them too costs two thirds more
_INVERT_WHOLE_EVERY = 10
_INVERT_CLOSE_EVERY = 4
# where a code was located, the next frames are looked at first, for as long as a hand may lose it
_FOLLOW_FRAMES = 8
_FOLLOW_MARGIN = 0.35


@dataclass(frozen=True, slots=True)
class _Close:
    """A look at the region, with what it costs (ms a megapixel of it)."""

    look: Look
    ms_a_mpx: float


_ALWAYS = _Close(looks.midway, 6.0)
_IN_TURN = (
    _Close(looks.sharp, 6.3),
    _Close(looks.double, 8.8),
    _Close(looks.thresholded, 4.1),
)


class StreamingPlan:
    """Belongs to one thread. `read` answers for one frame; `reset` forgets the frames before."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._turn = -1
        self._next = 0  # whose turn it is of the looks that go round
        self._followed: region.Region | None = None
        self._follow_frames = 0
        self.corners: tuple[
            Corner, ...
        ] = ()  # of something like a code in the last frame, read or not

    @property
    def located(self) -> bool:
        """Whether something like a code stood in the last frame."""
        return bool(self.corners)

    def reset(self) -> None:
        self._followed = None
        self.corners = ()

    def read(self, luma: Luma) -> list[Found]:
        """The codes of a (height_px, width_px) uint8 frame that hold together, by the first look that reads any."""
        self._turn += 1
        self.corners = ()
        left_ms = ALLOWANCE_MS
        place = self._place(luma)
        if place is None or self._turn % 2 == 0:
            left_ms -= luma.size / 1e6 * _WHOLE_FRAME_MS_A_MPX
            invert = self._turn % (2 * _INVERT_WHOLE_EVERY) == 0
            whole = self._noted(luma, self._reader.read(luma, invert=invert), None)
            if whole:
                return whole
        if place is None:
            return []
        for close in (_ALWAYS, _IN_TURN[self._next]):
            cost_ms = place.area_px / 1e6 * close.ms_a_mpx
            if cost_ms > left_ms:
                continue  # a look that does not fit waits for a frame that leaves it more
            left_ms -= cost_ms
            if close is not _ALWAYS:
                self._next = (self._next + 1) % len(_IN_TURN)
            seen = close.look(place.of(luma))
            invert = close is _ALWAYS and self._turn % _INVERT_CLOSE_EVERY == 1
            found = self._reader.read(seen, invert=invert)
            whole = self._noted(luma, found, place, scale=seen.shape[0] / place.of(luma).shape[0])
            if whole:
                return whole
        return []

    def _place(self, luma: Luma) -> region.Region | None:
        if self._followed is not None and self._follow_frames > 0:
            self._follow_frames -= 1
            return self._followed
        return region.busiest(luma)

    def _noted(
        self, luma: Luma, found: list[Found], place: region.Region | None, scale: float = 1.0
    ) -> list[Found]:
        """Those that hold together, in the frame's own coordinates; and where to look next time."""
        left, top = (place.left, place.top) if place else (0, 0)
        found = [code.moved(left, top, scale) for code in found]
        for code in found:
            if code.corners:
                self.corners = code.corners
                self._followed = region.around(luma, code.corners, _FOLLOW_MARGIN)
                self._follow_frames = _FOLLOW_FRAMES
                break
        return [code for code in found if code.data is not None]
