"""The eye's process: camera -> gate -> plan -> readings, reported to the loop, with a heartbeat from the work itself.

A camera that is absent, stalled, black or frozen is a state with a name. It is closed and opened again until it works;
a driver call that never returns is ended by the watchdog of whoever started this process.
"""

import logging
import threading
import time
from collections.abc import Callable

from hardware import camera_health
from hardware.camera_health import Picture
from hardware.errors import CameraAbsent, CameraStalled
from hardware.ports import Camera, Frame
from kiosk.eye import gate
from kiosk.eye.guidance import Hints
from kiosk.eye.preview import Preview
from kiosk.eye.pulse import BEAT_EVERY_S, Pulse
from kiosk.eye.streaming import StreamingPlan
from kiosk.reports import ReadingReport, Reporter

log = logging.getLogger(__name__)

# short, so that the heart beats on time while no frame comes
FRAME_TIMEOUT_S = 0.3
# the slowest frame rate that can be set is one a second
STALLED_AFTER_S = 1.2
# A camera is opened again after this long without a frame, or with a black or frozen picture (which takes two more
# seconds to be sure of). With the pause and the opening that stays under the ten seconds that a door may be blind.
REOPEN_AFTER_S = 2.0
REOPEN_PAUSE_S = 1.0


class Eye:
    """`run` returns when `stop` is set. `alive` is called only after a frame was handled, or its absence was."""

    def __init__(
        self,
        camera: Camera,
        plan: StreamingPlan,
        reporter: Reporter,
        alive: Callable[[], None],
        preview: Preview | None = None,
    ) -> None:
        self._camera = camera
        self._plan = plan
        self._reporter = reporter
        self._alive = alive
        self._preview = preview
        self._gate = gate.Gate()
        self._health: camera_health.Seen | None = None
        self._hints = Hints()
        self._pulse = Pulse()

    def run(self, stop: threading.Event) -> None:
        try:
            while not stop.is_set():
                try:
                    self._camera.open()
                    self._watch(stop)
                except CameraAbsent as error:
                    if self._pulse.camera != "absent":
                        log.warning("%s", error)
                    self._say("absent")
                finally:
                    self._camera.close()
                self._rest(stop)
        finally:
            self._reporter.close()

    def _watch(self, stop: threading.Event) -> None:
        """Until `stop`, or until the camera has shown nothing for too long. Raise CameraAbsent when it has gone."""
        well_at_s = time.monotonic()
        while not stop.is_set():
            try:
                frame = self._camera.frame(FRAME_TIMEOUT_S)
            except CameraStalled:
                lasting = time.monotonic() - well_at_s > STALLED_AFTER_S
                state = "stalled" if lasting else self._pulse.camera
            else:
                self._pulse.frame(frame.taken_at_ns / 1e9)
                state = self._judge(frame)
                if state == Picture.OK:
                    well_at_s = time.monotonic()
                    self._look(frame)
                    if self._preview is not None:
                        in_view = self._pulse.moving or self._plan.located
                        self._preview.offer(frame, in_view=in_view)
            self._say(state)
            if time.monotonic() - well_at_s > REOPEN_AFTER_S:
                log.warning("the camera is %s: opening it again", state)
                return

    def _judge(self, frame: Frame) -> str:
        before = self._health
        self._health, picture = camera_health.judge(before, frame)
        was = self._pulse.camera
        if picture is Picture.OK and was in (Picture.BLACK, Picture.FROZEN):
            # opening it again proves nothing: the picture has to be bright and to change
            changed = before is not None and self._health.changed_at_ns == frame.taken_at_ns
            bright = self._health.bright_at_ns == frame.taken_at_ns
            return picture if changed and bright else was
        return picture

    def _look(self, frame: Frame) -> None:
        now_s = frame.taken_at_ns / 1e9
        self._gate, glance = gate.glance(self._gate, frame.luma, now_s)
        self._pulse.moving = glance.moving
        if not glance.look:
            return
        began_s = time.perf_counter()
        try:
            found = self._plan.read(frame.luma)
        except Exception as error:  # readers in C meet hostile input here: counted, never fatal
            self._pulse.reader_errors += 1
            log.warning("reader failed: %s", type(error).__name__)
            return
        self._pulse.looked((time.perf_counter() - began_s) * 1000)
        for code in found:
            if code.data:
                age_ms = (time.monotonic_ns() - frame.taken_at_ns) / 1e6
                self._reporter.send(
                    ReadingReport(code.symbology, code.data, frame.taken_at_ns, age_ms)
                )
        if found:
            self._hints.read(now_s)
        else:
            self._hints.note(frame.luma, now_s, self._plan.corners, moving=glance.moving)
        self._pulse.guidance = self._hints.word

    def _say(self, state: str) -> None:
        """What was handled just now: a frame, or the lack of one."""
        if self._pulse.camera != state:
            log.info("the camera is %s", state)
        self._pulse.camera = state
        self._alive()
        beat = self._pulse.beat()
        if beat is not None:
            self._reporter.send(beat)

    def _rest(self, stop: threading.Event) -> None:
        """A pause before the camera is opened again, with the heart still beating."""
        self._gate, self._health, self._hints = gate.Gate(), None, Hints()
        self._pulse.guidance = self._hints.word
        self._plan.reset()
        until_s = time.monotonic() + REOPEN_PAUSE_S
        while not stop.wait(BEAT_EVERY_S / 2) and time.monotonic() < until_s:
            self._say(self._pulse.camera)
