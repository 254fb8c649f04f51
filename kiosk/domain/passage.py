"""Did whoever was let in go through? Admissions in their order against the moments at which a light barrier was broken:
the first who was let in is taken to be the first who passes. Pure.

A barrier counts and knows nobody: an answer is as good as people keep their order and keep apart. So a visit without an
answer is unknown, and where a barrier cannot be believed nothing is said.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

# so many in a row who were let in and did not pass speak of a barrier that sees nobody
DUMB_AFTER = 5
# of the last so many it is known what was said, for whoever shows their code again
REMEMBERED = 64


class Passed(StrEnum):
    YES = "yes"
    NO = "no"
    LATE = "late"  # a `no` was said too early: they showed their code again, and went through


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an admission. `visit` is its id."""

    visit: str
    passed: Passed


@dataclass(frozen=True, slots=True)
class _Awaited:
    visit: str
    until_s: float


@dataclass(frozen=True, slots=True)
class Passage:
    """Who is still awaited, first admitted first; what was said of the last ones; how many `no` there were since the
    beam was last broken. Times are monotonic seconds."""

    awaited: tuple[_Awaited, ...] = ()
    said: tuple[Answer, ...] = ()
    in_a_row: int = 0

    @property
    def is_dumb(self) -> bool:
        """Whether the barrier seems to see nobody."""
        return self.in_a_row >= DUMB_AFTER


def admitted(passage: Passage, visit: str, until_s: float) -> Passage:
    """Somebody was let in, or shown again that they are: they are awaited from now on, behind all others."""
    others = tuple(one for one in passage.awaited if one.visit != visit)
    return replace(passage, awaited=(*others, _Awaited(visit, until_s)))


def broken(passage: Passage) -> tuple[Passage, Answer | None]:
    """The beam was broken once. No answer where nobody was awaited, or that is no news."""
    before = replace(passage, in_a_row=0)
    if not passage.awaited:
        return before, None
    first, *others = passage.awaited
    after = replace(before, awaited=tuple(others))
    match _said_of(passage, first.visit):
        case None:
            return _say(after, Answer(first.visit, Passed.YES))
        case Passed.NO:
            return _say(after, Answer(first.visit, Passed.LATE))
    return after, None


def over(
    passage: Passage, now_s: float, *, is_blind: bool = False
) -> tuple[Passage, tuple[Answer, ...]]:
    """Of whom nobody waits any longer. `is_blind`: the beam is broken now, and would count nobody."""
    answers: list[Answer] = []
    while passage.awaited and passage.awaited[0].until_s <= now_s:
        first, *others = passage.awaited
        passage = replace(passage, awaited=tuple(others))
        if is_blind or passage.is_dumb or _said_of(passage, first.visit) is not None:
            continue
        passage, answer = _say(passage, Answer(first.visit, Passed.NO))
        passage = replace(passage, in_a_row=passage.in_a_row + 1)
        answers.append(answer)
    return passage, tuple(answers)


def _said_of(passage: Passage, visit: str) -> Passed | None:
    return next((one.passed for one in reversed(passage.said) if one.visit == visit), None)


def _say(passage: Passage, answer: Answer) -> tuple[Passage, Answer]:
    return replace(passage, said=(*passage.said, answer)[-REMEMBERED:]), answer
