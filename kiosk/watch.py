"""How the other processes are doing, by their own word and by their silence."""

import logging
import time
from collections.abc import Callable, Mapping

from kiosk.domain.shown import Fault
from kiosk.reports import EyeBeat, UplinkBeat

EYE_SILENT_AFTER_S = 3.0
UPLINK_SILENT_AFTER_S = 10.0

log = logging.getLogger(__name__)


class Watch:
    """The last heartbeat of the eye and of the uplink, and when it came (monotonic seconds)."""

    def __init__(self) -> None:
        self._eye: EyeBeat | None = None
        self._uplink: UplinkBeat | None = None
        self._eye_at_s = self._uplink_at_s = time.monotonic()

    def hear(self, beat: EyeBeat | UplinkBeat) -> None:
        if isinstance(beat, EyeBeat):
            self._eye, self._eye_at_s = beat, time.monotonic()
        else:
            self._uplink, self._uplink_at_s = beat, time.monotonic()

    def faults(self, now_s: float) -> dict[Fault, bool]:
        """Whether each fault that the eye can cause stands now. A silent eye says nothing about its camera."""
        silent = now_s - self._eye_at_s > EYE_SILENT_AFTER_S
        blind = self._eye is not None and self._eye.camera != "ok"
        return {Fault.EYE: silent, Fault.CAMERA: blind and not silent}

    def describe(self, now_s: float) -> dict[str, object]:
        """States by name and ages in seconds, for staff."""
        eye, uplink = self._eye, self._uplink
        uplink_silent = now_s - self._uplink_at_s > UPLINK_SILENT_AFTER_S
        return {
            "camera": eye.camera if eye else "unknown",
            "guidance": eye.guidance if eye else "",
            "fps": round(eye.fps, 1) if eye else 0.0,
            "read_ms_p50": round(eye.read_ms_p50, 1) if eye else 0.0,
            "read_ms_p95": round(eye.read_ms_p95, 1) if eye else 0.0,
            "reader_errors": eye.reader_errors if eye else 0,
            "eye_age_s": round(now_s - self._eye_at_s, 1),
            "uplink": _uplink_state(uplink, uplink_silent),
            "uplink_age_s": round(now_s - self._uplink_at_s, 1),
            "waiting": uplink.waiting if uplink else 0,
            "parked": uplink.parked if uplink else 0,
            "oldest_s": round(uplink.oldest_s) if uplink else 0,
            "receipt_age_s": round(uplink.receipt_age_s) if uplink else -1,
        }


class Beside:
    """What the door works on without: named like a fault, and stops nobody."""

    def __init__(self, is_dead: Mapping[str, Callable[[], bool]]) -> None:
        self._is_dead = is_dead
        self._dead: frozenset[str] = frozenset()

    def look(self) -> frozenset[str]:
        """What is dead now; what begins and ends is logged once."""
        dead = frozenset(name for name, is_dead in self._is_dead.items() if is_dead())
        for name in dead ^ self._dead:
            log.warning("fault %s: %s", "began" if name in dead else "ended", name)
        self._dead = dead
        return dead


def _uplink_state(beat: UplinkBeat | None, silent: bool) -> str:
    if beat is None or silent:
        return "silent"
    if beat.fault:
        return beat.fault
    return "connected" if beat.connected else "offline"
