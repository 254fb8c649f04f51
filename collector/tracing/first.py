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
_Rank: TypeAlias = tuple[int, int, int, int, int, int]
"""As it is sorted, the greatest first: seconds, times, sure seconds, -room, -first exposure, person."""


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
        self._met: dict[int, _Met] = {}
        self._again: dict[
            int, list[_Met]
        ] = {}  # of those who met the case more than once, all of it
        theirs = frozenset(case)
        ranked: dict[int, _Rank] = {}
        for own, others in found:
            self._take(own, others, theirs, ranked)
        for person, met in self._again.items():
            ranked[person] = _rank(person, met)
        self._ranked = sorted(ranked.values(), reverse=True)

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

    def _take(
        self,
        own: Stay,
        others: Sequence[OtherRow],
        theirs: frozenset[int],
        ranked: dict[int, _Rank],
    ) -> None:
        _, own_in, own_out, own_rule, own_seen, *_ = own
        is_sure = own_rule == _EXIT and own_seen
        room = len(others)
        for other in others:
            person, tin, tout, rule, seen_in, _ = other
            if person in ranked:
                earlier = self._again.setdefault(person, [self._met[person]])
                earlier.append((own, other, room))
            elif person not in theirs:
                self._met[person] = (own, other, room)
                begin = tin if tin > own_in else own_in
                seconds = (tout if tout < own_out else own_out) - begin
                sure_s = seconds if is_sure and rule == _EXIT and seen_in else 0
                ranked[person] = (seconds, 1, sure_s, -room, -begin, person)

    def _contact(self, ranked: _Rank) -> Contact:
        seconds, times, sure_s, room, since, person = ranked
        every = self._again.get(person) or [self._met[person]]
        met = sorted((_meeting(each) for each in every), key=lambda one: one.tin)
        return Contact(person, seconds, times, sure_s, -room, -since, met)


def _rank(person: int, met: list[_Met]) -> _Rank:
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
