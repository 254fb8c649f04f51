"""When did it happen, on a kiosk without a clock chip? Pure rules (shared facts, uplink section 9).

An event whose clock was synchronised is an anchor of its boot: other events of that boot are placed by the difference
of boot times. Boots that never synchronised lie between the last certain moment before them and the first after; what
is known of their length narrows that bracket. Order is kept. Milliseconds since 1970 and nanoseconds since boot.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from kiosk.wire.events import TimeQuality

# what a crystal may drift: 4.3 s a day
DRIFT = 50e-6
# two anchors that disagree by more: the clock was set in between
_STEPPED = 10 * DRIFT
_NS_A_MS = 1_000_000


class Anchor(NamedTuple):
    boottime_ns: int
    at_ms: int


class Placed(NamedTuple):
    """The true time lies within `width_ms` of `at_ms`; None when nobody can say."""

    at_ms: int
    quality: str
    width_ms: int | None


@dataclass(frozen=True, slots=True)
class Bracket:
    """Where the beginning of a boot that never synchronised is taken to be, and how far off that may be."""

    base_ms: int
    width_ms: int | None


def place(
    boottime_ns: int,
    own_ms: int,
    own_quality: str,
    anchors: Sequence[Anchor],
    bracket: Bracket | None,
) -> Placed:
    """`anchors` are those of its boot, rising; `bracket` is for a boot without any."""
    if own_quality == TimeQuality.NTP:
        return Placed(own_ms, TimeQuality.NTP, 0)
    if own_quality == TimeQuality.PAPER:  # its boot time tells when it was typed in
        return Placed(own_ms, TimeQuality.PAPER, None)
    if anchors:
        at_ms, off_ms = by_anchors(boottime_ns, anchors)
        return Placed(at_ms, TimeQuality.ANCHORED, off_ms)
    if own_quality == TimeQuality.RTC:
        return Placed(own_ms, TimeQuality.RTC, None)
    if bracket is None:
        return Placed(own_ms, TimeQuality.UNKNOWN, None)
    known = TimeQuality.UNKNOWN if bracket.width_ms is None else TimeQuality.ESTIMATED
    return Placed(bracket.base_ms + boottime_ns // _NS_A_MS, known, bracket.width_ms)


def by_anchors(boottime_ns: int, anchors: Sequence[Anchor]) -> tuple[int, int]:
    """The time at `boottime_ns`, and how far off it may be by drift. `anchors` rise and are not empty."""
    before = [anchor for anchor in anchors if anchor.boottime_ns <= boottime_ns][-1:]
    after = [anchor for anchor in anchors if anchor.boottime_ns > boottime_ns][:1]
    if before and after:
        return _between(boottime_ns, before[0], after[0])
    (nearest,) = before or after
    away_ms = (boottime_ns - nearest.boottime_ns) // _NS_A_MS
    return nearest.at_ms + away_ms, _drift_ms(away_ms)


def brackets(
    before_ms: int | None, lengths_ms: Sequence[int], after_ms: int | None
) -> list[Bracket]:
    """For boots in a row that never synchronised: `lengths_ms` is how long each had run at its last event.

    `before_ms` is the last certain moment before them, `after_ms` the beginning of the boot after them. What is left
    over is the uncertainty of each, and lies in equal parts before, between and after them.
    """
    begins = [0, *accumulate(lengths_ms)]
    total = begins.pop()
    if before_ms is not None and after_ms is not None:
        slack = after_ms - before_ms - total
        share = max(slack, 0) / (len(begins) + 1)
        return [
            Bracket(before_ms + begin + int(share * number), abs(slack))
            for number, begin in enumerate(begins, 1)
        ]
    if before_ms is not None:
        return [Bracket(before_ms + begin, None) for begin in begins]
    if after_ms is not None:
        return [Bracket(after_ms - total + begin, None) for begin in begins]
    return []


def _between(boottime_ns: int, first: Anchor, last: Anchor) -> tuple[int, int]:
    """On the line from one anchor to the other, so that no event overtakes another."""
    span_ms = (last.boottime_ns - first.boottime_ns) / _NS_A_MS
    gone_ms = (boottime_ns - first.boottime_ns) / _NS_A_MS
    nearest_ms = min(gone_ms, span_ms - gone_ms)
    rate = (last.at_ms - first.at_ms) / span_ms
    if abs(rate - 1) <= _STEPPED:
        return first.at_ms + int(gone_ms * rate), 2 * _drift_ms(nearest_ms)
    at_ms = first.at_ms + gone_ms if gone_ms <= span_ms / 2 else last.at_ms - (span_ms - gone_ms)
    return int(at_ms), max(_drift_ms(nearest_ms), abs(int(last.at_ms - first.at_ms - span_ms)))


def _drift_ms(distance_ms: float) -> int:
    return 1 + int(abs(distance_ms) * DRIFT)
