"""What the rules of a ledger need of a database: statements with `?` for each value, as both stores understand them.

Their SQL is the part that SQLite and PostgreSQL share: conflicts name their columns, `coalesce` and `CASE` instead of
what only one of them has.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol


class Rows(Protocol):
    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...

    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """Of one transaction, which the caller begins and ends."""

    def execute(self, sql: str, values: Sequence[Any] = ..., /) -> Rows: ...

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]], /) -> object: ...


def many(types: Sequence[str]) -> str:
    """A table of any number of rows, for a store where each question is a journey: one text, whatever their number, so
    that it is planned once. Its values are `columns`."""
    parts = ", ".join(f"string_to_array(?, E'\\n')::{each}[]" for each in types)
    return f"(SELECT * FROM unnest({parts}))"  # noqa: S608 - our own words


def columns(types: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """The same rows, column by column: one text each, which a driver need not look into. No value holds a line break:
    they are numbers and ids of the contract."""
    found = ["\n".join(map(str, each)) for each in zip(*rows, strict=True)]
    return found or [""] * len(types)


class Asking(Connection, Protocol):
    """A connection that can only read, each question for itself unless it is asked within `snapshot`."""

    last_number: str  # the question for the last number that a table has given, by its name

    def snapshot(self) -> AbstractContextManager[object]:
        """What is asked within is asked of one moment."""

    def together(self) -> AbstractContextManager[object]:
        """As collector.ledger.batch.EventTable.together."""

    def each(self, sql: str, rows: Sequence[Sequence[Any]], /) -> Sequence[Any]:
        """All rows of the answer for each of these values, at one go."""

    def pieces(self, sql: str, rows: int, /) -> Iterator[Sequence[Any]]:
        """An answer of any size, so many rows at a time; within a snapshot."""


class Reader(Protocol):
    """Where a ledger is read, from any thread and process, while another writes. Opens nothing until it is asked."""

    def connected(self) -> AbstractContextManager[Asking]:
        """For one thread. What goes wrong within, and that there is no ledger, is raised as LedgerError."""


@contextmanager
def reading(reader: Reader) -> Iterator[Asking]:
    """For one question or several, of one moment."""
    with reader.connected() as asking, asking.snapshot():
        yield asking
