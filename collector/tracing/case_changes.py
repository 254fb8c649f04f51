"""What changed since a case was looked at: kiosks that were offline bring their events days later, and an exit that
comes late shortens a stay. The stays as they stood are those of now with the changes since then undone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from collector.tracing.first import First, OtherRow
from collector.tracing.stays import MAX_STAY_S, Stay
from collector.tracing.trace import Question, Traced
from collector.tracing.traces import StayChange, Traces


@dataclass(frozen=True, slots=True)
class Changes:
    """People of F1 by number, with whole minutes together: those who came, those who are no more, and those whose
    minutes changed (before, now). `own` counts stays of the case that came or went. `is_complete` is False when the
    case was last looked at before what is still remembered."""

    come: Mapping[int, int]
    gone: Mapping[int, int]
    changed: Mapping[int, tuple[int, int]]
    own: int = 0
    is_complete: bool = True

    @property
    def are_any(self) -> bool:
        return bool(self.come or self.gone or self.changed or self.own)


def between(before: Mapping[int, int], now: Mapping[int, int], own: int = 0) -> Changes:
    """`before` and `now` map each of F1 to minutes."""
    return Changes(
        come={who: now[who] for who in now if who not in before},
        gone={who: before[who] for who in before if who not in now},
        changed={
            who: (before[who], now[who]) for who in now if who in before and before[who] != now[who]
        },
        own=own,
    )


def since(traces: Traces, traced: Traced, seen: int) -> Changes:
    """`seen` is the `as_of` of what was last looked at."""
    oldest, newest = traces.changes_span()
    if seen >= newest:
        return Changes({}, {}, {})
    then = _as_it_stood(traces, traced, seen)
    own = len(set(then.own) ^ set(traced.own))
    found = between(then.first.minutes(), traced.first.minutes(), own)
    if seen >= oldest - 1:
        return found
    return Changes(found.come, found.gone, found.changed, found.own, is_complete=False)


def undone(stays: Iterable[Stay], changes: Sequence[StayChange]) -> set[Stay]:
    """`changes` in the order in which they were made; the stays before them."""
    left = set(stays)
    for change in reversed(changes):
        (left.discard if change.is_new else left.add)(change.stay)
    return left


def _as_it_stood(traces: Traces, traced: Traced, seen: int) -> Traced:
    asked = traced.question
    of_case = [
        each for each in traces.changes_of_people(asked.people, seen) if _is_asked(each, asked)
    ]
    own = sorted(undone(traced.own, of_case), key=lambda stay: stay.tin)
    found = []
    for stay, others in zip(own, traces.others(own), strict=True):
        rows: set[OtherRow] = set(others)
        for change in reversed(
            traces.changes_at(stay.venue, stay.tin - MAX_STAY_S, stay.tout, seen)
        ):
            (rows.discard if change.is_new else rows.add)(change.other)
        found.append((stay, sorted(row for row in rows if row[2] > stay.tin)))
    return Traced(asked, own, First(found, asked.people), traced.venues, seen)


def _is_asked(change: StayChange, asked: Question) -> bool:
    return asked.begin_s <= change.stay.tin < asked.end_s
