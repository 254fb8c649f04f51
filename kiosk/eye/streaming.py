"""Looks at successive frames: cheap ones at each, dear ones where a code seems to be, as far as time was saved.

The place whose texture is that of a code is looked at closely, by local contrast first and then in other ways; what
stays unread there goes to the patient reader, with what the frames before have shown (kiosk.eye.superposition). Every
second frame is also looked at as a whole. The first look that reads wins. A frame that costs less than its allowance
leaves the rest to those that follow: most codes are read by the first look, and pay for the few that are not.
"""

from collections import deque
from dataclasses import dataclass

from hardware.ports import Luma
from kiosk.eye import looks, region
from kiosk.eye.grid import Grid
from kiosk.eye.looks import Look
from kiosk.eye.readers.patient import BRISK, PatientReader
from kiosk.eye.readers.port import Corner, Found, Reader
from kiosk.eye.region import Region
from kiosk.eye.superposition import Superposition

# ms at the speed of the machine of docs/benchmarks.md: what a frame may cost in the long run while something like a
# code is in view, and how much can be saved up for the moment when one comes into view
ALLOWANCE_MS = 8.0
MOST_SAVED_MS = 50.0
_WHOLE_FRAME_MS_A_MPX = 1.9
_PATIENT_MS = 16.0
_PATIENT_AGAIN_MS = 7.0  # where a code was located in the frame before
_MOST_AGAIN = 3  # before it is searched anew: what was located may have been something else
_PATIENT_SIDE_PX = 720
_WHOLE_EVERY = 3  # frames, while a place is looked at closely
# codes that are light on dark are rare at a door, and looking for them too costs two thirds more
_INVERT_WHOLE_EVERY = 15
_INVERT_CLOSE_EVERY = 2
# around a located code: what a hand may move from one frame to the next
_FOLLOW_MARGIN = 0.12
# a doorway has other things with the texture of a code: each time nothing comes of it, the patient reader rests longer
_FIRST_REST_FRAMES = 8
_LONGEST_REST_FRAMES = 128
# what was read is not looked for in every way for so long, and what is new is
_REREAD_FRAMES = 8
_NEW_FRAMES = 8
# a place that shares less than this with each of the last ones is another thing
_SAME_PLACE = 0.3
_KNOWN_PLACES = 8


@dataclass(frozen=True, slots=True)
class _Close:
    """A look at a part of the frame, with what it costs (ms a megapixel of it)."""

    look: Look
    ms_a_mpx: float


_CONTRAST = _Close(looks.midway, 4.8)
_SHARP = _Close(looks.sharp, 6.1)
_FURTHER = (_Close(looks.double, 8.5), _Close(looks.thresholded, 4.6))


