"""The eye's process: camera -> gate -> plan -> readings, reported to the loop, with a heartbeat from the work itself.

A camera that is absent, stalled, black or frozen is a state with a name. It is closed and opened again until it works;
what a driver call never returns from is ended by the watchdog of whoever started this process.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from hardware import camera_health
from hardware.errors import CameraAbsent, CameraStalled
from hardware.ports import Camera, Frame
from kiosk.eye import gate
from kiosk.eye.guidance import Hints
from kiosk.eye.streaming import StreamingPlan
from kiosk.reports import EyeBeat, ReadingReport, Reporter

log = logging.getLogger(__name__)

FRAME_TIMEOUT_S = 1.0
BEAT_EVERY_S = 0.5
# how long a black or frozen picture is watched before the camera is opened again: recovery must take less than 10 s
REOPEN_AFTER_S = 3.0
REOPEN_PAUSE_S = 1.0
# libcamera lists the cameras once a process, and every failed opening costs it descriptors: begin afresh after these
OPEN_TRIES = 20
_KEPT_TIMINGS = 200


@dataclass
class _Work:
    """What the eye has done since it began, for its heartbeat."""

    camera: str = "absent"
    moving: bool = False
    frames: int = 0
    last_frame_s: float = 0.0
    reader_errors: int = 0
    read_ms: deque[float] = field(default_factory=lambda: deque(maxlen=_KEPT_TIMINGS))
    frame_times_s: deque[float] = field(default_factory=lambda: deque(maxlen=60))


class Eye:
    """`run` returns when `stop` is set, or when no camera was to be had for a while: then the process is to be started
    anew. `alive` is called only after a frame was handled, or its absence was."""

    def __init__(
        self, camera: Camera, plan: StreamingPlan, reporter: Reporter, alive: Callable[[], None]
    ) -> None:
        self._camera = camera
        self._plan = plan
        self._reporter = reporter
        self._alive = alive
        self._gate = gate.Gate()
        self._health: camera_health.Seen | None = None
        self._hints = Hints()
        self._work = _Work()
        self._beat_at_s = 0.0
        self._sick_since_s: float | None = None

    def run(self, stop: threading.Event) -> None:
        absent = 0
        while not stop.is_set() and absent < OPEN_TRIES:
            try:
                self._camera.open()
                absent = 0
                self._watch(stop)
            except CameraAbsent:
                absent += 1
                self._say("absent")
            except CameraStalled:
                self._say("stalled")
            finally:
                self._camera.close()
            self._begin_again()
            stop.wait(REOPEN_PAUSE_S)
        self._reporter.close()

    def _watch(self, stop: threading.Event) -> None:
        """Until the camera fails, or has shown nothing for too long."""
        while not stop.is_set():
            frame = self._camera.frame(FRAME_TIMEOUT_S)
            now_s = time.monotonic()
            self._health, picture = camera_health.judge(self._health, frame)
            if picture is camera_health.Picture.OK:
                self._sick_since_s = None
                self._look(frame, now_s)
            elif self._sick_since_s is None:
                self._sick_since_s = now_s
            self._handled(picture, now_s)
            if self._sick_since_s is not None and now_s - self._sick_since_s > REOPEN_AFTER_S:
                log.warning("camera picture is %s: opening it again", picture)
                return

    def _look(self, frame: Frame, now_s: float) -> None:
        self._gate, glance = gate.glance(self._gate, frame.luma, now_s)
        self._work.moving = glance.moving
        if not glance.look:
            return
        began_s = time.perf_counter()
        try:
            found = self._plan.read(frame.luma)
        except Exception as error:  # readers in C meet hostile input here: counted, never fatal
            self._work.reader_errors += 1
            log.warning("reader failed: %s", type(error).__name__)
            return
        took_ms = (time.perf_counter() - began_s) * 1000
        self._work.read_ms.append(took_ms)
        for code in found:
            if code.data:
                self._reporter.send(
                    ReadingReport(code.symbology, code.data, frame.taken_at_ns, took_ms)
                )
        self._hints.note(
            frame.luma, moving=glance.moving, located=self._plan.located, read=bool(found)
        )

    def _handled(self, picture: camera_health.Picture, now_s: float) -> None:
        self._work.frames += 1
        self._work.last_frame_s = now_s
        self._work.frame_times_s.append(now_s)
        self._work.camera = picture
        self._alive()
        if now_s - self._beat_at_s >= BEAT_EVERY_S:
            self._beat(now_s)

    def _say(self, state: str) -> None:
        if self._work.camera != state:
            log.warning("camera is %s", state)
        self._work.camera = state
        self._alive()
        self._beat(time.monotonic())

    def _begin_again(self) -> None:
        self._gate, self._health, self._sick_since_s = gate.Gate(), None, None
        self._plan.reset()

    def _beat(self, now_s: float) -> None:
        self._beat_at_s = now_s
        work, timings = self._work, sorted(self._work.read_ms)
        self._reporter.send(
            EyeBeat(
                camera=work.camera,
                motion=work.moving and work.camera == "ok",
                fps=_rate(work.frame_times_s, now_s),
                frame_age_s=now_s - work.last_frame_s if work.frames else -1.0,
                read_ms_p50=timings[len(timings) // 2] if timings else 0.0,
                read_ms_p95=timings[int(len(timings) * 0.95)] if timings else 0.0,
                reader_errors=work.reader_errors,
                guidance=self._hints.word,
            )
        )


def _rate(times_s: deque[float], now_s: float) -> float:
    """Frames a second over the last ones, 0 after a second of silence."""
    if len(times_s) < 2 or now_s - times_s[-1] > 1.0:
        return 0.0
    return (len(times_s) - 1) / max(times_s[-1] - times_s[0], 1e-6)
