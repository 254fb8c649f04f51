"""What is asked about people. A person is a number of the ledger; a pseudonym 16 bytes that only the inbox can make."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from collector.errors import CollectorError
from kiosk.domain.identity import Identifier


class PeopleError(CollectorError):
    """Nothing was changed; the message says what to do."""


PseudonymsOf = Callable[[Sequence[Identifier]], Sequence[bytes]]
"""Of each identifier, in order. Raises CollectorError when the inbox cannot be asked."""


@dataclass(frozen=True, slots=True)
class OnRecord:
    """One event of a person, without who they are. `verdict` is empty for a declaration; `remark` is what an officer
    has written beside it; `ties` is how many identifiers it ties together."""

    key: int
    id: str
    kiosk: str
    type: str
    at: datetime
    verdict: str
    reason: str
    direction: str
    remark: str = ""
    ties: int = 0


class Wish(StrEnum):
    """What a person may ask by law."""

    SHOW = "show"
    CORRECT = "correct"
    ERASE = "erase"


@dataclass(frozen=True, slots=True)
class Request:
    """`about` is the beginning of a pseudonym, so that a request is known again and tells nothing."""

    number: int
    wish: Wish
    about: str
    asked_at: datetime
    due: date  # of Asia/Ho_Chi_Minh, its evening
    by: str
    done_at: datetime | None = None

    def is_overdue(self, today: date) -> bool:
        return self.done_at is None and today > self.due


@dataclass(frozen=True, slots=True)
class Erased:
    """Which event is no more. Its id and hash are no personal data."""

    kiosk: str
    id: str
