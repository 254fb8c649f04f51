"""What the kiosk counts of itself. Numbers only: nothing of a visitor can be read back from it."""

from collections import Counter, deque
from dataclasses import dataclass, field

# enough for a busy hour's percentiles at a door; older ones no longer say how the kiosk is doing
KEPT_TIMINGS = 500


@dataclass
class SinceTold:
    """What was read since it was last told to the collector."""

    reads: int = 0
    read_ms: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT_TIMINGS))
    scan_to_light_ms: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT_TIMINGS))
    advice: Counter[str] = field(default_factory=Counter)

    def read(self, took_ms: float) -> None:
        """A code that was shown, from the frame to its bytes."""
        self.reads += 1
        self.read_ms.append(took_ms)

    def figures(self) -> dict[str, int]:
        """Whole ms, and whole percent of all advice by reason; nothing for what did not happen."""
        timings = {
            "read_ms_p50": percentile(self.read_ms, 0.50),
            "read_ms_p95": percentile(self.read_ms, 0.95),
            "scan_to_light_ms_p95": percentile(self.scan_to_light_ms, 0.95),
        }
        told = {"reads": self.reads}
        told |= {name: round(ms) for name, ms in timings.items() if ms is not None}
        all_advice = self.advice.total()
        return told | {
            f"guidance_{reason}": round(100 * count / all_advice)
            for reason, count in sorted(self.advice.items())
        }


@dataclass
class Telemetry:
    outcomes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    scan_to_light_ms: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT_TIMINGS))

    since_told: SinceTold = field(default_factory=SinceTold)

    def count(self, outcome: str, reason: str) -> None:
        self.outcomes[outcome] += 1
        self.reasons[f"{outcome}:{reason}"] += 1
        if outcome == "guidance":
            self.since_told.advice[reason] += 1

    def lit(self, took_ms: float) -> None:
        """From the frame that was read to the lamp."""
        self.scan_to_light_ms.append(took_ms)
        self.since_told.scan_to_light_ms.append(took_ms)

    def snapshot(self) -> dict[str, object]:
        """Counts since the start, advice by reason, and milliseconds from the frame that was read to the lamp."""
        advice = {
            reason.partition(":")[2]: count
            for reason, count in self.reasons.items()
            if reason.startswith("guidance:")
        }
        return {
            "outcomes": dict(self.outcomes),
            "reasons": dict(self.reasons),
            "guidance_shares": {
                reason: round(count / sum(advice.values()), 3) for reason, count in advice.items()
            },
            "scan_to_light_ms_p50": percentile(self.scan_to_light_ms, 0.50),
            "scan_to_light_ms_p95": percentile(self.scan_to_light_ms, 0.95),
        }


def percentile(values: deque[float] | list[float], share: float) -> float | None:
    """The nearest-rank percentile, None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
