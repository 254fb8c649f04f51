"""zxing-cpp, restricted to QR Model 2: the fastest of the exact readers (docs/reading.md)."""

from typing import Any, cast

import zxingcpp

from hardware.ports import Luma
from kiosk.eye.readers.port import QR_CODE, Corner, Found
from kiosk.eye.structured_append import is_structured_append

_QR_MODEL_2 = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCodeModel2])


class ZxingReader:
    """`binarizer` is a name of zxingcpp.Binarizer: LocalAverage, GlobalHistogram, FixedThreshold, BoolCast."""

    def __init__(self, binarizer: str = "LocalAverage", *, downscale: bool = True) -> None:
        self._binarizer = getattr(zxingcpp.Binarizer, binarizer)
        self._downscale = downscale

    def read(self, luma: Luma, *, invert: bool = False) -> list[Found]:
        found = []
        for barcode in zxingcpp.read_barcodes(
            luma,
            formats=_QR_MODEL_2,
            try_rotate=False,
            try_invert=invert,
            try_downscale=self._downscale,
            binarizer=self._binarizer,
            return_errors=True,
        ):
            corners = _corners(barcode)
            if not barcode.valid:
                found.append(Found(QR_CODE, None, corners))
            elif not is_structured_append(luma, corners, cast(dict[str, Any], barcode.extra)):
                # never `.text`: it guesses the charset and turns control bytes into words
                found.append(Found(QR_CODE, bytes(barcode.bytes), corners))
        return found


def _corners(barcode: zxingcpp.Barcode) -> tuple[Corner, ...]:
    p = barcode.position
    corners = (p.top_left, p.top_right, p.bottom_right, p.bottom_left)
    return tuple((float(c.x), float(c.y)) for c in corners)
