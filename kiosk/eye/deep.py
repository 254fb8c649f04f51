"""Every look that pays, one after the other, until a code is read: for still images, where time does not press.

The order is by gain for each millisecond. Only exact readers are asked, so a later look can add a reading but never
change one.
"""

from hardware.ports import Luma
from kiosk.eye import looks
from kiosk.eye.looks import Look
from kiosk.eye.readers.port import Found, Reader
from kiosk.eye.readers.zbar import ZbarReader
from kiosk.eye.readers.zxing import ZxingReader

# above this many pixels doubling neither pays nor fits a Pi's memory
_DOUBLE_BELOW_PX = 2_000_000


class DeepPlan:
    """One plan belongs to one thread. `read` gives the codes of the first look that reads any."""

    def __init__(self) -> None:
        local, bw = ZxingReader(), ZxingReader("FixedThreshold")
        world = ZxingReader("GlobalHistogram")
        zbar = ZbarReader()
        self._steps: tuple[tuple[Reader, Look, bool], ...] = (
            (local, looks.plain, False),
            (local, looks.plain, True),
            (local, looks.soft, False),
            (local, looks.sharp, False),
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

    def read(self, luma: Luma) -> list[Found]:
        """Codes in a (height_px, width_px) uint8 image, those that hold together only."""
        for reader, look, invert in self._steps:
            if look is looks.double and luma.size > _DOUBLE_BELOW_PX:
                continue
            found = [
                code for code in reader.read(look(luma), invert=invert) if code.data is not None
            ]
            if found:
                return found
        return []
