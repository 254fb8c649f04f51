"""A camera on a machine without one: the same port, paced like a sensor, over a dim room, pictures or a video.

It takes a frame at each tick of its frame rate, whether asked or not; whoever asks late gets the newest. What is put on
its stage (hardware.stage) is shown as a person would hold it up, and it can be told to fail in the ways cameras fail.
"""

import time
from pathlib import Path

import numpy as np

from hardware.errors import CameraAbsent, CameraStalled
from hardware.footage import Footage
from hardware.ports import Frame, Luma
from hardware.presentation import Backdrop, Presentation, View
from hardware.stage import CameraFault
from hardware.stage_server import Faults, StageServer


class SimulatedCamera:
    """Implements hardware.ports.Camera. `stage_path` is where its stage listens, None for a camera nobody plays with.

    `footage` is shown in place of the dim room: an image, a folder (each picture for `hold_frames` frames) or a video.
    """

    def __init__(
        self,
        view: View,
        stage_path: Path | None = None,
        footage: Path | None = None,
        hold_frames: int = 1,
    ) -> None:
        self._view = view
        self._stage_path = stage_path
        self._footage_path = footage
        self._hold_frames = hold_frames
        self._faults = Faults()
        self._backdrop: Backdrop | None = None
        self._footage: Footage | None = None
        self._stage: StageServer | None = None
        self._opened_at_ns = 0
        self._number = -1
        self._frozen: Luma | None = None

    def open(self) -> None:
        """Raise CameraAbsent when the stage or the footage cannot be had, or on request of the stage."""
        if self._backdrop is not None:
            return
        if self._faults.now() is CameraFault.ABSENT:
            raise CameraAbsent("the simulated camera is unplugged, as it was told to be")
        self._backdrop = backdrop = Backdrop(self._view)
        self._opened_at_ns = time.monotonic_ns()
        self._number = -1
        self._frozen = None
        try:
            if self._footage_path is not None:
                self._footage = Footage(
                    self._footage_path,
                    self._view.width_px,
                    self._view.height_px,
                    self._hold_frames,
                )
                self._footage.open()
            if self._stage_path is not None:
                self._stage = StageServer(
                    self._stage_path,
                    self._faults,
                    lambda scene, seed: Presentation(scene, backdrop, seed),
                    self._next_tick,
                    self._taken_at_ns,
                    self._view.seed,
                )
                self._stage.open()
        except OSError as error:
            self.close()
            raise CameraAbsent(
                f"the stage of the simulated camera cannot listen at {self._stage_path}: {error}"
            ) from error
        except CameraAbsent:
            self.close()
            raise

    def frame(self, timeout_s: float) -> Frame:
        """As hardware.ports.Camera says. `taken_at_ns` is the tick at which the picture was taken."""
        if self._backdrop is None:
            raise CameraAbsent("the simulated camera is not open")
        deadline_s = time.monotonic() + timeout_s
        fault = self._suffer(deadline_s)
        tick = max(self._number + 1, self._next_tick() - 1)
        wait_s = self._taken_at_ns(tick) / 1e9 - time.monotonic()
        if wait_s > 0:
            if time.monotonic() + wait_s > deadline_s:
                time.sleep(max(0.0, deadline_s - time.monotonic()))
                raise CameraStalled(f"no frame within {timeout_s} s")
            time.sleep(wait_s)
        self._number = tick
        return Frame(self._luma(tick, fault), self._taken_at_ns(tick), tick)

    def close(self) -> None:
        """May be called twice, also after a failed open; the camera can be opened again."""
        if self._stage is not None:
            self._stage.close()
            self._stage = None
        if self._footage is not None:
            self._footage.close()
            self._footage = None
        self._backdrop = None

    def _suffer(self, deadline_s: float) -> CameraFault | None:
        """Wait through a stall, raise for an absence; return the fault that only changes the picture."""
        while True:
            fault = self._faults.now()
            if fault is CameraFault.ABSENT:
                raise CameraAbsent("the simulated camera has been unplugged, as it was told to be")
            if fault not in (CameraFault.STALLED, CameraFault.HUNG):
                return fault
            ends_s = self._faults.until_s
            if fault is CameraFault.STALLED:
                ends_s = min(ends_s, deadline_s)
                if time.monotonic() >= deadline_s:
                    raise CameraStalled("the simulated camera has stalled, as it was told to")
            with self._faults.changed:
                self._faults.changed.wait(max(0.0, ends_s - time.monotonic()))

    def _luma(self, tick: int, fault: CameraFault | None) -> Luma:
        if fault is CameraFault.BLACK:
            luma = np.zeros((self._view.height_px, self._view.width_px), np.uint8)
        elif fault is CameraFault.FROZEN and self._frozen is not None:
            return self._frozen
        else:
            luma = self._picture(tick)
        luma.setflags(write=False)
        self._frozen = luma
        return luma

    def _picture(self, tick: int) -> Luma:
        backdrop = self._backdrop
        if backdrop is None:
            raise CameraAbsent("the simulated camera is not open")
        behind = self._footage.luma(tick) if self._footage is not None else None
        on_stage = self._stage.at(tick) if self._stage is not None else None
        if on_stage is not None:
            return on_stage.presentation.luma(tick - on_stage.starts_at_tick, behind)
        if behind is not None:
            return backdrop.exposed(behind, self._view.seed, tick)
        return backdrop.empty(tick)

    def _taken_at_ns(self, tick: int) -> int:
        return self._opened_at_ns + tick * self._view.frame_interval_ns

    def _next_tick(self) -> int:
        """The first tick that has not come yet."""
        return (time.monotonic_ns() - self._opened_at_ns) // self._view.frame_interval_ns + 1
