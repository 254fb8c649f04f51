import io
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import segno

from hardware.errors import CameraStalled
from hardware.ports import Camera, Frame
from hardware.presentation import View
from hardware.simulated_camera import SimulatedCamera
from hardware.stage import Stage

# 120 frames a second, so that a test of seconds at the door takes less
SMALL = View(width_px=320, height_px=240, fps=120.0, seed=5)


@pytest.fixture(autouse=True)
def _no_thread_left_behind() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    left = [thread.name for thread in threading.enumerate() if thread not in before]
    assert left == []


@pytest.fixture
def stage_path(tmp_path: Path) -> Path:
    return tmp_path / "stage.sock"


@pytest.fixture
def camera(stage_path: Path) -> Iterator[SimulatedCamera]:
    camera = SimulatedCamera(SMALL, stage_path)
    camera.open()
    yield camera
    camera.close()


@pytest.fixture
def stage(camera: SimulatedCamera, stage_path: Path) -> Stage:
    return Stage(stage_path)


@pytest.fixture
def code_png() -> bytes:
    png = io.BytesIO()
    segno.make("a made-up code", error="m", version=4).save(png, kind="png", scale=6, border=4)
    return png.getvalue()


@pytest.fixture
def wait_for() -> Callable[[Camera, Callable[[Frame], bool]], Frame]:
    """The first frame for which something is true, within 400 frames."""

    def first(camera: Camera, wanted: Callable[[Frame], bool]) -> Frame:
        for _ in range(400):
            try:
                frame = camera.frame(timeout_s=1.0)
            except CameraStalled:
                continue
            if wanted(frame):
                return frame
        raise AssertionError("no such frame in 400")

    return first
