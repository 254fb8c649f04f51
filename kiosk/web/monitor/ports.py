"""What the staff pages ask of the rest of the kiosk."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from kiosk.domain.staff_act import Act, Done
from kiosk.questions.shape import QuestionSet
from kiosk.web.feed import Feed
from kiosk.web.ports import Declared, TypedPaper
from kiosk.web.safety.staff_book import StaffBook


class Watched(Protocol):
    """The desk, as the pages see it. Every method may be called from any thread."""

    def state(self) -> dict[str, Any]: ...

    def clear_name(self, visit: str) -> str: ...

    def is_waiting(self, visit: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class StaffPages:
    """What they are joined from. `act` blocks for two seconds at most."""

    book: StaffBook
    desk: Watched
    feed: Feed
    act: Callable[[Act], Done]
    questions: QuestionSet
    now: Callable[[], datetime]  # on the wall
    paper: Callable[[TypedPaper], Declared]
    paper_kept: Callable[[], timedelta]  # so old a paper may be
    near: Sequence[str] = ()  # codes of the communes around the venue
