import queue
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import segno

from hardware.errors import CameraAbsent, CameraStalled
from hardware.ports import Frame
from kiosk.reports import Reporter, ReportListener

PHOTOS = Path(__file__).parents[4] / "shared" / "corpus" / "qr-photos"


@pytest.fixture
def photos():
    """The folder of photographs, outside the checkout."""
    if not PHOTOS.is_dir():
        pytest.skip(f"the photographs are not here: {PHOTOS}")
    return PHOTOS


@pytest.fixture
def code_image():
    """Draws a code: (side, side) uint8, dark on light, with its quiet zone."""

    def draw(payload, module_px=4, **how):
        wanted = {"mode": "byte", "error": "m", "micro": False, "boost_error": False, **how}
        return drawn(segno.make(payload, **wanted), module_px)

    return draw


@pytest.fixture
def code_parts():
    """One message spread over several codes: their images."""

    def draw(payload, module_px=4, **how):
        return [drawn(part, module_px) for part in segno.make_sequence(payload, **how)]

    return draw


def drawn(code, module_px):
    dark = np.pad(np.array([list(row) for row in code.matrix], dtype=np.uint8), 4)
    light = np.where(dark == 0, 255, 0).astype(np.uint8)
    return np.kron(light, np.ones((module_px, module_px), np.uint8))


@pytest.fixture
def in_frame():
    """Puts an image into the middle of a grey frame of 1280x720."""

    def put(image, width_px=1280, height_px=720, grey=110):
        frame = np.full((height_px, width_px), grey, np.uint8)
        top, left = (height_px - image.shape[0]) // 2, (width_px - image.shape[1]) // 2
        frame[top : top + image.shape[0], left : left + image.shape[1]] = image
        return frame

    return put


class PlayedCamera:
    """A camera port over pictures in memory, 50 a second. `fault` makes it fail as cameras do.

    A picture is taken with fresh noise, as a sensor does, but for the faults "black" and "frozen".
    """

    def __init__(self, pictures):
        self.pictures = pictures
        self.fault = ""
        self.heals_on_open = False
        self.opened = self.closed = self.taken = 0
        self.is_open = False
        self.released = threading.Event()
        self._noise = np.random.default_rng(1).integers(0, 4, (2, 720, 1280), np.uint8)

    def open(self):
        self.opened += 1
        if self.heals_on_open and self.opened > 1:
            self.fault = ""
        if self.fault == "absent":
            raise CameraAbsent("no camera answers: plug it in")
        self.is_open = True

    def frame(self, timeout_s):
        if self.fault == "hung":
            self.released.wait()
        if self.fault == "unplugged":
            raise CameraAbsent("the camera has gone")
        if self.fault == "stalled":
            time.sleep(timeout_s)
            raise CameraStalled(f"no frame within {timeout_s} s")
        time.sleep(0.02)
        picture = self.pictures[self.taken % len(self.pictures)]
        self.taken += 1
        if self.fault == "black":
            luma = np.zeros_like(picture)
        elif self.fault == "frozen":
            luma = picture
        else:
            luma = picture // 64 * 60 + self._noise[self.taken % 2]
        return Frame(luma, time.monotonic_ns(), self.taken)

    def close(self):
        self.closed += 1
        self.is_open = False


@pytest.fixture
def camera():
    return PlayedCamera


class Heard:
    """What the eye has reported to the loop."""

    def __init__(self, path):
        self.path = path
        self.reports = queue.Queue()

    def until(self, wanted, limit_s=12.0):
        """The reports up to the first that is wanted."""
        seen, deadline_s = [], time.monotonic() + limit_s
        while time.monotonic() < deadline_s:
            try:
                report = self.reports.get(timeout=0.1)
            except queue.Empty:
                continue
            seen.append((time.monotonic(), report))
            if wanted(report):
                return seen
        raise AssertionError(f"not reported within {limit_s} s; the last were {seen[-3:]}")


@pytest.fixture
def heard():
    """The loop's end of the socket."""
    with tempfile.TemporaryDirectory(prefix="eye-") as folder:
        path = Path(folder) / "loop.sock"
        heard = Heard(path)
        listener = ReportListener(path, heard.reports.put)
        listener.open()
        yield heard
        listener.close()


@pytest.fixture
def running(heard):
    """Starts an eye in a thread; stops it at the end."""
    started: list[tuple[threading.Thread, threading.Event, PlayedCamera]] = []

    def start(camera, plan, alive=lambda: None, preview=None):
        from kiosk.eye.process import Eye

        stop = threading.Event()
        eye = Eye(camera, plan, Reporter(heard.path), alive, preview)
        thread = threading.Thread(target=eye.run, args=(stop,), name="eye under test")
        thread.start()
        started.append((thread, stop, camera))
        return heard

    yield start
    for thread, stop, camera in started:
        stop.set()
        if isinstance(camera, PlayedCamera):
            camera.released.set()
            camera.fault = ""
        thread.join(timeout=10)
        assert not thread.is_alive()
