"""`kiosk doctor lights`, `camera` and `code`: one part is really used, by a technician who looks and listens, while no
kiosk holds it. Nothing is stored, and nobody is named."""

import time
from collections.abc import Callable
from contextlib import ExitStack, closing

from hardware.boards import BOARDS
from hardware.errors import CameraAbsent, CameraStalled
from hardware.ports import Frame
from kiosk.bootstrap.display import kiosk_status
from kiosk.bootstrap.eye import camera_from, reader_from
from kiosk.bootstrap.wires import wired
from kiosk.config import Config
from kiosk.credentials.classify import classify
from kiosk.doctor.finding import Finding, fault, ok, warning
from kiosk.domain.identity import Identity
from kiosk.errors import ConfigError
from kiosk.eye.streaming import StreamingPlan

LOOK_S = 3.0
CODE_S = 30.0
_FRAME_S = 2.0
# mean of a frame, of 255: below it there is no picture to read from
_DARK = 12

Say = Callable[[str], None]


def lights(config: Config, say: Say) -> Finding:
    """Each lamp with its tone, then the relay where there is one."""
    if kiosk_status(config.screen.port) is not None:
        told = "the kiosk that runs holds the lamps"
        remedy = "try them by the guards' page, or first: sudo systemctl stop kiosk"
        return fault("lights", told, remedy)
    with ExitStack() as stack:
        notes: list[str] = []
        try:
            found, _ = wired(config.lights, stack, notes)
        except ConfigError as error:
            return fault("lights", "; ".join(error.problems), "see docs/settings.md")
        if "lights_absent" in notes:
            return fault("lights", "cannot be reached", "check lights.board and the group gpio")
        lamps = ", ".join(BOARDS[config.lights.board].lamps)
        say(f"Look and listen: {lamps}, each with its tone, then the relay if there is one.")
        found.test()
        if found.failed:
            told = f"{', '.join(found.failed)} did not obey"
            return fault("lights", told, "check the wires (docs/wiring.md)")
    if config.lights.mock_pins:
        return warning("lights", "mock pins: nothing was lit", "set lights.mock_pins to false")
    return ok("lights", "all were switched; what you did not see or hear: docs/wiring.md")


def camera(config: Config, say: Say) -> Finding:
    """Its frames of a few seconds: size, how many, how bright."""
    if held := _held(config, "camera"):
        return held
    say(f"Looking for {LOOK_S:.0f} seconds ...")
    frames: list[tuple[float, Frame]] = []
    try:
        with closing(camera_from(config)) as opened:
            opened.open()
            until_s = time.monotonic() + LOOK_S
            while time.monotonic() < until_s:
                frames.append((time.monotonic(), opened.frame(_FRAME_S)))
    except (CameraAbsent, CameraStalled) as error:
        return _no_picture(error)
    (first_s, _), (last_s, last) = frames[0], frames[-1]
    fps = (len(frames) - 1) / (last_s - first_s) if last_s > first_s else 0.0
    height_px, width_px = last.luma.shape
    brightness = float(last.luma.mean())
    told = (
        f"{width_px} x {height_px}, {fps:.1f} frames a second, brightness {brightness:.0f} of 255"
    )
    if brightness < _DARK:
        return fault("camera", f"{told}: black", "take the cap off, or bring light")
    if fps < config.camera.fps / 2:
        return warning("camera", f"{told}: slow", "docs/operations.md, `camera`")
    return ok("camera", told)


def code(config: Config, say: Say, within_s: float = CODE_S) -> Finding:
    """The first code that is held up, by the eye's own plan. Of what kind it is, never whose."""
    if held := _held(config, "code"):
        return held
    say(f"Hold up a code, for {within_s:.0f} seconds at most ...")
    plan, looked_at = StreamingPlan(reader_from(config)), 0
    until_s = time.monotonic() + within_s
    try:
        with closing(camera_from(config)) as opened:
            opened.open()
            while time.monotonic() < until_s:
                looked_at += 1
                for found in plan.read(opened.frame(_FRAME_S).luma):
                    if found.data is not None:
                        return _read(found.data, looked_at)
    except (CameraAbsent, CameraStalled) as error:
        return _no_picture(error, "code")
    told = f"none was read in {looked_at} frames"
    return fault(
        "code", told, "hold it flat, 12 to 18 cm away, all of it in view (docs/mounting.md)"
    )


def _read(data: bytes, looked_at: int) -> Finding:
    shown = classify(data)
    kind = shown.kind if isinstance(shown, Identity) else f"not personal, {shown.reason}"
    return ok("code", f"{kind}, in frame {looked_at}")


def _held(config: Config, part: str) -> Finding | None:
    if (kiosk_status(config.screen.port) or {}).get("camera") != "ok":
        return None
    told = "the eye that runs holds the camera"
    return fault(part, told, "first: sudo systemctl stop kiosk-eye, and start it again afterwards")


def _no_picture(error: CameraAbsent | CameraStalled, part: str = "camera") -> Finding:
    return fault(
        part, str(error) or "gives no picture", "kiosk doctor; docs/operations.md, `camera`"
    )


TRIES: dict[str, Callable[[Config, Say], Finding]] = {
    "lights": lights,
    "camera": camera,
    "code": code,
}
