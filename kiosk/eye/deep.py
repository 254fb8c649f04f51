"""Every look that pays, one after the other, until a code is read: for still images, where time does not press.

The order is by gain for each millisecond. Only exact readers are asked, so a later look can add a reading but never
change one.
"""

from collections.abc import Iterator

import cv2
import numpy as np

from hardware.ports import Luma
from kiosk.eye import looks, region
from kiosk.eye.looks import Look
from kiosk.eye.readers.patient import PatientReader
from kiosk.eye.readers.port import Found, Reader
from kiosk.eye.readers.zbar import ZbarReader
from kiosk.eye.readers.zxing import ZxingReader

# above this many pixels doubling neither pays nor fits a Pi's memory
_DOUBLE_BELOW_PX = 2_000_000
# the patient reader's own limit: a code of version 22 still has six px a module
_PATIENT_SIDE_PX = 720


class DeepPlan:
    """One plan belongs to one thread. `read` gives the codes of the first look that reads any."""

    def __init__(self) -> None:
        local, bw = ZxingReader(), ZxingReader("FixedThreshold")
        world, zbar = ZxingReader("GlobalHistogram"), ZbarReader()
        self._steps: tuple[tuple[Reader, Look, bool], ...] = (
            (local, looks.plain, False),
            (local, looks.plain, True),
            (local, looks.soft, False),
            (local, looks.sharp, False),
            (local, looks.midway, True),
            (local, looks.half, False),
            (local, looks.double, True),
            (local, looks.deglared, False),
            (bw, looks.thresholded, False),
            (local, looks.closed, False),
            (world, looks.plain, False),
            (zbar, looks.plain, True),
            (zbar, looks.half, False),
            (zbar, looks.sharp, False),
        )
        self._patient = PatientReader(ZxingReader("BoolCast", downscale=False))

    def read(self, luma: Luma) -> list[Found]:
        """Codes in a (height_px, width_px) uint8 image, those that hold together only."""
        if not luma.size:
            return []
        for reader, look, invert in self._steps:
            if look is looks.double and luma.size > _DOUBLE_BELOW_PX:
                continue
            found = _whole(reader.read(look(luma), invert=invert))
            if found:
                return found
        for part in _parts(luma):
            found = _whole(self._patient.read(part, invert=True))
            if found:
                return found
        return []


def _whole(found: list[Found]) -> list[Found]:
    return [code for code in found if code.data is not None]


def _parts(luma: Luma) -> Iterator[Luma]:
    """Where the patient reader looks: at the patch that looks most like a code, then at all of it."""
    busiest = region.busiest(luma)
    if busiest is not None and busiest.area_px < 0.8 * luma.size:
        yield _shrunk(busiest.of(luma))
    yield _shrunk(luma)


def _shrunk(luma: Luma) -> Luma:
    scale = _PATIENT_SIDE_PX / max(luma.shape)
    if scale >= 1:
        return luma
    height_px, width_px = luma.shape
    size = (max(1, round(width_px * scale)), max(1, round(height_px * scale)))
    return np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), np.uint8)
