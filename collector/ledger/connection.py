"""What the rules of a ledger need of a database: statements with `?` for each value, as both stores understand them.

Their SQL is the part that SQLite and PostgreSQL share: conflicts name their columns, `coalesce` and `CASE` instead of
what only one of them has.
"""

from collections.abc import Iterable, Iterator, Sequence
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


def columns(types: Sequence[str], rows: Iterable[Sequence[str | int]]) -> list[str]:
    """The same rows, column by column: one text each, which a driver need not look into. No value holds a line break:
    they are numbers and ids of the contract."""
    found = ["\n".join(map(str, each)) for each in zip(*rows, strict=True)]
    return found or [""] * len(types)
