"""What a ledger takes and what it can be asked, whatever database stands behind it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any, Protocol

from collector.clocks import Placed
from kiosk.wire.events import Event
from kiosk.wire.health import Health
from kiosk.wire.receipts import Receipt
from kiosk.wire.status import Status
from kiosk.wire.topics import Channel

# ---- what comes in


class Link(IntEnum):
    """What became of the part that says by which identifiers a person is known. The numbers stand in the ledger."""

    NONE = 0  # there is none
    OPENED = 1  # turned into pseudonyms and thrown away
    UNOPENED = 2  # no key opened it: kept as it came


@dataclass(frozen=True, slots=True)
class Taken:
    """An event that keeps the contract, and its bytes. Its kiosk is that of the topic, which the broker has checked.

    `kept` is what is stored instead of the bytes once `link` was opened; `people` are the pseudonyms it has become.
    """

    event: Event
    payload: bytes
    link: Link = Link.NONE
    people: Sequence[bytes] = ()
    kept: bytes = b""


@dataclass(frozen=True, slots=True)
class Poison:
    """A message that does not keep the contract. With `stream` and `seq`, when it tells that much, it can be receipted:
    otherwise its kiosk would send it for ever."""

    kiosk: str
    channel: Channel
    reason: str
    payload: bytes
    stream: str = ""
    seq: int = 0


@dataclass(frozen=True, slots=True)
class SwornHead:
    """The last event of a stream, as its kiosk tells it: `hash` is that of event `seq`. Not `is_sworn` when the kiosk's
    own signature is not under it: that is only counted."""

    kiosk: str
    stream: str
    seq: int
    hash: bytes
    is_sworn: bool = True


@dataclass(frozen=True, slots=True)
class Batch:
    """What is committed in one transaction. Statuses and health messages come with their kiosk."""

    events: Sequence[Taken] = ()
    poison: Sequence[Poison] = ()
    statuses: Sequence[tuple[str, Status]] = ()
    health: Sequence[tuple[str, Health]] = ()
    heads: Sequence[SwornHead] = ()


@dataclass(frozen=True, slots=True)
class Due:
    """A receipt that may be sent now, and to whom."""

    kiosk: str
    receipt: Receipt


class Ledger(Protocol):
    """For the one thread that writes."""

    @property
    def largest_batch(self) -> int:
        """How many messages a commit should take at most."""

    def open(self) -> None:
        """Raise LedgerError with the remedy."""

    def close(self) -> None:
        """May be called twice."""

    def commit(self, batch: Batch, now: datetime) -> Sequence[Due]:
        """All of the batch, in one transaction that is on the disk when this returns, and the receipts this allows.
        Repeats and poison earn one too, and so does a kiosk that has come online. Raise LedgerError when nothing of
        it is stored."""

    def tidy(self) -> bool:
        """A bounded piece of what commits have left to be done later; True when there is more. Raise LedgerError."""


# ---- who follows what is stored


@dataclass(frozen=True, slots=True)
class Stored:
    """An event that this transaction has stored, under which key, and where it lies in time. Repeats are none."""

    key: int
    taken: Taken
    placed: Placed


@dataclass(frozen=True, slots=True)
class Moved:
    """An event that was stored before and now lies elsewhere in time, or is known better."""

    key: int
    before: Placed
    placed: Placed


class Follower(Protocol):
    """What is derived from events in the ledger's own transaction: it stands with them or falls with them.

    Called in the order of the ledger's list, after the events are in their tables. `connection` is that of the
    ledger's database; a follower writes its own tables and never begins, commits or rolls back. What it raises undoes
    the batch.
    """

    def stored(self, connection: Any, events: Sequence[Stored], now: datetime) -> None: ...

    def moved(self, connection: Any, events: Sequence[Moved], now: datetime) -> None: ...

    def people_changed(self, connection: Any, events: Sequence[int], now: datetime) -> None:
        """These events (keys) are now of another person, or of nobody: two were joined, parted or erased."""


# ---- what can be asked


@dataclass(frozen=True, slots=True)
class KioskState:
    """One kiosk as the office page shows it. Times are UTC; None is "never heard"."""

    kiosk: str
    online: bool | None = None
    status_at: datetime | None = None
    waiting: int | None = None  # rows it still has to send, by its last health message
    storage: str = ""  # "ok", or the fault of its disk
    release: str = ""  # of the program that it runs, by its last health message
    last_visit_at: datetime | None = None
    last_event_at: datetime | None = None  # when it was received
    visits: int = 0  # since the beginning
    today: Mapping[str, int] = field(
        default_factory=dict
    )  # visits of the day asked for, by verdict
    repeats: int = 0
    missing: int = 0  # numbers below the highest that have not arrived
    breaks: int = 0  # events that do not follow the one before, or are not what the kiosk has sworn
    quarantined: int = 0


@dataclass(frozen=True, slots=True)
class Arrival:
    """One visit as the office page lists it."""

    id: str
    kiosk: str
    at: datetime
    received_at: datetime
    verdict: str
    reason: str
    direction: str
    code: str


@dataclass(frozen=True, slots=True)
class PassedOfDay:
    """Of those whom a kiosk let in, as far as its light barrier has told: how many went in, how many turned back."""

    went_in: int
    turned_back: int


@dataclass(frozen=True, slots=True)
class CommandAnswer:
    """What a kiosk says to a command: `command_done` or `command_refused`, and why."""

    notice: str
    reason: str
    diagnostics: str = ""


@dataclass(frozen=True, slots=True)
class MissingRange:
    """Numbers of one stream, both ends included, that have not arrived although a higher one has. `lost` when that
    stream ended in damage at the kiosk: they will hardly come."""

    stream: str
    first: int
    last: int
    lost: bool = False


@dataclass(frozen=True, slots=True)
class ChainBreak:
    """Event `seq` of a stream does not carry the hash of the one before it: one of the two was altered. `sworn` when it
    is not the event that its kiosk had sworn to."""

    stream: str
    seq: int
    sworn: bool = False


@dataclass(frozen=True, slots=True)
class KioskCheck:
    kiosk: str
    events: int
    visits: int
    by_verdict: Mapping[str, int]
    streams: int
    repeats: int
    missing: Sequence[MissingRange]
    breaks: Sequence[ChainBreak]
    quarantined: Mapping[str, int]  # by reason
    unopened: int  # events whose `link` no key has opened
    to_come: int  # events beyond the highest that the kiosk has sworn to
    refused_heads: int  # ends of a stream without a good signature


@dataclass(frozen=True, slots=True)
class LedgerCheck:
    """`faults` is empty when what is counted along the way equals a full recount and the file is sound."""

    kiosks: Sequence[KioskCheck]
    faults: Sequence[str]

    @property
    def is_whole(self) -> bool:
        return not self.faults and not any(kiosk.missing or kiosk.breaks for kiosk in self.kiosks)


@dataclass(frozen=True, slots=True)
class Totals:
    """Of the whole ledger, for whoever watches over it."""

    quarantined: int  # distinct messages
    streams: int
    streams_with_gaps: int
    missing: int  # numbers
    size_bytes: int


class Answers(Protocol):
    """For any thread and any process, while another writes. All raise LedgerError when there is no ledger to ask."""

    def kiosks(self, day: int) -> list[KioskState]:
        """All that were ever heard, by name; `day` as `collector.days` counts them."""

    def latest(self, count: int) -> list[Arrival]:
        """The visits that came in last, newest first."""

    def events(self, kiosk: str) -> Iterator[dict[str, Any]]:
        """All events of a kiosk: streams as they began, each in the order of its numbers."""

    def newest(self) -> int:
        """The key of the event that came in last, 0 when there is none."""

    def answer_to(self, kiosk: str, command_id: str, after: int) -> CommandAnswer | None:
        """What came in after the event with key `after`; None while there is nothing."""

    def passed(self, kiosk: str, day: int) -> PassedOfDay | None:
        """None where no light barrier has told anything on that day."""

    def totals(self) -> Totals:
        """Cheap enough to be asked every few seconds."""

    def check(self) -> LedgerCheck:
        """Counts everything anew."""
