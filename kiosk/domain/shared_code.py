"""Is one code in many hands? A photograph of somebody's code goes from phone to phone; it is held up again and again.

In: when each code was held up (monotonic seconds) and its digest. Nothing is told of whose code it is, and nobody is
refused for it: staff look at who holds it. A porter who comes and goes all the time may be named as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

WITHIN_S = 600.0
TIMES = 4
# whoever holds it up again at once has only missed the answer
APART_S = 5.0
KEPT = 500


@dataclass(frozen=True, slots=True)
class Shown:
    """The last times at which each code was held up, the code of longest ago first."""

    times: Mapping[bytes, tuple[float, ...]] = field(default_factory=dict)


def shown_again(shown: Shown, digest: bytes, now_s: float) -> Shown:
    before = tuple(at for at in shown.times.get(digest, ()) if now_s - at < WITHIN_S)
    if before and now_s - before[-1] < APART_S:
        return shown
    others = [(key, at) for key, at in shown.times.items() if key != digest]
    kept = [(key, at) for key, at in others if now_s - at[-1] < WITHIN_S][1 - KEPT :]
    return Shown({**dict(kept), digest: (*before, now_s)})


def shared(shown: Shown, now_s: float) -> int:
    """How many codes are shown by many, or too often."""
    return sum(
        sum(now_s - at < WITHIN_S for at in times) >= TIMES for times in shown.times.values()
    )
