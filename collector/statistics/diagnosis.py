"""Why is a venue silent? One cause for each, from what is known; the first that holds, in this order.

Nobody else says it (shared facts, collector section 13): a list of silent places is only of use to whoever can tell the
closed ones from those whose kiosk is dead and those where nobody asks visitors to scan. The thresholds are ours, an
opinion; on a made-up month with known causes they are right as docs/report.md says.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

from collector.statistics.figures import KioskDay, KioskFacts, Scan

# events waiting at the last word of a kiosk that was not heard again: fewer may be what it says of itself
BACKLOG_ROWS = 3
# heard in this share of the opening hours, a kiosk was up
UP_SHARE = 0.4
# its camera was blind in this share of the hours in which it was heard
BLIND_SHARE = 0.5
# nobody queues faster: 4 to 8 s a person at a gate (shared facts, collector section 14)
BURST_MS = 3_000
BURST_SHARE = 0.7
BURST_SCANS = 8
ONE_PERSON_SHARE = 0.8
ONE_PERSON_SCANS = 4
# weeks of silence on the same weekday, by which a venue without hours is taken to be closed
QUIET_WEEKS = 3


class Cause(StrEnum):
    NEVER_ENROLLED = "never_enrolled"
    CLOSED = "closed"
    SUSPICIOUS = "suspicious"  # somebody scans, but hardly visitors
    BACKLOG = "backlog"  # offline: visits wait at the kiosk
    OFF = "off"
    BLIND = "blind"
    UNUSED = "unused"


@dataclass(frozen=True, slots=True)
class VenueFacts:
    """Of one venue on one day. `opening` are the hours (0 to 23) in which it expects visitors, None when not known;
    `is_usually_quiet` when it was used on other days, and on no such weekday of late."""

    kiosks: Sequence[KioskFacts]
    scans: Sequence[Scan] = ()
    opening: frozenset[int] | None = None
    is_usually_quiet: bool = False
    is_mobile: bool = False  # a checkpoint: days without a network are usual


def diagnose(facts: VenueFacts) -> Cause | None:
    """None when it is in use."""
    if facts.scans:
        return Cause.SUSPICIOUS if is_suspicious(facts.scans) else None
    heard = [one for one in facts.kiosks if one.today or one.before]
    if not heard:
        return Cause.NEVER_ENROLLED
    if facts.opening is not None and not facts.opening:
        return Cause.CLOSED
    if facts.opening is None and facts.is_usually_quiet:
        return Cause.CLOSED
    up = [one for one in heard if _was_up(one.today, facts.opening)]
    if not up:
        has_backlog = any(_has_backlog(one, is_mobile=facts.is_mobile) for one in heard)
        return Cause.BACKLOG if has_backlog else Cause.OFF
    if all(_was_blind(one) for one in up):
        return Cause.BLIND
    return Cause.UNUSED


def is_suspicious(scans: Sequence[Scan]) -> bool:
    """One person's code nearly all day, or codes shown faster than people can walk up. `scans` in the order of time."""
    known = [scan.person for scan in scans if scan.person is not None]
    if len(known) >= ONE_PERSON_SCANS:
        (_, most), *_ = Counter(known).most_common(1)
        if most >= ONE_PERSON_SHARE * len(scans):
            return True
    if len(scans) < BURST_SCANS:
        return False
    pairs = pairwise(scans)
    quick = sum(after.at_ms - before.at_ms <= BURST_MS for before, after in pairs)
    return quick >= BURST_SHARE * (len(scans) - 1)


def is_usually_quiet(used_days: Sequence[int], day: int) -> bool:
    """Whether none of the days on which a venue was used lies on this weekday, while weeks before it was used."""
    earlier = [used for used in used_days if used < day and used >= day - 7 * (QUIET_WEEKS + 1)]
    same = [used for used in earlier if (day - used) % 7 == 0]
    weeks = {(day - used) // 7 for used in earlier if (day - used) % 7}
    return not same and len(weeks) >= QUIET_WEEKS


def opening_hours(spans: Sequence[tuple[int, int, int]], day: date) -> frozenset[int] | None:
    """The hours that are touched by these spans (weekday, minutes from, until); None when there are no spans at all."""
    if not spans:
        return None
    touched: set[int] = set()
    for weekday, from_min, until_min in spans:
        if weekday == day.weekday():
            touched |= set(range(from_min // 60, min(-(-until_min // 60), 24)))
        elif weekday == (day.weekday() - 1) % 7 and until_min > 24 * 60:
            touched |= set(range(-(-(until_min - 24 * 60) // 60)))
    return frozenset(touched)


def _was_up(today: KioskDay | None, opening: frozenset[int] | None) -> bool:
    if today is None:
        return False
    hours = {hour for hour in range(24) if today.hours >> hour & 1}
    if opening:
        return len(hours & opening) >= UP_SHARE * len(opening)
    return len(hours) >= 4


def _was_blind(kiosk: KioskFacts) -> bool:
    hours = kiosk.today.hours.bit_count() if kiosk.today else 0
    return kiosk.blind >= BLIND_SHARE * max(hours, 1)


def _has_backlog(kiosk: KioskFacts, *, is_mobile: bool) -> bool:
    last = kiosk.today or kiosk.before
    if last is None or last.goodbye:
        return False
    if kiosk.to_come >= BACKLOG_ROWS or (last.waiting or 0) >= BACKLOG_ROWS:
        return True
    if kiosk.after is not None and kiosk.after.up_since_ms is not None:
        # it has come back since, and says that it was running all the while
        return kiosk.after.up_since_ms <= last.last_ms
    return is_mobile
