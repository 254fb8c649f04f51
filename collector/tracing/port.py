"""What is asked of the tables of stays, whichever store they lie in."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias

from collector.ledger.connection import Connection
from collector.tracing.stays import Stay, Visit


class Reach(NamedTuple):
    """Which visits of a person can tell of those from `first_ms` to `last_ms`: back to the second scan before and on to
    the second behind that follow none, for such are scans whatever came before them; and within the outer bounds."""

    person: int
    first_ms: int
    last_ms: int
    earliest_ms: int
    latest_ms: int


class Around(NamedTuple):
    """Stays of a person that begin in [first_s, last_s], and come from these events."""

    person: int
    first_s: int
    last_s: int
    events: Sequence[int]


class Seen(NamedTuple):
    """A visit as its event tells it."""

    event: int
    kiosk: str
    id: str
    direction: str
    follows: str | None
    at_ms: int
    width_ms: int | None
    told: Any


StayRow: TypeAlias = tuple[Any, ...]  # the fields of a Stay, and the person
VisitRow: TypeAlias = tuple[Any, ...]  # the person, and the fields of a Visit


class StayTables(Protocol):
    """Where the two stores differ. All in a transaction of the caller's."""

    def hold(self, connection: Connection, people: Iterable[int]) -> None:
        """Until its end nobody else derives stays of these."""

    def numbers(self, connection: Connection, names: Iterable[str]) -> Mapping[str, int]:
        """Of these places; those that have none get one."""

    def add(self, connection: Connection, visits: Sequence[VisitRow]) -> None:
        """Those that are there already stay."""

    def move(
        self, connection: Connection, events: Sequence[tuple[int, int | None, int]]
    ) -> Mapping[int, int]:
        """To another time and width, by their keys: the person of each visit that is among them, held."""

    def take(
        self, connection: Connection, events: Sequence[int], people: Iterable[int]
    ) -> list[tuple[int, int, int]]:
        """Visits out of the table: person, time and event of each. These and the `people` they will be of are held."""

    def seen(self, connection: Connection, events: Sequence[int]) -> Iterable[Seen]:
        """Of those of these events that are visits."""

    def reached(self, connection: Connection, asked: Sequence[Reach]) -> Sequence[list[Visit]]:
        """For each what was asked for."""

    def known(self, connection: Connection, asked: Sequence[Around]) -> Sequence[set[Stay]]:
        """For each what was asked for."""

    def change(
        self, connection: Connection, gone: Sequence[StayRow], new: Sequence[StayRow], now_ms: int
    ) -> None:
        """Take these rows away, add those, and note both."""
