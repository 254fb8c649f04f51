"""The shapes that the rest of the firmware may rely on, whatever is on the wire."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Luma = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Frame:
    """One luminance image from a camera.

    `luma` is (height_px, width_px), uint8, not to be written to. `taken_at_ns` is CLOCK_MONOTONIC, which every process
    of the machine shares. `number` rises by one for each frame of a camera that has been opened.
    """

    luma: Luma
    taken_at_ns: int
    number: int


class Camera(Protocol):
    """A source of frames. The constructor stores; `open` claims the device; `close` may be called twice."""

    def open(self) -> None:
        """Raise CameraAbsent when there is none."""

    def frame(self, timeout_s: float) -> Frame:
        """The newest frame not yet handed out. Raise CameraStalled after `timeout_s` seconds without one,
        CameraAbsent when the device has gone."""

    def close(self) -> None: ...


class CodeReader(Protocol):
    """A hand-held barcode reader. The constructor stores; `code` opens the device when it is there; hot-plugged."""

    def code(self, timeout_s: float) -> bytes | None:
        """The next code read, None when nobody read one within `timeout_s` seconds. Raise ReaderAbsent when there
        was no device for all of that time; the next call looks for it again."""

    def close(self) -> None: ...


class SlipPrinter(Protocol):
    """A receipt printer. The constructor opens nothing; hot-plugged."""

    def is_there(self) -> bool:
        """Whether one is plugged in, as far as can be seen without asking it."""

    def print(self, slip: Luma) -> None:
        """Print this picture, 0 is black, and cut. Blocks for seconds, with a limit. Raise PrinterAbsent, PaperOut, or
        PrinterTrouble when the printer takes no more data."""


class Speaker(Protocol):
    """A loudspeaker. One sound at most at any time, and the newest."""

    @property
    def state(self) -> str:
        """ready, or the named absence found at the last try: no_player, no_sound."""

    def play(self, clips: Sequence[bytes]) -> None:
        """Play these WAV files one after the other, in place of whatever was playing. Returns at once."""
