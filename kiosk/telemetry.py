"""What the kiosk counts of itself. Numbers only: nothing of a visitor can be read back from it."""

from collections import Counter, deque
from dataclasses import dataclass, field

# enough for a busy hour's percentiles at a door; older ones no longer say how the kiosk is doing
KEPT_TIMINGS = 500


@dataclass
class Telemetry:
    outcomes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    scan_to_light_ms: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT_TIMINGS))

    def count(self, outcome: str, reason: str) -> None:
        self.outcomes[outcome] += 1
        self.reasons[f"{outcome}:{reason}"] += 1

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
