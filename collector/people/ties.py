"""Which pseudonyms are one person; in a transaction of the caller's, on either store (collector.people.port.Tables).

Persons are what ties hold together. Two that are tied become the older number; a tie that is undone, or whose
declaration is no more, has only its own person looked at again. A number is never given twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from collector.days import ms_of
from collector.ledger.connection import Connection
from collector.ledger.port import Follower
from collector.people.components import components
from collector.people.port import Tables

_NUMBER = "SELECT person FROM person WHERE pseudonym = ?"
_TIES_OF_PERSON = """
    SELECT a, b FROM person JOIN tie ON tie.a = person.pseudonym
    WHERE person.person = ? AND undone_ms IS NULL
"""
_PERSON_OF_EVENT = """
    SELECT min(person) FROM person_key JOIN person USING (pseudonym) WHERE event = ?
"""


def people_of(connection: Connection, events: Sequence[int]) -> Mapping[int, int]:
    """Which person each of these events (keys) is of; events of nobody are left out. A visit by two identifiers that
    nothing ties is of whoever is known longer."""
    found = ((key, connection.execute(_PERSON_OF_EVENT, [key]).fetchone()[0]) for key in events)
    return {key: person for key, person in found if person is not None}


def people_by(connection: Connection, pseudonyms: Iterable[bytes]) -> list[int]:
    """The people who were seen under any of these, or are tied to them."""
    found: set[int] = set()
    for who in pseudonyms:
        found.update(row[0] for row in connection.execute(_NUMBER, [who]))
        found.update(people_of(connection, events_of(connection, [who])).values())
    return sorted(found)


def events_of(connection: Connection, pseudonyms: Iterable[bytes]) -> list[int]:
    find = "SELECT event FROM person_key WHERE pseudonym = ?"
    return sorted({row[0] for who in pseudonyms for row in connection.execute(find, [who])})


def members_of(connection: Connection, people: Iterable[int]) -> list[bytes]:
    """All pseudonyms of these people."""
    find = "SELECT pseudonym FROM person WHERE person = ?"
    return [row[0] for person in people for row in connection.execute(find, [person])]


def events_of_people(connection: Connection, people: Iterable[int]) -> list[int]:
    """Those under any identifier of these people: what a search by it would find."""
    return events_of(connection, members_of(connection, people))


def untie(
    tables: Tables,
    connection: Connection,
    events: Sequence[int],
    others: Sequence[Follower],
    now: datetime,
) -> int:
    """Undo what these declarations have tied; how many ties."""
    tables.hold(connection, alone=True)
    undo = "UPDATE tie SET undone_ms = ? WHERE event = ? AND undone_ms IS NULL RETURNING a"
    ends = [
        row[0] for key in events for row in connection.execute(undo, [ms_of(now), key]).fetchall()
    ]
    tell(connection, others, events_of(connection, part(tables, connection, ends)), now)
    return len(ends)


def part(tables: Tables, connection: Connection, ends: Iterable[bytes]) -> list[bytes]:
    """Look again at the people of these, of whom ties have gone. Whose number has changed."""
    found = {row[0] for who in ends for row in connection.execute(_NUMBER, [who])}
    changed: list[bytes] = []
    for person in sorted(found):
        members = members_of(connection, [person])
        _, *others = components(members, connection.execute(_TIES_OF_PERSON, [person]))
        for each, number in zip(others, tables.numbers(connection, len(others)), strict=True):
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


def join(connection: Connection, a: bytes, b: bytes) -> list[bytes]:
    """Whose number has changed."""
    older, newer = sorted(connection.execute(_NUMBER, [who]).fetchone()[0] for who in (a, b))
    if older == newer:
        return []
    change = "UPDATE person SET person = ? WHERE person = ? RETURNING pseudonym"
    return [row[0] for row in connection.execute(change, [older, newer]).fetchall()]
