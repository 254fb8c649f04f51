"""What the stays in the ledger's file answer, each time on a connection that can only read."""

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Self

from collector.errors import LedgerError
from collector.ledger.sqlite_ledger import name_of
from collector.people import ties
from collector.tracing.first import OtherRow
from collector.tracing.stays import MAX_STAY_S, Stay

_BUSY_TIMEOUT_S = 5.0

_OWN = """
    SELECT venue, tin, tout, rule, seen_in, event, width_s FROM stay
    WHERE person = ? AND tin >= ? AND tin < ? ORDER BY tin
"""
_OTHERS = """
    SELECT person, tin, tout, rule, seen_in, width_s FROM stay
    WHERE venue = ? AND tin > ? AND tin < ? AND tout > ?
"""
_CHANGES = """
    SELECT number, is_new, venue, person, tin, tout FROM stay_change WHERE number > ?
    ORDER BY number LIMIT ?
"""


class Change(NamedTuple):
    """A stay that came (`is_new`) or went."""

    number: int
    is_new: bool
    venue: int
    person: int
    tin: int
    tout: int


class StayChange(NamedTuple):
    """The same, with all that is known of the stay."""

    is_new: bool
    person: int
    stay: Stay

    @property
    def other(self) -> OtherRow:
        _, tin, tout, rule, seen_in, _, width_s = self.stay
        return self.person, tin, tout, rule, int(seen_in), width_s


class Traces:
    """For one thread; keeps its connection between questions, for a page of the file read once stays warm."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        if not self._path.exists():
            raise LedgerError(f"there is no ledger {self._path}: `collector serve` makes it")
        with self._told():
            self._connection = sqlite3.connect(
                f"{self._path.absolute().as_uri()}?mode=ro", uri=True, timeout=_BUSY_TIMEOUT_S
            )
        return self

    def __exit__(self, *_: object) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """What is asked in this block is asked of one moment."""
        with self._told():
            self._open.execute("BEGIN")
        try:
            yield
        finally:
            self._open.rollback()

    def people_by(self, pseudonyms: Sequence[bytes]) -> Sequence[int]:
        """Whom these name, of those who were ever seen."""
        with self._told():
            return ties.people_by(self._open, pseudonyms)

    def own(self, person: int, begin_s: int, end_s: int) -> list[Stay]:
        """The stays of a person that begin in [begin_s, end_s), in order."""
        with self._told():
            rows = self._open.execute(_OWN, (person, begin_s, end_s))
            return [Stay._make(row) for row in rows]

    def others(self, stay: Stay) -> list[OtherRow]:
        """All stays that overlap this one at its venue, by their beginning, its own among them."""
        with self._told():
            near = (stay.venue, stay.tin - MAX_STAY_S, stay.tout, stay.tin)
            return self._open.execute(_OTHERS, near).fetchall()

    def venue_names(self, numbers: Iterable[int]) -> Mapping[int, str]:
        """Of these places: the registry's id, or `kiosk:ID` where there is none."""
        sql = "SELECT number, name FROM trace_venue WHERE number = ?"
        with self._told():
            return dict(self._open.execute(sql, (number,)).fetchone() for number in set(numbers))

    def scans_by_hour(self, venue: int, begin_s: int, end_s: int) -> Mapping[int, int]:
        """How many stays begin there in each hour after `begin_s`; hours without any are left out."""
        sql = (
            "SELECT (tin - ?) / 3600, count(*) FROM stay"
            " WHERE venue = ? AND tin >= ? AND tin < ? GROUP BY 1"
        )
        with self._told():
            return dict(self._open.execute(sql, (begin_s, venue, begin_s, end_s)))

    def unsure_scans(self, venue: int, begin_s: int, end_s: int) -> int:
        """Of these, how many have a clock that nobody can vouch for."""
        sql = (
            "SELECT count(*) FROM stay WHERE venue = ? AND tin >= ? AND tin < ? AND width_s IS NULL"
        )
        with self._told():
            return int(self._open.execute(sql, (venue, begin_s, end_s)).fetchone()[0])

    def people(self) -> int:
        """How many have ever been seen."""
        with self._told():
            sql = "SELECT count(*) FROM (SELECT DISTINCT person FROM stay)"
            return int(self._open.execute(sql).fetchone()[0])

    def stays(self) -> Iterator[Sequence[tuple[int, int, int, int]]]:
        """All of them as (venue, tin, person, tout), by venue and beginning, in pieces."""
        with self._told():
            cursor = self._open.execute("SELECT venue, tin, person, tout FROM stay")
            while rows := cursor.fetchmany(100_000):
                yield rows

    def changes(self, after: int, most: int) -> list[Change]:
        """In the order in which they were made."""
        with self._told():
            return [Change._make(row) for row in self._open.execute(_CHANGES, (after, most))]

    def changes_of_people(self, people: Sequence[int], after: int) -> list[StayChange]:
        return [each for who in people for each in self._stay_changes("person = ?", (who, after))]

    def changes_at(self, venue: int, begin_s: int, end_s: int, after: int) -> list[StayChange]:
        """Of stays there that begin in (begin_s, end_s)."""
        return self._stay_changes(
            "venue = ? AND tin > ? AND tin < ?", (venue, begin_s, end_s, after)
        )

    def _stay_changes(self, where: str, values: tuple[int, ...]) -> list[StayChange]:
        sql = f"""
            SELECT is_new, person, venue, tin, tout, rule, seen_in, event, width_s FROM stay_change
            WHERE {where} AND number > ? ORDER BY number
        """  # noqa: S608 - our own words
        with self._told():
            return [
                StayChange(bool(is_new), person, Stay._make(row))
                for is_new, person, *row in self._open.execute(sql, values)
            ]

    def changes_span(self) -> tuple[int, int]:
        """The number of the oldest change that is still known, and of the newest; (1, 0) when there are none."""
        with self._told():
            oldest, newest = self._open.execute(
                "SELECT (SELECT min(number) FROM stay_change), "
                "(SELECT seq FROM sqlite_sequence WHERE name = 'stay_change')"
            ).fetchone()
            newest = newest or 0
            return (newest + 1 if oldest is None else oldest), newest

    @property
    def _open(self) -> sqlite3.Connection:
        assert self._connection is not None  # noqa: S101 - a mistake of the caller
        return self._connection

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise LedgerError(
                f"the ledger {self._path} cannot be read ({name_of(error)})"
            ) from error