class StreamingPlan:
    """Belongs to one thread. `read` answers for one frame; `reset` forgets the frames before."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._frames = Superposition()
        self._patient = PatientReader(reader, BRISK, self._frames)
        self._turn = -1
        self._saved_ms = MOST_SAVED_MS
        self._rest_frames = 0  # before the patient reader is asked again
        self._next_rest_frames = _FIRST_REST_FRAMES
        self._read_frames_ago = _REREAD_FRAMES
        self._seen_frames = 0  # the same thing
        self._places: deque[Region] = deque(maxlen=_KNOWN_PLACES)  # of the last frames
        self._follow: Region | None = None  # where a code was located in the last frame
        self._unread: Grid | None = None  # as the patient reader located it in the last frames
        self._again = 0  # looks at it since
        self._held: _Close | None = None  # the look that has just read
        # of something like a code in the last frame, read or not
        self.corners: tuple[Corner, ...] = ()

    @property
    def located(self) -> bool:
        """Something like a code stood in the last frame."""
        return bool(self.corners)

    def reset(self) -> None:
        self._places.clear()
        self._follow = self._held = self._unread = None
        self._frames.forget()
        self.corners = ()

    def read(self, luma: Luma) -> list[Found]:
        """The codes of a (height_px, width_px) uint8 frame that hold together, by the first look that reads any."""
        self._turn += 1
        self._saved_ms = min(MOST_SAVED_MS, self._saved_ms + ALLOWANCE_MS)
        self._rest_frames -= 1
        self._read_frames_ago += 1
        self._seen_frames += 1
        self.corners = ()
        place = self._follow or region.busiest(luma)
        self._follow = None
        self._notice(place)
        found: list[Found] = []
        if place is not None:
            found = self._closely(luma, place, self._first_ways())
            found = found or self._patiently(luma, place)
            found = found or self._closely(luma, place, self._further_ways())
        if not found:
            self._held = None
            if place is None or self._seen_frames == 0 or self._turn % _WHOLE_EVERY == 1:
                found = self._as_a_whole(luma)
        if found:
            self._read_frames_ago, self._rest_frames = 0, _REREAD_FRAMES
            self._unread = None
            self._frames.forget()
        return found

    def _notice(self, place: Region | None) -> None:
        """Another thing than in the last frames is worth the patient reader's time again."""
        if place is None:
            return
        is_new = all(place.overlap(other) < _SAME_PLACE for other in self._places)
        self._places.append(place)
        if is_new:
            self._rest_frames = 0
            self._read_frames_ago = _REREAD_FRAMES
            self._seen_frames = 0
            self._unread = None
            self._frames.forget()

    def _closely(self, luma: Luma, place: Region, ways: tuple[_Close, ...]) -> list[Found]:
        for close in ways:
            cost_ms = place.area_px / 1e6 * close.ms_a_mpx
            if cost_ms > self._saved_ms:
                continue
            self._saved_ms -= cost_ms
            part = place.of(luma)
            seen = close.look(part)
            scale = seen.shape[0] / part.shape[0]
            invert = close is _CONTRAST and self._turn % _INVERT_CLOSE_EVERY == 0
            found = self._reader.read(seen, invert=invert)
            whole = self._noted(luma, [code.moved(place.left, place.top, scale) for code in found])
            if whole:
                self._held = close
                return whole
        return []

    def _first_ways(self) -> tuple[_Close, ...]:
        """What was just read stays for a while, and need not be read in every frame."""
        if self._held is not None:
            return tuple(dict.fromkeys((self._held, _CONTRAST)))
        return (_CONTRAST, _SHARP) if self._is_new else (_CONTRAST,)

    def _further_ways(self) -> tuple[_Close, ...]:
        """All of them at a new thing, later one in turn."""
        if self._read_frames_ago < _REREAD_FRAMES:
            return ()
        in_turn = (_SHARP, *_FURTHER)
        return _FURTHER if self._is_new else (in_turn[self._turn % len(in_turn)],)

    @property
    def _is_new(self) -> bool:
        return self._seen_frames < _NEW_FRAMES and self._read_frames_ago >= _REREAD_FRAMES

    def _as_a_whole(self, luma: Luma) -> list[Found]:
        self._saved_ms -= luma.size / 1e6 * _WHOLE_FRAME_MS_A_MPX
        invert = self._turn % _INVERT_WHOLE_EVERY == 1
        return self._noted(luma, self._reader.read(luma, invert=invert))

    def _patiently(self, luma: Luma, place: Region) -> list[Found]:
        before = self._unread if self._again < _MOST_AGAIN else None
        cost_ms = _PATIENT_MS if before is None else _PATIENT_AGAIN_MS
        if self._rest_frames > 0 or self._saved_ms < cost_ms:
            return []
        self._saved_ms -= cost_ms
        part, scale = place.shrunk(luma, _PATIENT_SIDE_PX)
        if before is None:
            self._again = 0
            seen = self._patient.read(part)
        else:
            self._again += 1
            there = before.moved(scale, -place.left * scale, -place.top * scale)
            seen = self._patient.reread(part, there)
        laid = self._patient.laid
        self._unread = laid.moved(1 / scale, place.left, place.top) if laid else None
        found = [code.moved(place.left, place.top, scale) for code in seen]
        whole = self._noted(luma, found)
        if whole:
            self._next_rest_frames = _FIRST_REST_FRAMES
        elif not found and before is None:
            self._rest_frames = self._next_rest_frames
            self._next_rest_frames = min(2 * self._next_rest_frames, _LONGEST_REST_FRAMES)
        return whole

    def _noted(self, luma: Luma, found: list[Found]) -> list[Found]:
        """Those that hold together; and where to look in the next frame."""
        for code in found:
            if code.corners:
                self.corners = code.corners
                self._follow = region.around(luma, code.corners, _FOLLOW_MARGIN)
                break
        return [code for code in found if code.data is not None]
