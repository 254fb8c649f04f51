"""Do people scan, or do they walk past? Scans of this hour against the passers-by that a light barrier counts, or,
where there is none, against what this door usually sees at this hour.

Nobody else measures it (shared facts, collector section 11): a door that is silent at rush hour is how they fail.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

# fewer than these say nothing
LEAST_PASSERS = 10
LEAST_USUAL = 12
LEAST_DAYS = 3
LOW_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Coverage:
    """`share` of those who should have scanned; None where nothing can be said. `by` is `barrier`, `usual` or empty."""

    share: float | None = None
    by: str = ""

    @property
    def is_low(self) -> bool:
        return self.share is not None and self.share < LOW_SHARE


def coverage(
    scans: int, passers: int | None, usual: Sequence[int], elapsed_share: float
) -> Coverage:
    """`usual` are the scans of the same hour of earlier days, `elapsed_share` how much of this hour is over, 0 to 1."""
    if passers is not None:
        return (
            Coverage(min(1.0, scans / passers), "barrier")
            if passers >= LEAST_PASSERS
            else Coverage()
        )
    if len(usual) < LEAST_DAYS:
        return Coverage()
    expected = median(usual) * elapsed_share
    return Coverage(min(1.0, scans / expected), "usual") if expected >= LEAST_USUAL else Coverage()
