"""The machine below the kiosk: camera, lamps, clock, display, fonts. Looked at, never claimed."""

import importlib.util
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from hardware.boards import BOARDS
from kiosk.config import CameraKind, Config
from kiosk.doctor.finding import Finding, fault, ok, warning
from kiosk.store.stamp import SYNCHRONISED

FAMILIES = ("Noto Sans", "Noto Sans Khmer")
# older than this software: a clock that was never set
_NOT_BEFORE = datetime(2026, 11, 1, tzinfo=UTC)
_WITHIN_S = 10.0
Status = dict[str, object]


def camera(config: Config, status: Status | None) -> Finding:
    """By the eye's own word while it runs, by what the system shows of a camera otherwise."""
    seen = (status or {}).get("camera", "unknown")
    if seen == "ok":
        return ok("camera", f"{config.camera.kind}, {(status or {}).get('fps')} frames a second")
    if seen != "unknown":
        return fault("camera", f"{config.camera.kind} is {seen}", "docs/operations.md, `camera`")
    match config.camera.kind:
        case CameraKind.SIMULATED:
            return _simulated(config)
        case CameraKind.USB:
            return device("camera", Path(config.camera.device), "video")
        case CameraKind.PI:
            return _pi_camera()


def _simulated(config: Config) -> Finding:
    footage = config.camera.footage
    if footage is not None and not footage.exists():
        return fault("camera", f"{footage} is not there", "set camera.footage")
    return ok("camera", "simulated")


def _pi_camera() -> Finding:
    if importlib.util.find_spec("picamera2") is None:
        remedy = "apt install python3-picamera2, or set camera.kind"
        return fault("camera", "picamera2 is not installed", remedy)
    media = sorted(Path("/dev").glob("media*"))
    if not media:
        return fault("camera", "no camera is to be seen", "check the ribbon cable")
    return device("camera", media[0], "video")


def lights(config: Config, status: Status | None) -> Finding:
    board = config.lights.board
    if board not in BOARDS:
        known = ", ".join(sorted(BOARDS))
        return fault("lights", f"{board} is not a board", f"set lights.board to one of: {known}")
    if config.lights.mock_pins:
        return ok("lights", f"{board} on mock pins: no lamp is lit")
    notes = (status or {}).get("notes")
    if isinstance(notes, list) and "lights_absent" in notes:
        return fault("lights", "cannot be reached", "check lights.board and the group gpio")
    if failed := (status or {}).get("lights_failed"):
        told = f"do not obey: {', '.join(map(str, failed))}" if isinstance(failed, list) else "fail"
        return fault("lights", told, "docs/operations.md, `lights`; the screen goes on")
    if importlib.util.find_spec("lgpio") is None:
        return fault("lights", "the GPIO driver is missing", "apt install python3-lgpio")
    chips = sorted(Path("/dev").glob("gpiochip*"))
    if not chips:
        remedy = "is this a Raspberry Pi? Otherwise set lights.mock_pins"
        return fault("lights", "there is no GPIO header", remedy)
    return device("lights", chips[0], "gpio")


def clock() -> Finding:
    now = datetime.now(UTC)
    if now < _NOT_BEFORE:
        return fault("clock", f"says {now:%Y-%m-%d %H:%M} UTC", "let it reach a time server")
    if not SYNCHRONISED.exists():
        told = f"{now:%Y-%m-%d %H:%M} UTC, not confirmed by a time server since the start"
        return warning("clock", told, "timedatectl; visits are placed later, signatures may wait")
    return ok("clock", f"{now:%Y-%m-%d %H:%M} UTC, synchronised")


def display(status: Status | None) -> Finding:
    missing = [name for name in ("sway", "chromium") if shutil.which(name) is None]
    page = (status or {}).get("page")
    if page == "alive":
        return ok("display", "the page is alive")
    if page == "silent":
        return warning("display", "the page is dead", "journalctl -u kiosk-display")
    if missing:
        told = f"{' and '.join(missing)} not installed"
        return warning("display", told, f"apt install {' '.join(missing)}")
    return ok("display", "sway and chromium are installed, no page was heard")


def fonts() -> Finding:
    """Fontconfig's own list, for Chromium asks it too."""
    remedy = "apt install fontconfig fonts-noto-core"
    try:
        listed = subprocess.run(
            ["fc-list", ":", "family"],
            capture_output=True,
            text=True,
            check=False,
            timeout=_WITHIN_S,
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return warning("fonts", "fc-list does not answer", remedy)
    known = {name.strip() for line in listed.splitlines() for name in line.split(",")}
    missing = [family for family in FAMILIES if family not in known]
    if missing:
        return fault("fonts", f"missing: {', '.join(missing)}", remedy)
    return ok("fonts", ", ".join(FAMILIES))


def device(check: str, file: Path, group: str) -> Finding:
    """A file of /dev: there, and for this user."""
    if not file.exists():
        return fault(check, f"{file} is not there", "check the cable, or the setting")
    if not os.access(file, os.R_OK | os.W_OK):
        return warning(check, f"{file} is not for this user", f"ask as one of the group {group}")
    return ok(check, f"{file} is there")
