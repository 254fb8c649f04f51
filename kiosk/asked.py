"""What pages ask of the loop, and how long they wait for its answer.

What the loop has not begun with in time is taken back and never happens; so an answer of "not stored" is true. Only of
what it has begun with, on a disk that takes seconds, nobody can say yet what becomes of it.
"""

from concurrent.futures import Future
from dataclasses import dataclass, field

from kiosk.domain.declaration import Consent, Risk
from kiosk.domain.identity import Identity
from kiosk.domain.staff_act import Act, Done
from kiosk.privacy.parts import Answers
from kiosk.web.ports import Declared, TypedPaper

ANSWER_S = 2.0


@dataclass(frozen=True)
class Declare:
    identity: Identity | None
    risk: Risk
    questions_version: int
    consent: Consent | None
    answers: Answers | None = field(repr=False)
    answer: "Future[Declared]"


@dataclass(frozen=True)
class Typed:
    paper: TypedPaper
    answer: "Future[Declared]"


@dataclass(frozen=True)
class Asked:
    act: Act
    answer: "Future[Done]"


@dataclass(frozen=True)
class CallStaff:
    pass


def declared_in_time(answer: "Future[Declared]") -> Declared:
    """What the loop has begun with is waited for once more."""
    for _ in range(2):
        try:
            return answer.result(timeout=ANSWER_S)
        except TimeoutError:
            if answer.cancel():
                break
    return Declared(outcome="", stored=False)


def done_in_time(answer: "Future[Done]") -> Done:
    try:
        return answer.result(timeout=ANSWER_S)
    except TimeoutError:
        return Done.NOT_SAVED if answer.cancel() else Done.UNKNOWN
