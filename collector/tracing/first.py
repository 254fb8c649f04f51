"""F1: who was at a venue while the case was there. Pure.

Ranked by minutes together, then by how often they met, then by how much of it was scanned at both ends. How much of the
minutes is assumed stands with each of them: few scan out (collector.tracing.stays).

A market has a thousand of them, and an officer looks at thirty: what is needed to rank stands in bare tuples, and a
Contact is made when it is looked at.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from collector.tracing.stays import Rule, Stay

OtherRow: TypeAlias = tuple[int, int, int, int, int, int | None]
"""A stay of somebody else as the store tells it: person, tin, tout, rule, seen_in, width_s."""
Found: TypeAlias = tuple[Stay, Sequence[OtherRow]]
"""A stay of the case, and the stays that overlap it, by their beginning."""
_EXIT = int(Rule.EXIT)  # bare numbers compare quicker
_Met: TypeAlias = tuple[Stay, OtherRow, int]


class Meeting(NamedTuple):
    """[tin, tout) together, in a stay of the case and one of somebody else. `room` is how many others were there
    during that stay of the case."""

    own: Stay
    other: Stay
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
    room: int
    first_s: int
    meetings: Sequence[Meeting]


class First(Sequence[Contact]):
    """Everybody of F1, best-ranked first."""

    def __init__(self, found: Iterable[Found], case: Iterable[int] = ()) -> None:
        """`case` are the people who are the case themselves. A minute with two people of the case counts once."""
        self._met = _met(found, frozenset(case))
        self._ranked = sorted((_rank(who, met) for who, met in self._met.items()), reverse=True)

    def __len__(self) -> int:
        return len(self._ranked)

    def __getitem__(self, at):  # type: ignore[no-untyped-def]
        if isinstance(at, slice):
            return [self._contact(each) for each in self._ranked[at]]
        return self._contact(self._ranked[at])

    def __iter__(self) -> Iterator[Contact]:
        return map(self._contact, self._ranked)

    def exposed(self) -> Mapping[int, int]:
        """Each of them, and when they were first exposed (s)."""
        return {person: -since for *_, since, person in self._ranked}

    def minutes(self) -> Mapping[int, int]:
        """Each of them, and whole minutes together."""
        return {row[-1]: row[0] // 60 for row in self._ranked}

    def _contact(self, ranked: tuple[int, ...]) -> Contact:
        seconds, times, sure_s, room, since, person = ranked
        met = sorted((_meeting(each) for each in self._met[person]), key=lambda one: one.tin)
        return Contact(person, seconds, times, sure_s, -room, -since, met)


def _met(found: Iterable[Found], case: frozenset[int]) -> dict[int, list[_Met]]:
    met: dict[int, list[_Met]] = {}
    for own, others in found:
        room = len(others)
        for other in others:
            person = other[0]
            if person in met:
                met[person].append((own, other, room))
            elif person not in case:
                met[person] = [(own, other, room)]
    return met


def _rank(person: int, met: list[_Met]) -> tuple[int, ...]:
    """As it is sorted, the greatest first: seconds, times, sure seconds, -room, -first exposure, person."""
    if len(met) == 1:
        ((own, other, room),) = met
        _, tin, tout, rule, seen_in, _ = other
        if own[1] > tin:
            tin = own[1]
        if own[2] < tout:
            tout = own[2]
        sure = (
            rule == 1 and seen_in and own[3] == 1 and own[4]
        )  # Rule.EXIT, as a bare number: it is quicker
        return tout - tin, 1, tout - tin if sure else 0, -room, -tin, person
    seconds = sure_s = times = 0
    until = -1
    meetings = sorted((_meeting(each) for each in met), key=lambda one: one.tin)
    for each in meetings:
        begin = max(each.tin, until)
        if each.tin > until:
            times += 1
        if each.tout > begin:
            seconds += each.tout - begin
            sure_s += each.tout - begin if each.is_sure else 0
            until = each.tout
    room = min(each.room for each in meetings)
    return seconds, times, sure_s, -room, -meetings[0].tin, person


def _meeting(met: _Met) -> Meeting:
    own, (_, tin, tout, rule, seen_in, width_s), room = met
    other = Stay(own.venue, tin, tout, rule, bool(seen_in), 0, width_s)
    return Meeting(own, other, max(own.tin, tin), min(own.tout, tout), room)
