"""How large a PNG or JPEG is, from its first bytes, before anybody unpacks it.

A small file may unpack to gigabytes; so its size is read and limited first. PNG: ISO/IEC 15948, 11.2.2 (IHDR).
JPEG: ITU-T T.81, B.2.2 (the frame header is the first SOF marker).
"""

import struct

MAX_PICTURE_BYTES = 8 * 1024 * 1024
MAX_PICTURE_PX = 16_000_000

_PNG_HEAD = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
_SOF_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def picture_size(encoded: bytes) -> tuple[int, int]:
    """(width_px, height_px). Raise ValueError for what is neither, too large in bytes or too large in pixels."""
    if len(encoded) > MAX_PICTURE_BYTES:
        raise ValueError(f"a picture may have {MAX_PICTURE_BYTES} bytes, not {len(encoded)}")
    width_px, height_px = declared_size(encoded)
    if width_px == 0 or height_px == 0 or width_px * height_px > MAX_PICTURE_PX:
        raise ValueError(f"a picture may have {MAX_PICTURE_PX} pixels, not {width_px}x{height_px}")
    return width_px, height_px


def declared_size(encoded: bytes) -> tuple[int, int]:
    """(width_px, height_px) as the header says, unlimited. Raise ValueError for what is neither PNG nor JPEG."""
    if encoded.startswith(_PNG_HEAD) and len(encoded) >= 24:
        width_px, height_px = struct.unpack_from("!II", encoded, 16)
        return width_px, height_px
    if encoded.startswith(b"\xff\xd8"):
        return _jpeg_size(encoded)
    raise ValueError("the picture is neither PNG nor JPEG")


def _jpeg_size(encoded: bytes) -> tuple[int, int]:
    at = 2
    while at + 9 <= len(encoded) and encoded[at] == 0xFF:
        marker = encoded[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        if marker in _SOF_MARKERS:
            height_px, width_px = struct.unpack_from("!HH", encoded, at + 5)
            return width_px, height_px
        at += 2 + struct.unpack_from("!H", encoded, at + 2)[0]
    raise ValueError("the JPEG has no frame header")
