"""Pictures for a simulated camera to play: one image, a folder of images, or a video file.

A folder is played in the order of its file names, one file for each frame or each held for `hold_frames`; folder and
video begin again at their end.
"""

from pathlib import Path

import cv2
import numpy as np

from hardware.errors import CameraAbsent
from hardware.ports import Luma

_PICTURES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".webp", ".pgm", ".tif", ".tiff"})


class Footage:
    """`luma(n)` is frame n, fitted into width x height with black bars where the shape differs."""

    def __init__(self, path: Path, width_px: int, height_px: int, hold_frames: int = 1) -> None:
        self._path = path
        self._size = (width_px, height_px)
        self._hold_frames = hold_frames
        self._files: list[Path] = []
        self._video: cv2.VideoCapture | None = None
        self._shown: tuple[int, Luma] | None = None

    def open(self) -> None:
        """Raise CameraAbsent when there is nothing to play."""
        if self._path.is_dir():
            self._files = sorted(p for p in self._path.iterdir() if p.suffix.lower() in _PICTURES)
            if not self._files:
                raise CameraAbsent(f"{self._path} holds no pictures for the simulated camera")
        elif self._path.suffix.lower() in _PICTURES:
            self._files = [self._path]
        else:
            self._video = cv2.VideoCapture(str(self._path))
        self.luma(0)

    def luma(self, n: int) -> Luma:
        """Frame n: (height_px, width_px) uint8, yours to draw on. Raise CameraAbsent when it cannot be read."""
        index = n if self._video is not None else n // self._hold_frames % len(self._files)
        if self._shown is None or self._shown[0] != index:
            picture = self._next_of_video(index) if self._video else _read(self._files[index])
            self._shown = (index, _fitted(picture, *self._size))
        return self._shown[1].copy()

    def close(self) -> None:
        if self._video is not None:
            self._video.release()
            self._video = None
        self._shown = None

    def _next_of_video(self, index: int) -> Luma:
        """The frames in between are skipped, as a camera's are when nobody asked for them."""
        skipped = 0 if self._shown is None else max(0, index - self._shown[0] - 1)
        for _ in range(skipped):
            if not self._grab():
                break
        if self._grab():
            _, picture = self._video.retrieve() if self._video else (False, None)
            if picture is not None:
                return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
        raise CameraAbsent(f"{self._path} cannot be played by the simulated camera")

    def _grab(self) -> bool:
        """The next frame, or the first one again after the last."""
        video = self._video
        if video is None:
            return False
        if video.grab():
            return True
        video.set(cv2.CAP_PROP_POS_FRAMES, 0)
        return video.grab()


def _read(file: Path) -> Luma:
    picture = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise CameraAbsent(f"{file} is no picture that the simulated camera can show")
    return np.asarray(picture, np.uint8)


def _fitted(picture: Luma, width_px: int, height_px: int) -> Luma:
    if picture.shape == (height_px, width_px):
        return picture
    scale = min(width_px / picture.shape[1], height_px / picture.shape[0])
    inner_w = max(1, round(picture.shape[1] * scale))
    inner_h = max(1, round(picture.shape[0] * scale))
    shape = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    left, top = (width_px - inner_w) // 2, (height_px - inner_h) // 2
    frame = np.zeros((height_px, width_px), np.uint8)
    frame[top : top + inner_h, left : left + inner_w] = cv2.resize(
        picture, (inner_w, inner_h), interpolation=shape
    )
    return frame
