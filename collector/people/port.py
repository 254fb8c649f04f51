"""What is asked about people. A person is a number of the ledger; a pseudonym 16 bytes that only the inbox can make."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from collector.errors import CollectorError
from collector.ledger.connection import Connection
from collector.ledger.port import Follower
from kiosk.domain.identity import Identifier


class PeopleError(CollectorError):
    """Nothing was changed; the message says what to do."""


PseudonymsOf = Callable[[Sequence[Identifier]], Sequence[bytes]]
"""Of each identifier, in order. Raises CollectorError when the inbox cannot be asked."""


class Tables(Protocol):
    """Where the two stores differ. Each in a transaction of the caller's."""

    def hold(self, connection: Connection, *, alone: bool) -> None:
        """Until its end nobody else changes who is one person; and, `alone`, nobody else meets new people."""

    def number_new(self, connection: Connection, people: set[bytes]) -> None:
        """Those who have no number yet get one."""

    def numbers(self, connection: Connection, count: int) -> Sequence[int]:
        """Of persons; never given before."""

    def key_of(self, connection: Connection, kiosk: str, event_id: str) -> int | None:
        """Of an event that is stored."""

    def leave(self, connection: Connection, key: int) -> None:
        """Of an event that goes: its place in the chain, its id and its hashes."""

    def forget_stays(self, connection: Connection, keys: Sequence[int]) -> None:
        """What was noted of changed stays of these events."""


class PeopleStore(Tables, Protocol):
    """People in a ledger. Opens nothing until it is asked, and then for that call alone; raises LedgerError when there
    is no ledger, or it cannot be had."""

    def reading(self) -> AbstractContextManager[Connection]:
        """As it stands at one moment."""

    def changing(self) -> AbstractContextManager[Connection]:
        """One transaction."""

    def clean(self, keys: Sequence[int]) -> None:
        """After these events were taken away: nothing of them is left lying in the store's files, as far as that can
        be had."""

    def vanish(
        self,
        before_day: int,
        others: Sequence[Follower],
        now: Callable[[], datetime],
        told: Callable[[int], None],
        goes_on: Callable[[], bool] = ...,
    ) -> int:
        """All events that came in before a day (collector.days), the oldest first; how many. `told` hears how many are
        gone. It may be interrupted anywhere: what is gone by then stays gone."""

    def empty_quarantine(self, before_day: int, goes_on: Callable[[], bool] = ...) -> int:
        """Messages that were set aside and last came before a day: their bytes; how many."""


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
