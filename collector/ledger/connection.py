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
    return f"(SELECT * FROM unnest({', '.join(f'?::{each}[]' for each in types)}))"  # noqa: S608 - our own words


def columns(types: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    """The same rows, column by column."""
    return [list(each) for each in zip(*rows, strict=True)] or [[] for _ in types]
