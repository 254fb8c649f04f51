"""Looks spread over successive frames: a person holds a code for a second, so no frame has to be tried in every way.

Each frame that is looked at gets the cheap plain look, and one more whose kind goes round; the first that reads wins.
Once something has been located, the region around it is looked at closely, also doubled, which costs little there.
"""

from dataclasses import dataclass

from hardware.ports import Luma
from kiosk.eye import looks
from kiosk.eye.readers.port import Corner, Found, Reader

# how far around a located code the next frame is looked at, in sides of that code
_REGION_MARGIN = 0.5
# a region larger than this share of the frame is no cheaper than the frame
_REGION_MAX_SHARE = 0.35
# a hand may lose the code for a moment; after this many frames the region says nothing any more
_REGION_FRAMES = 8
_INVERT_EVERY = 10


@dataclass(frozen=True, slots=True)
class Region:
    """(top, bottom, left, right) in px, and how many frames it is still worth looking at."""

    top: int
    bottom: int
    left: int
    right: int
    frames_left: int = _REGION_FRAMES


class StreamingPlan:
    """Belongs to one thread. `read` answers for one frame; `reset` forgets the frames before."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._turn = 0
        self._region: Region | None = None
        self.located = False  # something like a code stood in the last frame, read or not

    def reset(self) -> None:
        self._region = None
        self.located = False

    def read(self, luma: Luma) -> list[Found]:
        """The codes of a (height_px, width_px) uint8 frame that hold together."""
        self._turn += 1
        invert = self._turn % _INVERT_EVERY == 0
        found = self._reader.read(luma, invert=invert)
        whole = _whole(found)
        self.located = bool(found)
        if not whole:
            self._follow(found, luma)
            whole = self._second_look(luma)
        self._age(bool(found))
        return whole

    def _second_look(self, luma: Luma) -> list[Found]:
        if self._region is not None:
            region = self._region
            crop = luma[region.top : region.bottom, region.left : region.right]
            look = (looks.double, looks.sharp, looks.deglared)[self._turn % 3]
            return _whole(self._reader.read(look(crop), invert=self._turn % 2 == 0))
        look = (looks.soft, looks.half, looks.soft, looks.sharp)[self._turn % 4]
        found = self._reader.read(look(luma))
        self.located = self.located or bool(found)
        return _whole(found)

    def _follow(self, found: list[Found], luma: Luma) -> None:
        for code in found:
            region = _around(code.corners, luma)
            if region is not None:
                self._region = region
                return

    def _age(self, seen: bool) -> None:
        if self._region is None or seen:
            return
        left = self._region.frames_left - 1
        r = self._region
        self._region = Region(r.top, r.bottom, r.left, r.right, left) if left > 0 else None


def _whole(found: list[Found]) -> list[Found]:
    return [code for code in found if code.data is not None]


def _around(corners: tuple[Corner, ...], luma: Luma) -> Region | None:
    if not corners:
        return None
    height_px, width_px = luma.shape
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    margin = _REGION_MARGIN * max(max(xs) - min(xs), max(ys) - min(ys), 16.0)
    top, bottom = max(0, int(min(ys) - margin)), min(height_px, int(max(ys) + margin))
    left, right = max(0, int(min(xs) - margin)), min(width_px, int(max(xs) + margin))
    area = (bottom - top) * (right - left)
    if bottom - top < 16 or right - left < 16 or area > _REGION_MAX_SHARE * luma.size:
        return None
    return Region(top, bottom, left, right)
