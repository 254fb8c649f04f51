"""A camera by the name of its kind. None is opened here."""

from pathlib import Path

from hardware.pi_camera import PiCamera
from hardware.ports import Camera
from hardware.presentation import View
from hardware.simulated_camera import SimulatedCamera
from hardware.usb_camera import UsbCamera

KINDS = ("pi", "usb", "simulated")


def camera_of(
    kind: str,
    *,
    width_px: int = 1280,
    height_px: int = 720,
    fps: float = 30.0,
    max_exposure_s: float = 0.005,
    focus_dioptres: float = 4.0,
    zoom: float = 1.0,
    device: str = "/dev/video0",
    noise: float = 3.0,
    motion: float = 1.0,
    seed: int = 1,
    stage_path: Path | None = None,
    footage: Path | None = None,
    hold_frames: int = 1,
) -> Camera:
    """The camera of that kind; what does not concern it is ignored. Raise ValueError for a kind that is none.

    `focus_dioptres` and `zoom` are for the Pi's; `device` for USB; the rest, from `noise` on, for the simulated one.
    A USB camera keeps its own automatic exposure: few have a gain that would make up for a short shutter.
    """
    match kind:
        case "pi":
            return PiCamera(width_px, height_px, fps, max_exposure_s, focus_dioptres, zoom)
        case "usb":
            return UsbCamera(device, width_px, height_px, fps)
        case "simulated":
            view = View(width_px, height_px, fps, noise, motion, seed, max_exposure_s)
            return SimulatedCamera(view, stage_path, footage, hold_frames)
    raise ValueError(f"there is no camera kind {kind!r}; known: {', '.join(KINDS)}")
