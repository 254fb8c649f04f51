"""The eye's evidence of its own work, counted as it happens and told once in `BEAT_EVERY_S`, new advice at once."""

import time
from collections import deque

from kiosk.reports import EyeBeat

BEAT_EVERY_S = 0.5
_KEPT_READS = 200  # a few seconds at a busy door
_KEPT_FRAMES = 60
# without a frame for this long the rate is not an old rate but none
_SILENCE_S = 1.0


class Pulse:
    """Belongs to the eye's thread. Times are monotonic seconds."""

    def __init__(self) -> None:
        self.camera = "absent"
        self.moving = False
        self.guidance = ""
        self.reader_errors = 0
        self._read_ms: deque[float] = deque(maxlen=_KEPT_READS)
        self._frames_at_s: deque[float] = deque(maxlen=_KEPT_FRAMES)
        self._told_at_s = float("-inf")
        self._told_guidance = ""

    def frame(self, taken_at_s: float) -> None:
        self._frames_at_s.append(taken_at_s)

    def looked(self, took_ms: float) -> None:
        self._read_ms.append(took_ms)

    def beat(self) -> EyeBeat | None:
        """The heartbeat when one is due, else None."""
        now_s = time.monotonic()
        if now_s - self._told_at_s < BEAT_EVERY_S and self.guidance == self._told_guidance:
            return None
        self._told_at_s, self._told_guidance = now_s, self.guidance
        timings, frames = sorted(self._read_ms), self._frames_at_s
        return EyeBeat(
            camera=self.camera,
            motion=self.moving and self.camera == "ok",
            fps=self._rate(now_s),
            frame_age_s=now_s - frames[-1] if frames else -1.0,
            read_ms_p50=_percentile(timings, 0.50),
            read_ms_p95=_percentile(timings, 0.95),
            reader_errors=self.reader_errors,
            guidance=self.guidance,
        )

    def _rate(self, now_s: float) -> float:
        times_s = self._frames_at_s
        if len(times_s) < 2 or now_s - times_s[-1] > _SILENCE_S:
            return 0.0
        return (len(times_s) - 1) / max(times_s[-1] - times_s[0], 1e-6)


def _percentile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
