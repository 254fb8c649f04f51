"""zbar with binary output, through the bindings that pyzbar brings.

`pyzbar.decode` guesses a charset and garbles most short Vietnamese texts (docs/reading.md). zbar has a switch that says
"do not convert"; pyzbar does not know it, so its scanner is driven here directly. One reader belongs to one thread.
"""

import ctypes
from collections.abc import Iterator
from typing import Any

import numpy as np
from pyzbar import wrapper

from hardware.ports import Luma
from kiosk.eye.readers.port import QR_CODE, Found

# zbar.h: symbology and configuration numbers, and the fourcc of 8-bit grey
_QR = 64
_ENABLE = 0
_BINARY = 4  # since libzbar 0.23.1
_TEST_INVERTED = 0x81
_Y800 = 0x30303859


class ZbarTooOld(RuntimeError):
    """This libzbar would convert the bytes of a code: it needs 0.23.1 or later."""


class ZbarReader:
    """Raise ZbarTooOld when the installed libzbar cannot leave bytes alone."""

    def __init__(self) -> None:
        self._plain = _scanner(inverted=False)
        self._inverted: Any = None

    def read(self, luma: Luma, *, invert: bool = False) -> list[Found]:
        scanner = self._plain
        if invert:
            self._inverted = self._inverted or _scanner(inverted=True)
            scanner = self._inverted
        grey = np.ascontiguousarray(
            luma
        )  # zbar knows no row stride; kept alive until the scan is over
        image = wrapper.zbar_image_create()
        try:
            height_px, width_px = grey.shape
            wrapper.zbar_image_set_format(image, _Y800)
            wrapper.zbar_image_set_size(image, width_px, height_px)
            wrapper.zbar_image_set_data(
                image, grey.ctypes.data_as(ctypes.c_void_p), grey.size, None
            )
            wrapper.zbar_scan_image(scanner, image)
            return list(_symbols(image))
        finally:
            wrapper.zbar_image_destroy(image)

    def close(self) -> None:
        for scanner in (self._plain, self._inverted):
            if scanner is not None:
                wrapper.zbar_image_scanner_destroy(scanner)
        self._plain = self._inverted = None


def _scanner(*, inverted: bool) -> Any:
    scanner = wrapper.zbar_image_scanner_create()
    settings = [(0, _ENABLE, 0), (_QR, _ENABLE, 1), (_QR, _BINARY, 1)]
    if inverted:
        settings.append((0, _TEST_INVERTED, 1))
    for symbology, name, value in settings:
        if wrapper.zbar_image_scanner_set_config(scanner, symbology, name, value) != 0:
            wrapper.zbar_image_scanner_destroy(scanner)
            raise ZbarTooOld("libzbar does not know binary output: install 0.23.1 or later")
    return scanner


def _symbols(image: Any) -> Iterator[Found]:
    symbol = wrapper.zbar_image_first_symbol(image)
    while symbol:
        # type 1 is one part of a structured append, with zeros where the others are missing: refused
        if symbol.contents.type == _QR:
            data = ctypes.string_at(
                wrapper.zbar_symbol_get_data(symbol), wrapper.zbar_symbol_get_data_length(symbol)
            )
            yield Found(QR_CODE, data, _points(symbol))
        symbol = wrapper.zbar_symbol_next(symbol)


def _points(symbol: Any) -> tuple[tuple[float, float], ...]:
    count = wrapper.zbar_symbol_get_loc_size(symbol)
    return tuple(
        (
            float(wrapper.zbar_symbol_get_loc_x(symbol, n)),
            float(wrapper.zbar_symbol_get_loc_y(symbol, n)),
        )
        for n in range(count)
    )
