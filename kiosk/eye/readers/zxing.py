"""zxing-cpp, restricted to QR Model 2: the fastest of the exact readers (docs/reading.md)."""

import numpy as np
import zxingcpp

from hardware.ports import Luma
from kiosk.eye.codewords import Kind
from kiosk.eye.readers.port import QR_CODE, Corner, Found, Sampled
from kiosk.eye.structured_append import is_structured_append

_QR_MODEL_2 = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCodeModel2])


class ZxingReader:
    """`binarizer` is a name of zxingcpp.Binarizer: LocalAverage, GlobalHistogram, FixedThreshold, BoolCast."""

    def __init__(self, binarizer: str = "LocalAverage", *, downscale: bool = True) -> None:
        self._binarizer = getattr(zxingcpp.Binarizer, binarizer)
        self._downscale = downscale

    def read(self, luma: Luma, *, invert: bool = False) -> list[Found]:
        if not luma.size:
            return []
        barcodes = zxingcpp.read_barcodes(
            luma,
            formats=_QR_MODEL_2,
            try_rotate=False,
            try_invert=invert,
            try_downscale=self._downscale,
            binarizer=self._binarizer,
            return_errors=True,
        )
        return [code for barcode in barcodes if (code := _found(barcode)) is not None]


def _found(barcode: zxingcpp.Barcode) -> Found | None:
    sampled = _sampled(barcode)
    if not barcode.valid:
        return Found(QR_CODE, None, _corners(barcode), sampled)
    if sampled is not None and is_structured_append(sampled.modules, sampled.kind):
        return None
    # never `.text`: it guesses the charset and turns control bytes into words
    return Found(QR_CODE, bytes(barcode.bytes), _corners(barcode), sampled)


def _sampled(barcode: zxingcpp.Barcode) -> Sampled | None:
    """None where not even the format information could be read."""
    extra = barcode.extra
    if not isinstance(extra, dict):
        return None
    try:
        kind = Kind(int(extra["Version"]), str(extra["ECLevel"]), int(extra["DataMask"]))
    except (KeyError, ValueError):
        return None
    modules = np.asarray(barcode.to_image(scale=1, add_quiet_zones=False)) == 0
    if modules.shape != (kind.side, kind.side):
        return None
    return Sampled(modules, kind)


def _corners(barcode: zxingcpp.Barcode) -> tuple[Corner, ...]:
    """Empty where zxing-cpp saw a finder but no code: it then puts all four into the origin."""
    p = barcode.position
    corners = (p.top_left, p.top_right, p.bottom_right, p.bottom_left)
    placed = tuple((float(c.x), float(c.y)) for c in corners)
    return placed if len(set(placed)) == len(placed) else ()
