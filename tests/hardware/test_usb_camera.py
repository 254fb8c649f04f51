"""A real OpenCV capture, of an MJPEG file in place of a device: this machine need not have a camera."""

import os
import threading
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from hardware.errors import CameraAbsent, CameraStalled
from hardware.usb_camera import UsbCamera, luma_of

TORN = np.frombuffer(b"\xff\xd8 torn on the cable", np.uint8).reshape(1, -1)
GREY = np.tile(np.arange(64, dtype=np.uint8) * 3, (48, 1))


class PacedFile:
    """A file read no faster than a camera gives frames; may stop giving any, or begin torn."""

    def __init__(self, path: Path, stands_still: bool = False, torn: int = 0) -> None:
        self._file = cv2.VideoCapture(str(path))
        self._stands_still = stands_still
        self._torn = torn
        self.isOpened, self.set, self.release = (
            self._file.isOpened,
            self._file.set,
            self._file.release,
        )

    def read(self) -> Any:
        time.sleep(0.02)
        if self._torn > 0:
            self._torn -= 1
            return True, TORN
        return (False, None) if self._stands_still else self._file.read()


class HungDriver:
    """Waits in `read` until `returns` is set, and then has nothing."""

    def __init__(self) -> None:
        self.returns, self.released = threading.Event(), threading.Event()

    def isOpened(self) -> bool:
        return True

    def set(self, *_: object) -> bool:
        return False

    def read(self) -> Any:
        self.returns.wait(20)
        return False, None

    def release(self) -> None:
        self.released.set()


def _watch_until_the_end(camera: UsbCamera) -> None:
    for _ in range(60):
        camera.frame(timeout_s=1.0)


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "door.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 30, (64, 48))
    for _ in range(40):
        writer.write(cv2.cvtColor(GREY, cv2.COLOR_GRAY2BGR))
    writer.release()
    return path


def test_frames_are_grey_and_numbered_and_the_end_of_all_frames_is_an_absent_camera(
    video: Path,
) -> None:
    camera = UsbCamera(open_capture=lambda: PacedFile(video))
    camera.open()

    frames = [camera.frame(timeout_s=1.0) for _ in range(3)]
    with pytest.raises(CameraAbsent, match="unplugged"):
        _watch_until_the_end(camera)
    camera.close()

    assert [frame.number for frame in frames] == [0, 1, 2]
    assert np.abs(frames[0].luma.astype(int) - GREY).mean() < 4
    assert not frames[0].luma.flags.writeable


def test_a_camera_that_stops_giving_frames_is_stalled_within_the_time_allowed(video: Path) -> None:
    camera = UsbCamera(open_capture=lambda: PacedFile(video, stands_still=True))
    camera.open()

    began_s = time.monotonic()
    with pytest.raises(CameraStalled):
        camera.frame(timeout_s=0.05)

    assert time.monotonic() - began_s < 0.5
    camera.close()


def test_whoever_asks_late_gets_the_newest_frame(video: Path) -> None:
    camera = UsbCamera(open_capture=lambda: PacedFile(video))
    camera.open()
    camera.frame(timeout_s=1.0)
    time.sleep(0.3)

    late = camera.frame(timeout_s=1.0)
    camera.close()

    assert time.monotonic_ns() - late.taken_at_ns < 200_000_000


def test_it_can_be_closed_twice_and_opened_again(video: Path) -> None:
    camera = UsbCamera(open_capture=lambda: PacedFile(video))

    for _ in range(2):
        camera.open()
        assert camera.frame(timeout_s=1.0).number == 0
        camera.close()
        camera.close()


def test_a_driver_that_does_not_return_is_let_go_of_and_takes_nothing_from_its_successor(
    video: Path,
) -> None:
    hung = HungDriver()
    captures = iter([hung, PacedFile(video)])
    camera = UsbCamera(open_capture=lambda: next(captures))
    camera.open()
    began_s = time.monotonic()

    camera.close()
    assert time.monotonic() - began_s < 4.0
    camera.open()
    hung.returns.set()

    assert hung.released.wait(2.0)
    assert [camera.frame(timeout_s=1.0).number for _ in range(3)] == [0, 1, 2]
    camera.close()


def test_opencv_is_told_to_wait_a_second_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", raising=False)

    with pytest.raises(CameraAbsent):
        UsbCamera(str(tmp_path / "video0")).open()

    assert os.environ["OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT"] == "1"


def test_no_device_is_an_absent_camera_with_a_remedy(tmp_path: Path) -> None:
    camera = UsbCamera(str(tmp_path / "video0"))

    with pytest.raises(CameraAbsent, match="plugged in"):
        camera.open()
    camera.close()


def _jpeg(grey: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return cv2.imencode(".jpg", grey)[1].reshape(1, -1)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(_jpeg(GREY), id="JPEG in one row"),
        pytest.param(np.dstack([GREY, np.full_like(GREY, 128)]), id="YUYV pairs"),
        pytest.param(np.dstack([GREY] * 3), id="BGR"),
        pytest.param(GREY, id="grey"),
    ],
)
def test_every_form_that_v4l2_gives_becomes_the_same_grey_image(raw: Any) -> None:
    luma = luma_of(raw)

    assert luma is not None
    assert luma.shape == (48, 64)
    assert luma.flags.c_contiguous
    assert np.abs(luma.astype(int) - GREY).mean() < 3


def test_a_torn_jpeg_is_no_frame_and_the_next_one_is_waited_for(video: Path) -> None:
    camera = UsbCamera(open_capture=lambda: PacedFile(video, torn=3))
    camera.open()

    frame = camera.frame(timeout_s=2.0)
    camera.close()

    assert luma_of(TORN) is None
    assert frame.luma.shape == (48, 64)
    assert frame.number == 0
