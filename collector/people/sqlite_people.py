"""Which pseudonyms are one person, in the ledger's file; in a transaction of the caller's.

Persons are what ties hold together. Two that are tied become the older number; a tie that is undone, or whose
declaration is no more, has only its own person looked at again. A number is never given twice.
"""

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from collector.days import ms_of
from collector.errors import LedgerError
from collector.ledger.port import Follower
from collector.people.components import components

_BUSY_TIMEOUT_S = 5.0
_NUMBER = "SELECT person FROM person WHERE pseudonym = ?"
_TIES_OF_PERSON = """
    SELECT a, b FROM person JOIN tie ON tie.a = person.pseudonym
    WHERE person.person = ? AND undone_ms IS NULL
"""
_PERSON_OF_EVENT = """
    SELECT min(person) FROM person_key JOIN person USING (pseudonym) WHERE event = ?
"""


def people_of(connection: sqlite3.Connection, events: Sequence[int]) -> Mapping[int, int]:
    """Which person each of these events (keys) is of; events of nobody are left out. A visit by two identifiers that
    nothing ties is of whoever is known longer."""
    found = ((key, connection.execute(_PERSON_OF_EVENT, [key]).fetchone()[0]) for key in events)
    return {key: person for key, person in found if person is not None}


def people_by(connection: sqlite3.Connection, pseudonyms: Iterable[bytes]) -> list[int]:
    """The people who were seen under any of these, or are tied to them."""
    found: set[int] = set()
    for who in pseudonyms:
        found.update(row[0] for row in connection.execute(_NUMBER, [who]))
        found.update(people_of(connection, events_of(connection, [who])).values())
    return sorted(found)


def people_known(ledger: Path, pseudonyms: Sequence[bytes]) -> Sequence[int]:
    """See `people_by`. Raise LedgerError when the ledger cannot be read."""
    with reading(ledger) as connection:
        return people_by(connection, pseudonyms)


@contextlib.contextmanager
def reading(ledger: Path) -> Iterator[sqlite3.Connection]:
    """As it stands at one moment. Raise LedgerError when there is none, or it cannot be read."""
    if not ledger.exists():
        raise LedgerError(f"there is no ledger {ledger}: `collector serve` makes it")
    try:
        address = f"{ledger.absolute().as_uri()}?mode=ro"
        with contextlib.closing(
            sqlite3.connect(address, uri=True, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
        ) as connection:
            connection.execute("BEGIN")
            yield connection
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", None) or type(error).__name__
        raise LedgerError(f"the ledger {ledger} cannot be read ({name})") from error


def events_of(connection: sqlite3.Connection, pseudonyms: Iterable[bytes]) -> list[int]:
    find = "SELECT event FROM person_key WHERE pseudonym = ?"
    return sorted({row[0] for who in pseudonyms for row in connection.execute(find, [who])})


def events_of_people(connection: sqlite3.Connection, people: Iterable[int]) -> list[int]:
    """Those under any identifier of these people: what a search by it would find."""
    find = "SELECT pseudonym FROM person WHERE person = ?"
    known = [row[0] for person in people for row in connection.execute(find, [person])]
    return events_of(connection, known)


def untie(
    connection: sqlite3.Connection, events: Sequence[int], others: Sequence[Follower], now: datetime
) -> int:
    """Undo what these declarations have tied; how many ties. In a transaction of the caller's."""
    undo = "UPDATE tie SET undone_ms = ? WHERE event = ? AND undone_ms IS NULL RETURNING a"
    ends = [
        row[0] for key in events for row in connection.execute(undo, [ms_of(now), key]).fetchall()
    ]
    tell(connection, others, events_of(connection, part(connection, ends)), now)
    return len(ends)


def part(connection: sqlite3.Connection, ends: Iterable[bytes]) -> list[bytes]:
    """Look again at the people of these, of whom ties have gone. Whose number has changed."""
    found = {row[0] for who in ends for row in connection.execute(_NUMBER, [who])}
    changed: list[bytes] = []
    for person in sorted(found):
        find = "SELECT pseudonym FROM person WHERE person = ?"
        members = [row[0] for row in connection.execute(find, [person])]
        _, *others = components(members, connection.execute(_TIES_OF_PERSON, [person]))
        for each, number in zip(others, _numbers(connection, len(others)), strict=True):
            rows = [(number, who) for who in each]
            connection.executemany("UPDATE person SET person = ? WHERE pseudonym = ?", rows)
            changed += each
    return changed


def tell(
    connection: Any, followers: Sequence[Follower], events: Sequence[int], now: datetime
) -> None:
    if events:
        for follower in followers:
            follower.people_changed(connection, events, now)


def number_new(connection: sqlite3.Connection, people: set[bytes]) -> None:
    """Those who have no number yet get one."""
    new = [who for who in sorted(people) if connection.execute(_NUMBER, [who]).fetchone() is None]
    rows = list(zip(new, _numbers(connection, len(new)), strict=True))
    connection.executemany("INSERT INTO person VALUES (?, ?)", rows)


def _numbers(connection: sqlite3.Connection, count: int) -> range:
    if not count:
        return range(0)
    take = "UPDATE person_number SET next = next + ? RETURNING next"
    (after,) = connection.execute(take, [count]).fetchall()[0]
    return range(after - count, after)


def join(connection: sqlite3.Connection, a: bytes, b: bytes) -> list[bytes]:
    """Whose number has changed."""
    older, newer = sorted(connection.execute(_NUMBER, [who]).fetchone()[0] for who in (a, b))
    if older == newer:
        return []
    change = "UPDATE person SET person = ? WHERE person = ? RETURNING pseudonym"
    return [row[0] for row in connection.execute(change, [older, newer]).fetchall()]
