"""F1: who was at a venue while the case was there. Pure.

Ranked by minutes together, then by how often they met, then by how much of it was scanned at both ends. How much of the
minutes is assumed stands with each of them: few scan out (collector.tracing.stays).
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from collector.tracing.stays import Rule, Stay


class Other(NamedTuple):
    """The stay of somebody else, as the store tells it: [tin, tout)."""

    person: int
    tin: int
    tout: int
    rule: int
    seen_in: bool
    width_s: int | None

    @property
    def is_sure(self) -> bool:
        return self.seen_in and self.rule == Rule.EXIT


class Meeting(NamedTuple):
    """[tin, tout) together: a stay of the case and one of somebody else. `room` is how many others were there during
    that stay of the case."""

    own: Stay
    other: Other
    tin: int
    tout: int
    room: int

    @property
    def is_sure(self) -> bool:
        return self.own.is_sure and self.other.is_sure

    @property
    def width_s(self) -> int | None:
        """How far off the clocks may be, together; None when nobody can say."""
        widths = (self.own.width_s, self.other.width_s)
        return None if None in widths else sum(width for width in widths if width is not None)


class Contact(NamedTuple):
    """Somebody of F1. `sure_s` is the part of `seconds` whose four ends were scanned; `times` is how often they met;
    `first_s` is the first exposure; `room` is the smallest company they met in."""

    person: int
    seconds: int
    times: int
    sure_s: int
    first_s: int
    room: int
    meetings: Sequence[Meeting]


def contacts(
    found: Iterable[tuple[Stay, Sequence[Other]]], case: Iterable[int] = ()
) -> list[Contact]:
    """`found` is each stay of the case with the stays that overlap it, by their beginning; `case` are the people who
    are the case themselves. Best-ranked first. A minute with two people of the case counts once."""
    theirs = frozenset(case)
    meetings: dict[int, list[Meeting]] = {}
    for own, others in found:
        _, own_in, own_out, *_ = own
        room = len(others)
        for other in others:
            person, tin, tout, *_ = other
            met = Meeting(
                own,
                other,
                tin if tin > own_in else own_in,
                tout if tout < own_out else own_out,
                room,
            )
            if person in meetings:
                meetings[person].append(met)
            elif person not in theirs:
                meetings[person] = [met]
    return sorted((_contact(who, each) for who, each in meetings.items()), key=_rank)


def _rank(contact: Contact) -> tuple[int, int, int, int, int]:
    _, seconds, times, sure_s, first_s, room, _ = contact
    return -seconds, -times, -sure_s, room, first_s


def _contact(person: int, met: list[Meeting]) -> Contact:
    if len(met) == 1:
        ((_, _, tin, tout, room),) = met
        sure_s = tout - tin if met[0].is_sure else 0
        return Contact(person, tout - tin, 1, sure_s, tin, room, met)
    met.sort(key=lambda each: (each.tin, each.tout))
    seconds = sure_s = times = 0
    until = -1
    for each in met:
        begin = max(each.tin, until)
        if each.tin > until:
            times += 1
        if each.tout > begin:
            seconds += each.tout - begin
            sure_s += each.tout - begin if each.is_sure else 0
            until = each.tout
    return Contact(person, seconds, times, sure_s, met[0].tin, min(m.room for m in met), met)
