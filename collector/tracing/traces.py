"""What the stays in the ledger answer, in either store."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import NamedTuple, Self

from collector.ledger.connection import Asking, Reader
from collector.people import ties
from collector.tracing.first import OtherRow
from collector.tracing.stays import MAX_STAY_S, Stay

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
    """For one thread; keeps its connection between questions, for a page of the ledger read once stays warm. What goes
    wrong is raised as LedgerError at its end."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._stack = ExitStack()
        self._asking: Asking | None = None

    def __enter__(self) -> Self:
        self._asking = self._stack.enter_context(self._reader.connected())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._asking = None
        self._stack.__exit__(kind, error, where)

    def snapshot(self) -> AbstractContextManager[object]:
        """What is asked in this block is asked of one moment."""
        return self._open.snapshot()

    def people_by(self, pseudonyms: Sequence[bytes]) -> Sequence[int]:
        """Whom these name, of those who were ever seen."""
        return ties.people_by(self._open, pseudonyms)

    def own(self, people: Iterable[int], begin_s: int, end_s: int) -> list[Stay]:
        """The stays of these people that begin in [begin_s, end_s), in order."""
        found = self._open.each(_OWN, [(person, begin_s, end_s) for person in people])
        stays = [Stay._make(row) for rows in found for row in rows]
        return sorted(stays, key=lambda stay: stay.tin)

    def others(self, stays: Iterable[Stay]) -> Sequence[Sequence[OtherRow]]:
        """Of each of these, all stays that overlap it at its venue, by their beginning, its own among them."""
        near = [(stay.venue, stay.tin - MAX_STAY_S, stay.tout, stay.tin) for stay in stays]
        return self._open.each(_OTHERS, near)

    def venue_names(self, numbers: Iterable[int]) -> Mapping[int, str]:
        """Of these places: the registry's id, or `kiosk:ID` where there is none."""
        asked = [(number,) for number in set(numbers)]
        found = self._open.each("SELECT number, name FROM trace_venue WHERE number = ?", asked)
        return dict(row for rows in found for row in rows)

    def scans_by_hour(self, venue: int, begin_s: int, end_s: int) -> Mapping[int, int]:
        """How many stays begin there in each hour after `begin_s`; hours without any are left out."""
        sql = (
            "SELECT (tin - ?) / 3600, count(*) FROM stay"
            " WHERE venue = ? AND tin >= ? AND tin < ? GROUP BY 1"
        )
        return dict(self._open.execute(sql, (begin_s, venue, begin_s, end_s)).fetchall())

    def unsure_scans(self, venue: int, begin_s: int, end_s: int) -> int:
        """Of these, how many have a clock that nobody can vouch for."""
        sql = (
            "SELECT count(*) FROM stay WHERE venue = ? AND tin >= ? AND tin < ? AND width_s IS NULL"
        )
        return int(self._open.execute(sql, (venue, begin_s, end_s)).fetchone()[0])

    def people(self) -> int:
        """How many have ever been seen."""
        sql = "SELECT count(*) FROM (SELECT DISTINCT person FROM stay) AS seen"
        return int(self._open.execute(sql).fetchone()[0])

    def stays(self) -> Iterator[Sequence[tuple[int, int, int, int]]]:
        """All of them as (venue, tin, person, tout), in pieces; within a snapshot."""
        return self._open.pieces("SELECT venue, tin, person, tout FROM stay", 100_000)

    def changes(self, after: int, most: int) -> list[Change]:
        """In the order in which they were made."""
        return [Change._make(row) for row in self._open.execute(_CHANGES, (after, most)).fetchall()]

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
        return [
            StayChange(bool(is_new), person, Stay._make(row))
            for is_new, person, *row in self._open.execute(sql, values).fetchall()
        ]

    def changes_span(self) -> tuple[int, int]:
        """The number of the oldest change that is still known, and of the newest; (1, 0) when there are none."""
        sql = f"SELECT (SELECT min(number) FROM stay_change), ({self._open.last_number})"  # noqa: S608 - our own words
        oldest, newest = self._open.execute(sql, ["stay_change"]).fetchone()
        newest = newest or 0
        return (newest + 1 if oldest is None else oldest), newest

    @property
    def _open(self) -> Asking:
        assert self._asking is not None  # noqa: S101 - a mistake of the caller
        return self._asking
