"""The real picamera2 over the real libcamera, whose virtual pipeline serves JPEG files as a camera.

Needs the tree that provisioning/virtual-camera-tree.sh makes, which also runs this file in it. What the pipeline lacks
is stood in for here: the DRM preview's module, raw modes, and buffers (no /dev/dma_heap, and two planes a buffer).
"""

import contextlib
import io
import mmap
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import cv2
import numpy as np
import pytest
import segno
import zxingcpp

from hardware.errors import CameraAbsent, CameraStalled
from hardware.pi_camera import PiCamera

pytestmark = [
    pytest.mark.pi,
    # picamera2's own: it sets its threads up in a way that Python has retired
    pytest.mark.filterwarnings("ignore:setDaemon:DeprecationWarning"),
]

FRAMES = os.environ.get("VIRTUAL_CAMERA_FRAMES", "")
if not FRAMES:
    pytest.skip(
        "needs libcamera's virtual camera: provisioning/virtual-camera-tree.sh TREE --test",
        allow_module_level=True,
    )

WIDTH_PX, HEIGHT_PX = 1280, 720


def _lay_frames(folder: Path) -> None:
    """0.jpg and 1.jpg, each with a code in another place; they loop."""
    for number in range(2):
        png = io.BytesIO()
        segno.make(f"made-up code {number}", error="m").save(png, kind="png", scale=10)
        code = np.asarray(
            cv2.imdecode(np.frombuffer(png.getvalue(), np.uint8), cv2.IMREAD_GRAYSCALE)
        )
        frame = np.full((HEIGHT_PX, WIDTH_PX), 90, np.uint8)
        x, y = 200 + 400 * number, 150 + 100 * number
        frame[y : y + code.shape[0], x : x + code.shape[1]] = code
        cv2.imwrite(str(folder / f"{number}.jpg"), frame)


class Lent:
    """One buffer's memory for the length of a `with` block: nothing to synchronise."""

    def __init__(self, allocator: "MemoryAllocator", buffer: Any, _write: bool) -> None:
        self._memory = allocator.memory[buffer]

    def __enter__(self) -> mmap.mmap:
        return self._memory

    def __exit__(self, *_: object) -> None: ...


class MemoryAllocator:
    """Frame buffers of ordinary memory, shaped as libcamera wants NV12: Y, then UV, in one descriptor."""

    sync = Lent

    def __init__(self) -> None:
        self.memory: dict[Any, mmap.mmap] = {}
        self._buffers: dict[Any, list[Any]] = {}
        self._fds: list[int] = []

    def allocate(self, configuration: Any, _use_case: Any) -> None:
        self.close()
        for stream in configuration:
            self._buffers[stream.stream] = [
                self._buffer(stream) for _ in range(stream.buffer_count)
            ]

    def buffers(self, stream: Any) -> list[Any]:
        return self._buffers[stream]

    def acquire(self, _buffers: Any) -> None: ...

    def release(self, _buffers: Any) -> None: ...

    def close(self) -> None:
        self._buffers, self.memory = {}, {}
        while self._fds:
            os.close(self._fds.pop())

    def __del__(self) -> None:
        self.close()

    def _buffer(self, stream: Any) -> Any:
        import libcamera

        fd = os.memfd_create("frame")
        os.ftruncate(fd, stream.frame_size)
        self._fds.append(fd)
        luma, chroma = libcamera.FrameBuffer.Plane(), libcamera.FrameBuffer.Plane()
        luma_bytes = stream.stride * stream.size.height
        luma.fd, luma.offset, luma.length = fd, 0, luma_bytes
        chroma.fd, chroma.offset, chroma.length = fd, luma_bytes, stream.frame_size - luma_bytes
        buffer = libcamera.FrameBuffer([luma, chroma])
        self.memory[buffer] = mmap.mmap(fd, stream.frame_size)
        return buffer


@pytest.fixture(scope="module")
def make_camera() -> Any:
    _lay_frames(Path(FRAMES))
    sys.modules["pykms"] = MagicMock()  # of the DRM preview, which is imported and never used
    picamera2 = pytest.importorskip("picamera2")
    # close() makes a new one by this name, whatever the constructor was given
    picamera2.picamera2.DmaAllocator = MemoryAllocator

    class VirtualPicamera2(picamera2.Picamera2):  # type: ignore[name-defined,misc]
        def _get_raw_modes(self) -> list[dict[str, Any]]:
            return [{"format": "NV12", "size": (WIDTH_PX, HEIGHT_PX)}]

    return lambda **options: VirtualPicamera2(allocator=MemoryAllocator(), **options)


@pytest.fixture
def camera(make_camera: Any) -> Iterator[PiCamera]:
    camera = PiCamera(WIDTH_PX, HEIGHT_PX, pixel_format="NV12", make_camera=make_camera)
    camera.open()
    yield camera
    camera.close()


def test_codes_are_read_from_what_libcamera_serves(camera: PiCamera) -> None:
    frames = [camera.frame(timeout_s=2.0) for _ in range(20)]

    read = {code.bytes for frame in frames for code in zxingcpp.read_barcodes(frame.luma)}
    assert read == {b"made-up code 0", b"made-up code 1"}
    assert {frame.luma.shape for frame in frames} == {(HEIGHT_PX, WIDTH_PX)}
    assert [frame.number for frame in frames] == list(range(20))


def test_a_frame_is_a_copy_of_its_own_and_no_buffer_is_kept(camera: PiCamera) -> None:
    first = camera.frame(timeout_s=2.0)
    before = first.luma.copy()

    # many times the four buffers there are: one that is not given back would stop the camera
    ages_ns = []
    for _ in range(200):
        frame = camera.frame(timeout_s=2.0)
        ages_ns.append(time.monotonic_ns() - frame.taken_at_ns)

    assert np.array_equal(first.luma, before)
    assert all(0 <= age_ns < 1_000_000_000 for age_ns in ages_ns)


def test_without_a_frame_in_time_it_is_stalled_and_goes_on_when_frames_come_again(
    camera: PiCamera,
) -> None:
    camera.frame(timeout_s=2.0)
    with _buffers_held(camera, 4):
        for _ in range(6):
            with pytest.raises(CameraStalled):
                camera.frame(timeout_s=0.05)

    frames = [camera.frame(timeout_s=2.0) for _ in range(20)]

    assert frames[-1].number == 20


def test_a_stalled_camera_can_be_closed_and_opened_again(camera: PiCamera) -> None:
    with _buffers_held(camera, 4), pytest.raises(CameraStalled):
        camera.frame(timeout_s=0.05)

    for _ in range(3):
        camera.close()
        camera.close()
        camera.open()
        assert camera.frame(timeout_s=2.0).number == 0


# picamera2 leaves a pipe open when it finds no camera
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_no_camera_of_that_number_is_absent_with_a_remedy(make_camera: Any) -> None:
    second = PiCamera(make_camera=lambda: make_camera(camera_num=1))

    with pytest.raises(CameraAbsent, match="ribbon cable"):
        second.open()

    second.close()


@contextlib.contextmanager
def _buffers_held(camera: PiCamera, count: int) -> Iterator[None]:
    """Somebody keeps the camera's buffers, so that the sensor has nowhere to write."""
    picamera2 = camera._camera  # noqa: SLF001
    held = [picamera2.capture_request(wait=2.0) for _ in range(count)]
    yield
    for request in held:
        request.release()
