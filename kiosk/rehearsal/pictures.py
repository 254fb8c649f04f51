"""What a visitor holds in front of the camera, as a grey picture: a phone that shows a code, or a printed card."""

import cv2
import numpy as np
import segno
from numpy.typing import NDArray

# a code is drawn with this many pixels a module; the simulated camera scales it to the distance of the hand
MODULE_PX = 8
_QUIET_MODULES = 4
_BEZEL_MODULES = 3
_BEZEL_GREY = 30


def code_image(code: bytes, error: str = "m") -> NDArray[np.uint8]:
    """Black on white with its quiet zone, (side_px, side_px) uint8. Raise ValueError when it does not fit a QR code."""
    try:
        qr = segno.make(code, mode="byte", error=error, micro=False, boost_error=False)
    except segno.DataOverflowError as overflow:
        raise ValueError("too much text for a QR code") from overflow
    dark = np.array([list(row) for row in qr.matrix], dtype=np.uint8)
    framed = np.pad(dark, _QUIET_MODULES)
    modules = np.where(framed == 0, 255, 0).astype(np.uint8)
    return np.kron(modules, np.ones((MODULE_PX, MODULE_PX), dtype=np.uint8))


def phone(code: bytes) -> NDArray[np.uint8]:
    """The code on a phone: a dark bezel around it."""
    border = _BEZEL_MODULES * MODULE_PX
    image = cv2.copyMakeBorder(
        code_image(code), border, border, border, border, cv2.BORDER_CONSTANT, value=(_BEZEL_GREY,)
    )
    return np.asarray(image, dtype=np.uint8)
