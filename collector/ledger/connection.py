"""What the rules of a ledger need of a database: statements with `?` for each value, as both stores understand them.

Their SQL is the part that SQLite and PostgreSQL share: conflicts name their columns, `coalesce` and `CASE` instead of
what only one of them has.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Protocol


class Rows(Protocol):
    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...

    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """Of one transaction, which the caller begins and ends."""

    def execute(self, sql: str, values: Sequence[Any] = ..., /) -> Rows: ...

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]], /) -> object: ...


def rows_of(wanted: Collection[Sequence[Any]]) -> tuple[str, list[Any]]:
    """What stands after IN for these rows, which are not none, and its values."""
    width = len(next(iter(wanted)))
    row = f"({', '.join('?' * width)})"
    return f"(VALUES {', '.join([row] * len(wanted))})", [
        value for each in wanted for value in each
    ]
