"""What a case is, what is released for it, and what the store and the ledger are asked."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from collector.errors import CollectorError
from kiosk.privacy.sealing import Context
from kiosk.wire.data import Sealed


class CasesError(CollectorError):
    """The cases cannot be had, or what was asked for may not be. Nothing was changed."""


class CaseState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Period:
    """Days of Asia/Ho_Chi_Minh, both included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Case:
    """`title` and `reason` hold no names; `people` are the ledger's numbers of persons."""

    id: str
    title: str
    reason: str
    period: Period
    opened_by: str
    opened_at: datetime
    closed_at: datetime | None = None
    people: tuple[int, ...] = ()

    @property
    def state(self) -> CaseState:
        return CaseState.OPEN if self.closed_at is None else CaseState.CLOSED


class ReleaseState(StrEnum):
    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    MADE = "made"  # the bundle has been handed out


@dataclass(frozen=True, slots=True)
class Approval:
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Opening:
    """What an officer's machine says of a bundle that was opened there: counts, nobody's contact."""

    id: str
    release: str
    at: datetime
    opened: int
    unopened: int


@dataclass(frozen=True, slots=True)
class Release:
    """The contacts that somebody asks for: of these people within the case's period, and of these events."""

    id: str
    case: str
    asked_by: str
    asked_at: datetime
    reason: str
    needs: int  # approvals of others
    people: tuple[int, ...]
    events: tuple[str, ...]
    approvals: tuple[Approval, ...] = ()
    refused_by: str = ""
    made_at: datetime | None = None
    contacts: int = 0  # in the bundle
    openings: tuple[Opening, ...] = ()

    @property
    def state(self) -> ReleaseState:
        if self.refused_by:
            return ReleaseState.REFUSED
        if self.made_at is not None:
            return ReleaseState.MADE
        is_approved = len(self.approvals) >= self.needs
        return ReleaseState.APPROVED if is_approved else ReleaseState.ASKED


class Cases(Protocol):
    """For any thread. All raise CasesError."""

    def cases(self) -> Sequence[Case]:
        """Newest first."""

    def case(self, case: str) -> Case | None: ...

    def open(self, title: str, reason: str, period: Period, who: str, now: datetime) -> Case: ...

    def close(self, case: str, now: datetime) -> None: ...

    def add_people(self, case: str, people: Sequence[int]) -> None:
        """Those who are in it already stay once."""

    def seen(self, case: str) -> int | None:
        """Up to which change of the ledger's stays its contacts were looked at; None for never."""

    def see(self, case: str, stay_change: int) -> None: ...

    def releases(self, case: str) -> Sequence[Release]:
        """Newest first."""

    def release(self, release: str) -> Release | None: ...

    def ask(self, release: Release) -> None: ...

    def approve(self, release: str, who: str, now: datetime) -> Release:
        """Refused to whoever has asked, and to whoever has approved already."""

    def refuse(self, release: str, who: str) -> None: ...

    def made(self, release: str, contacts: int, now: datetime) -> None: ...

    def opened(self, opening: Opening) -> None:
        """Refused when it is known already."""


# ---- what the ledger holds


@dataclass(frozen=True, slots=True)
class Held:
    """An event of the ledger that has a sealed contact. `message` is the event as it is kept."""

    context: Context
    at: datetime
    type: str
    person: int | None
    message: bytes


class SealedEvents(Protocol):
    """All raise LedgerError when there is no ledger to ask."""

    def of(
        self, people: Sequence[int], period: Period, events: Sequence[str]
    ) -> Iterator[Held]: ...


class NotUnwrapped(CollectorError):
    """This contact cannot be taken out of its day's wrapping: `reason` is a word for the bundle."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"a contact is not unwrapped ({reason})")
        self.reason = reason


Unwrap = Callable[[Held], Sealed]
"""The contact as its kiosk has sealed it, to the tracing key. Whoever keeps the days' keys does it. Raises NotUnwrapped
for this one event, another CollectorError when nobody can be asked."""
