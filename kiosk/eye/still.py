"""`kiosk read`: the codes in still images, by the readers of the eye."""

import base64
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import cv2

from kiosk.eye.deep import DeepPlan
from kiosk.eye.picture_file import UnreadableImage, load_luma


def read_files(paths: Iterable[str]) -> Iterator[dict[str, Any]]:
    """One result a file, in the order given: `{"file", "readings": [{"symbology", "bytes_b64"}], "ms"}`.

    `symbology` is "QRCode" (kiosk.eye.readers.port). A file that holds no picture has no readings and an `error` in a
    few words; the run goes on.
    """
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # the result says it
    plan = DeepPlan()
    for path in paths:
        began_s = time.perf_counter()
        result: dict[str, Any] = {"file": path, "readings": []}
        try:
            result["readings"] = [
                {
                    "symbology": code.symbology,
                    "bytes_b64": base64.b64encode(code.data or b"").decode("ascii"),
                }
                for code in plan.read(load_luma(Path(path)))
            ]
        except UnreadableImage as error:
            result["error"] = str(error)
        result["ms"] = round((time.perf_counter() - began_s) * 1000, 3)
        yield result
