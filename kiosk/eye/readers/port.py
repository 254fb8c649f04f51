"""What a reader is asked and what it answers."""

from dataclasses import dataclass, field, replace
from typing import Protocol

from hardware.ports import Luma
from kiosk.eye.codewords import Kind, Modules

# ISO/IEC 18004 calls it "QR Code"; written as one word wherever we name it
QR_CODE = "QRCode"

Corner = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Sampled:
    """The modules of a code as a reader took them from the image, before error correction."""

    modules: Modules = field(repr=False)
    kind: Kind


@dataclass(frozen=True, slots=True)
class Found:
    """A code in an image. `data` is None when it was located but did not hold together: look harder there.

    `corners` are (x_px, y_px) clockwise from the code's own top left, empty when the reader does not tell. `sampled`
    is there when the reader tells it.
    """

    symbology: str
    data: bytes | None = field(repr=False)
    corners: tuple[Corner, ...] = ()
    sampled: Sampled | None = None

    def moved(self, left_px: float, top_px: float, scale: float = 1.0) -> "Found":
        """As found in a part of an image that begins there and was enlarged by `scale`: in the image's own px."""
        corners = tuple((left_px + x / scale, top_px + y / scale) for x, y in self.corners)
        return replace(self, corners=corners)


class Reader(Protocol):
    def read(self, luma: Luma, *, invert: bool = False) -> list[Found]:
        """All codes in a (height_px, width_px) uint8 image. `invert` also looks for light on dark.

        Parts of a structured append are left out: nobody's personal code is split.
        """
