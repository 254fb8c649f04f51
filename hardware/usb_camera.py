"""A USB camera through V4L2 and OpenCV, for a machine without a Pi camera.

OpenCV waits inside its driver, by itself up to ten seconds, here one, so a thread of ours, "usb-camera", does the
waiting and keeps only the newest picture. MJPEG is asked for, since most cameras give their full rate in it alone, and
only its grey part is unpacked. Not tried on hardware.
"""

import os
import threading
import time
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from hardware.errors import CameraAbsent, CameraStalled
from hardware.ports import Frame, Luma

_V4L2_MANUAL_EXPOSURE = 1
_V4L2_EXPOSURE_UNIT_S = 1e-4
_GONE_AFTER_FAILURES = 10
# read by OpenCV before it first waits (modules/videoio/src/cap_v4l.cpp): a door may not be blind for its ten seconds
_DRIVER_WAIT = ("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "1")
_CLOSING_LIMIT_S = 3.0


class UsbCamera:
    """Implements hardware.ports.Camera. `max_exposure_s` None leaves the shutter to the camera, which with most USB
    cameras is the only way to a picture that is bright enough. `open_capture` gives another source than `device`.
    """

    def __init__(
        self,
        device: str = "/dev/video0",
        width_px: int = 1280,
        height_px: int = 720,
        fps: float = 30.0,
        max_exposure_s: float | None = None,
        open_capture: Callable[[], Any] | None = None,
    ) -> None:
        self._device = device
        self._size = (width_px, height_px)
        self._fps = fps
        self._max_exposure_s = max_exposure_s
        self._open_capture = open_capture or self._open_device
        self._arrival = threading.Condition()
        self._newest: tuple[NDArray[Any], int] | None = None
        self._gone = False
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._number = -1

    def open(self) -> None:
        """Raise CameraAbsent when nothing answers at the device."""
        if self._thread is not None:
            return
        capture = self._open_capture()
        if not capture.isOpened():
            capture.release()
            raise CameraAbsent(
                f"no USB camera answers at {self._device}: is it plugged in, is the user in group video, does "
                "another program use it?"
            )
        self._ask(capture)
        self._newest, self._gone, self._number = None, False, -1
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._take, args=(capture, self._stop), name="usb-camera", daemon=True
        )
        self._thread.start()

    def frame(self, timeout_s: float) -> Frame:
        """As hardware.ports.Camera says. `taken_at_ns` is when the picture arrived: the camera tells no time."""
        if self._thread is None:
            raise CameraAbsent("the camera is not open")
        deadline_s = time.monotonic() + timeout_s
        while True:
            raw, taken_at_ns = self._next(deadline_s, timeout_s)
            luma = luma_of(raw)
            if luma is not None:
                break  # a picture torn on the cable is no frame
        luma.setflags(write=False)
        self._number += 1
        return Frame(luma, taken_at_ns, self._number)

    def close(self) -> None:
        """May be called twice, also after a failed open; the camera can be opened again."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=_CLOSING_LIMIT_S)
            self._thread = None

    def _next(self, deadline_s: float, timeout_s: float) -> tuple[NDArray[Any], int]:
        with self._arrival:
            arrived = self._arrival.wait_for(
                lambda: self._gone or self._newest is not None,
                max(0.0, deadline_s - time.monotonic()),
            )
            if self._newest is not None:
                newest, self._newest = self._newest, None
                return newest
        if arrived:
            raise CameraAbsent(f"the USB camera at {self._device} has been unplugged")
        raise CameraStalled(f"the USB camera gave no frame within {timeout_s} s")

    def _open_device(self) -> Any:
        os.environ.setdefault(*_DRIVER_WAIT)
        return cv2.VideoCapture(self._device, cv2.CAP_V4L2)

    def _ask(self, capture: Any) -> None:
        """What the camera does not know is ignored by it: V4L2 answers False."""
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, self._size[0])
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, self._size[1])
        capture.set(cv2.CAP_PROP_FPS, self._fps)
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        capture.set(cv2.CAP_PROP_CONVERT_RGB, 0)
        if self._max_exposure_s is not None:
            capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, _V4L2_MANUAL_EXPOSURE)
            capture.set(cv2.CAP_PROP_EXPOSURE, self._max_exposure_s / _V4L2_EXPOSURE_UNIT_S)

    def _take(self, capture: Any, stop: threading.Event) -> None:
        """The thread: owns the device, and lets go of it when asked to, or when nothing comes any more."""
        failures = 0
        while not stop.is_set() and failures < _GONE_AFTER_FAILURES:
            taken, raw = capture.read()
            if not taken or raw is None:
                failures += 1
                stop.wait(0.02)
                continue
            failures = 0
            with self._arrival:
                if not stop.is_set():
                    self._newest = (raw, time.monotonic_ns())
                    self._arrival.notify()
        capture.release()
        with self._arrival:
            if not stop.is_set():  # whoever closed it may have opened it again by now
                self._gone = True
                self._arrival.notify()


def luma_of(raw: NDArray[Any]) -> Luma | None:
    """The grey image of what V4L2 gave: a JPEG in one row, YUYV pairs, BGR, or grey; None when it is torn.

    Returns (height_px, width_px) uint8, its own memory.
    """
    if raw.ndim == 2 and raw.shape[0] == 1:
        grey = cv2.imdecode(raw.astype(np.uint8, copy=False), cv2.IMREAD_GRAYSCALE)
        return None if grey is None else np.asarray(grey, np.uint8)
    if raw.ndim == 3 and raw.shape[2] == 2:
        return np.ascontiguousarray(raw[:, :, 0], np.uint8)
    if raw.ndim == 3 and raw.shape[2] == 3:
        return np.asarray(cv2.cvtColor(raw, cv2.COLOR_BGR2GRAY), np.uint8)
    if raw.ndim == 2:
        return np.array(raw, np.uint8)
    return None
