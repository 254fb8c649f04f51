"""A picture in a file -> the grey image that a reader sees."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from hardware.picture_size import declared_size
from hardware.ports import Luma

# a phone's photograph has 3 to 12 MB and up to 200 megapixels; what is larger is no photograph of a code
MAX_FILE_BYTES = 64_000_000
MAX_DECLARED_PX = 200_000_000
# more pixels than any code needs, and as many as a Pi decodes in a few seconds
MAX_PX = 16_000_000


class UnreadableImage(ValueError):
    """The file holds no picture; the message says why in a few words."""


def load_luma(path: Path) -> Luma:
    """(height_px, width_px) uint8, transparent parts on white, at most `MAX_PX` pixels. Raise UnreadableImage."""
    content = _content(path)
    try:
        # OpenCV refuses files of a few bytes that are whole pictures; every format ignores what follows its end
        picture = cv2.imdecode(np.pad(content, (0, 64)), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise UnreadableImage("not a picture") from error
    if picture is None or picture.size == 0:
        raise UnreadableImage("not a picture")
    return _fitting(_grey_on_white(picture))


def _content(path: Path) -> NDArray[np.uint8]:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise UnreadableImage(f"larger than {MAX_FILE_BYTES // 1_000_000} MB")
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableImage(error.strerror or "cannot be read") from error
    except ValueError as error:  # a NUL in the name
        raise UnreadableImage("cannot be read") from error
    if not content:
        raise UnreadableImage("empty")
    try:
        width_px, height_px = declared_size(content)
    except ValueError:
        pass  # another format, or none: OpenCV will say
    else:
        # a small file may unpack to gigabytes
        if width_px * height_px > MAX_DECLARED_PX:
            raise UnreadableImage(f"more than {MAX_DECLARED_PX // 1_000_000} megapixels")
    return np.frombuffer(content, np.uint8)


def _grey_on_white(picture: NDArray[Any]) -> Luma:
    if picture.dtype != np.uint8:
        picture = _eight_bits(picture)
    if picture.ndim == 2:
        return picture
    if picture.shape[2] in (2, 4):
        alpha = picture[:, :, -1:].astype(np.float32) / 255
        colour = picture[:, :, :-1].astype(np.float32)
        picture = (colour * alpha + 255 * (1 - alpha)).round().astype(np.uint8)
    if picture.shape[2] == 1:
        return np.ascontiguousarray(picture[:, :, 0])
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)


def _eight_bits(picture: NDArray[Any]) -> Luma:
    """Integers by their range; floating point (TIFF, EXR) between its own least and greatest."""
    values = np.nan_to_num(picture.astype(np.float32))
    if np.issubdtype(picture.dtype, np.integer):
        low, high = 0.0, float(np.iinfo(picture.dtype).max)
    else:
        low, high = float(values.min()), float(values.max())
    scaled = (values - low) * (255.0 / max(high - low, 1e-9))
    return np.asarray(scaled.clip(0, 255), np.uint8)


def _fitting(luma: Luma) -> Luma:
    if luma.size <= MAX_PX:
        return luma
    scale = float(np.sqrt(MAX_PX / luma.size))
    shrunk = cv2.resize(luma, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(shrunk, np.uint8)
