"""A Raspberry Pi camera through picamera2, which comes with the Pi's own system packages and is imported in `open()`.

One configuration for the life of the camera, no queue, so that a frame is never older than the asking. Only the Y plane
is used: it is the grey image. Each request is given back before anybody looks at the picture; holding one starves the
sensor. A call that hangs in the kernel cannot be interrupted here: the eye is a process that can be killed.
"""

import contextlib
import time
from collections.abc import Callable
from typing import Any

from hardware.errors import CameraAbsent, CameraStalled
from hardware.pi_controls import capped_exposure, start_controls, zoomed
from hardware.ports import Frame, Luma

_BUFFERS = 4
# a sensor's time that lies further back is not on our clock
_BELIEVABLE_AGE_NS = 1_000_000_000


class PiCamera:
    """Implements hardware.ports.Camera. After CameraStalled the next `frame` goes on waiting; `close` and `open` help
    a sensor that does not come back. `make_camera` gives a Picamera2 that is not the first of this machine's.
    """

    def __init__(
        self,
        width_px: int = 1280,
        height_px: int = 720,
        fps: float = 30.0,
        max_exposure_s: float = 0.005,
        focus_dioptres: float = 4.0,
        zoom: float = 1.0,
        pixel_format: str = "YUV420",
        make_camera: Callable[[], Any] | None = None,
    ) -> None:
        self._size = (width_px, height_px)
        self._fps = fps
        self._max_exposure_us = round(max_exposure_s * 1e6)
        self._focus_dioptres = focus_dioptres
        self._zoom = zoom
        self._pixel_format = pixel_format
        self._make_camera = make_camera
        self._camera: Any = None
        self._mapped: Any = None
        self._pending: Any = None
        self._capped = False
        self._number = -1

    def open(self) -> None:
        """Raise CameraAbsent, with the remedy, when picamera2 or a camera is missing or another program has it.

        picamera2 keeps two descriptors of each attempt that failed, and libcamera lists the cameras once: whoever
        tries again and again does so in a fresh process after a few attempts.
        """
        if self._camera is not None:
            return
        try:
            from picamera2 import MappedArray, Picamera2
        except ImportError as error:
            raise CameraAbsent(
                f"picamera2 cannot be imported ({error}): apt install python3-picamera2, and make the environment "
                "with --system-site-packages"
            ) from error
        self._mapped = MappedArray
        try:
            self._camera = (self._make_camera or Picamera2)()
            self._start()
        except (RuntimeError, IndexError, OSError) as error:  # what picamera2 and libcamera raise
            self.close()
            raise CameraAbsent(
                f"no Pi camera can be opened ({error}): is the ribbon cable seated, does rpicam-hello --list-cameras "
                "show it, does another program use it?"
            ) from error

    def frame(self, timeout_s: float) -> Frame:
        """As hardware.ports.Camera says. `taken_at_ns` is the sensor's own time where that is on our clock."""
        if self._camera is None:
            raise CameraAbsent("the camera is not open")
        # The job is kept over a timeout: dropped, it would still take the next request, and never give it back.
        if self._pending is None:
            self._pending = self._camera.capture_request(wait=False)
        try:
            request = self._pending.get_result(timeout=timeout_s)
        except TimeoutError as error:
            raise CameraStalled(f"the Pi camera gave no frame within {timeout_s} s") from error
        except (RuntimeError, OSError) as error:
            self._pending = None
            raise CameraAbsent(f"the Pi camera has gone: {error}") from error
        self._pending = None
        try:
            luma, metadata = self._copied(request), request.get_metadata()
        finally:
            request.release()
        self._cap_exposure(metadata)
        self._number += 1
        return Frame(luma, _taken_at_ns(metadata), self._number)

    def close(self) -> None:
        """May be called twice, also after a failed open; the camera can be opened again."""
        camera, self._camera = self._camera, None
        pending, self._pending = self._pending, None
        if camera is None:
            return
        with contextlib.suppress(RuntimeError, OSError):
            # without this, stop() would wait behind a request that a dead sensor never fills
            camera.cancel_all_and_flush()
            if pending is not None:
                _give_back(pending)
            camera.close()

    def _start(self) -> None:
        camera = self._camera
        camera.configure(
            camera.create_video_configuration(
                main={"size": self._size, "format": self._pixel_format},
                raw=None,
                buffer_count=_BUFFERS,
                queue=False,
            )
        )
        advertised = camera.camera_controls
        camera.set_controls(
            start_controls(advertised, self._fps, self._focus_dioptres)
            | zoomed(advertised, self._zoom)
        )
        self._capped = False
        self._number = -1
        camera.start()

    def _copied(self, request: Any) -> Luma:
        width_px, height_px = self._size
        with self._mapped(request, "main", write=False) as mapped:
            # the rows below the picture are colour, the columns beside it padding
            luma: Luma = mapped.array[:height_px, :width_px].copy()
        luma.setflags(write=False)
        return luma

    def _cap_exposure(self, metadata: dict[str, Any]) -> None:
        if "ExposureTime" not in self._camera.camera_controls:
            return
        change = capped_exposure(metadata, self._max_exposure_us, self._capped)
        if change is not None:
            self._camera.set_controls(change)
            self._capped = not self._capped


def _taken_at_ns(metadata: dict[str, Any]) -> int:
    now_ns = time.monotonic_ns()
    sensor_ns = metadata.get("SensorTimestamp")
    if isinstance(sensor_ns, int) and 0 <= now_ns - sensor_ns < _BELIEVABLE_AGE_NS:
        return sensor_ns
    return now_ns


def _give_back(pending: Any) -> None:
    """Release the request of a job that was fulfilled after its asker had given up."""
    with contextlib.suppress(
        Exception
    ):  # cancelled, or never fulfilled: then there is nothing to give back
        pending.get_result(timeout=0).release()
