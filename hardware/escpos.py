"""A picture as an ESC/POS printer takes it, and what such a printer would have put on paper.

Pictures only: the code pages of receipt printers lack Vietnamese and Khmer letters, and differ from maker to maker.
"""

import math
import tempfile
from typing import Any

import numpy as np

from hardware.ports import Luma

# a cut leaves so much white above it as the print head lies before the knife (python-escpos: ESC d 6)
LINE_DOTS = 30
# one command takes no more rows than every printer's buffer holds
_FRAGMENT_ROWS = 256
# of python-escpos's database: a plain printer for 80 mm, taken for its width; without one it prints a complaint
_PROFILE = "NT-80-V-UL"
WIDEST_PX = 576

_RASTER = b"\x1dv0"  # GS v 0 m xL xH yL yH, then rows of bits, 1 is black
_FIXED = {b"\x1b@": 0, b"\x1ba": 1, b"\x1d!": 1, b"\x10\x04": 1}  # command -> bytes after it
_FEED, _CUT = b"\x1bd", b"\x1dV"


def encode(picture: Luma) -> bytes:
    """The bytes to send for `picture`, (height, width): start afresh, its rows, a feed and a cut.
    Raise ValueError when it is wider than `WIDEST_PX`."""
    if picture.shape[1] > WIDEST_PX:
        raise ValueError(f"a slip is {WIDEST_PX} dots wide at most, not {picture.shape[1]}")
    from PIL import Image

    printer = _recorder()
    printer.hw("INIT")
    printer.image(Image.fromarray(picture), impl="bitImageRaster", fragment_height=_FRAGMENT_ROWS)
    printer.cut()
    return bytes(printer.output)


def _recorder() -> Any:
    """A printer of python-escpos that keeps its bytes. The package takes a third of a second to come in, and makes a
    folder with a cache that it never finds again: only who prints loads it, and what it leaves is taken away."""
    with tempfile.TemporaryDirectory(prefix="escpos-") as folder:
        usual, tempfile.tempdir = tempfile.tempdir, folder
        try:
            from escpos.printer import Dummy
        finally:
            tempfile.tempdir = usual
    return Dummy(profile=_PROFILE)


def paper(stream: bytes) -> Luma:
    """What these bytes leave on the paper, (height, width), 0 and 255. Raise ValueError for a command that is none of
    those that `encode` makes."""
    strips: list[Luma] = []
    at = 0
    while at < len(stream):
        command = stream[at : at + 2]
        if stream.startswith(_RASTER, at):
            rows, at = _raster(stream, at + 4)
            strips.append(rows)
        elif command == _FEED:
            strips.append(_white(stream[at + 2] * LINE_DOTS))
            at += 3
        elif command == _CUT:
            at += 4 if stream[at + 2] in (65, 66) else 3
        elif command in _FIXED:
            at += 2 + _FIXED[command]
        elif stream[at] == 0x0A:
            strips.append(_white(LINE_DOTS))
            at += 1
        else:
            raise ValueError(f"no command known here at byte {at}: {command.hex()}")
    width_px = max((strip.shape[1] for strip in strips), default=0)
    return np.vstack([_widened(strip, width_px) for strip in strips] or [_white(0)])


def seconds_on_line(stream: bytes, baud: int) -> float:
    """How long these bytes take on a serial line: ten bits each."""
    return math.ceil(len(stream) * 10 / baud)


def _raster(stream: bytes, at: int) -> tuple[Luma, int]:
    width_bytes = int.from_bytes(stream[at : at + 2], "little")
    height_px = int.from_bytes(stream[at + 2 : at + 4], "little")
    end = at + 4 + width_bytes * height_px
    if end > len(stream):
        raise ValueError("the picture is cut off")
    bits = np.frombuffer(stream[at + 4 : end], np.uint8).reshape(height_px, width_bytes)
    return np.where(np.unpackbits(bits, axis=1) == 1, 0, 255).astype(np.uint8), end


def _white(height_px: int) -> Luma:
    return np.full((height_px, 0), 255, np.uint8)


def _widened(strip: Luma, width_px: int) -> Luma:
    return np.pad(strip, ((0, 0), (0, width_px - strip.shape[1])), constant_values=255)
