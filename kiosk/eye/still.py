"""`kiosk read`: the codes in still images, by the readers of the eye."""

import base64
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from hardware.ports import Luma
from kiosk.eye.deep import DeepPlan, fit

# a photograph of a phone of today has 3 to 12 MB; larger files are no photographs of a code
MAX_FILE_BYTES = 64_000_000


class UnreadableImage(ValueError):
    """The file holds no picture; the message says why in a few words."""


def read_files(paths: Sequence[str]) -> Iterator[dict[str, Any]]:
    """One result a file, in the order given: `{"file", "readings": [{"symbology", "bytes_b64"}], "ms"}`.

    A file that cannot be read has no readings and an `error`; the run goes on.
    """
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # the result says it
    plan = DeepPlan()
    for path in paths:
        began_s = time.perf_counter()
        result: dict[str, Any] = {"file": path, "readings": []}
        try:
            luma = load_luma(Path(path))
            result["readings"] = [
                {
                    "symbology": code.symbology,
                    "bytes_b64": base64.b64encode(code.data or b"").decode("ascii"),
                }
                for code in plan.read(luma)
            ]
        except UnreadableImage as error:
            result["error"] = str(error)
        result["ms"] = round((time.perf_counter() - began_s) * 1000, 3)
        yield result


def load_luma(path: Path) -> Luma:
    """The picture in a file as (height_px, width_px) uint8, transparent parts on white. Raise UnreadableImage."""
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise UnreadableImage(f"larger than {MAX_FILE_BYTES // 1_000_000} MB")
        content = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise UnreadableImage(error.strerror or "cannot be read") from error
    try:
        # OpenCV refuses files of a few bytes that are whole pictures; every format ignores what follows its end
        padded = np.pad(content, (0, 64))
        picture = cv2.imdecode(padded, cv2.IMREAD_UNCHANGED) if content.size else None
    except cv2.error as error:
        raise UnreadableImage("not a picture") from error
    if picture is None or picture.size == 0:
        raise UnreadableImage("not a picture")
    return fit(_grey_on_white(picture))


def _grey_on_white(picture: np.ndarray[Any, Any]) -> Luma:
    if picture.dtype != np.uint8:
        picture = (picture.astype(np.float32) * (255.0 / np.iinfo(picture.dtype).max)).astype(
            np.uint8
        )
    if picture.ndim == 2:
        return picture
    channels = picture.shape[2]
    if channels in (2, 4):
        alpha = picture[:, :, -1:].astype(np.float32) / 255
        colour = picture[:, :, :-1].astype(np.float32)
        picture = (colour * alpha + 255 * (1 - alpha)).round().astype(np.uint8)
    if picture.shape[2] == 1:
        return np.ascontiguousarray(picture[:, :, 0])
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
