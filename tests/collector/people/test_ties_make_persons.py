"""Whatever is tied, untied or vanishes, in any order: persons are what the ties that still stand hold together."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from collector.clocks import Placed
from collector.days import day_of, ms_of
from collector.ledger.connection import Connection
from collector.ledger.migrations import migrations
from collector.ledger.port import Stored, Taken
from collector.ledger.postgres_connection import Writing, connect
from collector.ledger.postgres_ledger import PostgresLedger
from collector.ledger.postgres_schema import first_key, make_partitions
from collector.people.keeper import PeopleKeeper
from collector.people.port import Tables
from collector.people.postgres_people import PostgresTables
from collector.people.sqlite_people import SqliteTables
from collector.people.ties import people_by, people_of, untie
from collector.people.vanishing import take_away
from kiosk.wire.data import DeclarationData, VisitData
from kiosk.wire.events import Event

NOW = datetime(2026, 11, 28, 1, 0, tzinfo=UTC)
VISIT = VisitData("accepted", "pass", "in", "cccd")
DECLARATION = DeclarationData("d", NOW, "kiosk_form", "none", 1)


@dataclass
class Told:
    """Hears of events that have changed hands, as those do who derive something from them."""

    people: dict[int, int] = field(default_factory=dict)

    def stored(self, connection, events, now) -> None:
        self.people.update(people_of(connection, [each.key for each in events]))

    def moved(self, connection, events, now) -> None:
        pass

    def people_changed(self, connection, events, now) -> None:
        for key in events:
            self.people.pop(key, None)
        self.people.update(people_of(connection, events))


class Village:
    """The tables of a ledger, and the keeper of its people, without kiosks."""

    def __init__(self, connection: Connection, tables: Tables, key: int = 0) -> None:
        """`key` is the one before the first."""
        self.connection = connection
        self.tables = tables
        self.told = Told()
        self.keeper = PeopleKeeper([self.told], tables)
        self.key = self.before = key

    def take(self, data, *who: int) -> int:
        self.key += 1
        people = [each.to_bytes(16, "big") for each in who]
        event = Event(
            **{**_EVENT, "id": f"id-{self.key}", "seq": self.key, "data": data},
        )
        row = (self.key, "cho-1", "s" * 32, self.key, event.id, event.type, 0, 0, b"")
        self.connection.execute(
            "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL, NULL, NULL, '{}', ?, NULL,"
            " NULL, 0, 0, 'ntp', NULL, 1)",
            row,
        )
        rows = [(each, self.key) for each in set(people)]
        self.connection.executemany("INSERT INTO person_key VALUES (?, ?)", rows)
        stored = [Stored(self.key, Taken(event, b"{}", people=people), Placed(0, "ntp", 0))]
        for follower in (self.keeper, self.told):
            follower.stored(self.connection, stored, NOW)
        return self.key

    def persons(self) -> set[frozenset[int]]:
        found: dict[int, set[int]] = {}
        for who, person in self.connection.execute("SELECT pseudonym, person FROM person"):
            found.setdefault(person, set()).add(int.from_bytes(who, "big"))
        return {frozenset(each) for each in found.values()}

    def by(self, who: int) -> list[int]:
        return people_by(self.connection, [who.to_bytes(16, "big")])

    def untie(self, key: int) -> int:
        return untie(self.tables, self.connection, [key], [self.told], NOW)

    def vanish(self, key: int) -> None:
        take_away(self.tables, self.connection, [key], [self.told], NOW)


NewVillage = Callable[[], AbstractContextManager[Village]]


@contextmanager
def in_a_file() -> Iterator[Village]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrations.apply(Database(connection))
        yield Village(connection, SqliteTables())


@pytest.fixture
def in_postgres(postgres_store: Any) -> NewVillage:
    """Each in a transaction of its own that is undone."""
    ledger = PostgresLedger(postgres_store.where)
    ledger.open()
    ledger.close()
    day = day_of(ms_of(NOW))

    @contextmanager
    def new() -> Iterator[Village]:
        with closing(connect(postgres_store.where)) as connection:
            make_partitions(connection, day)
            with connection.transaction(force_rollback=True):
                yield Village(Writing(connection), PostgresTables(), first_key(day))

    return new


@pytest.fixture(params=["sqlite", "postgresql"])
def village(request: pytest.FixtureRequest) -> Iterator[Village]:
    new: NewVillage = in_a_file
    if request.param == "postgresql":
        new = request.getfixturevalue("in_postgres")
    with new() as found:
        yield found


_EVENT = {
    "type": "vn.entrance.visit.v1",
    "kiosk": "cho-1",
    "stream": "s" * 32,
    "at": NOW,
    "boot_id": "0" * 32,
    "boottime_ns": 0,
    "time_quality": "ntp",
    "prev_hash": "",
}


def by_force(events: dict[int, tuple[bool, tuple[int, ...]]], undone: set[int]):
    """What persons there must be, from all events that are left."""
    groups = [{who} for _, people in events.values() for who in people]
    for key, (ties, people) in events.items():
        if not ties or key in undone or not people:
            continue
        joined = set().union(*(group for group in groups if group & set(people)))
        groups = [group for group in groups if not group & joined] + [joined]
    return {frozenset(group) for group in groups}


people = st.lists(st.integers(1, 6), max_size=4).map(tuple)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("declare"), people),
        st.tuples(st.just("visit"), people),
        st.tuples(st.just("untie"), st.integers(1, 12)),
        st.tuples(st.just("vanish"), st.integers(1, 12)),
    ),
    max_size=14,
)


def stays_right(village: Village, done: list[tuple[str, Any]]) -> None:
    left: dict[int, tuple[bool, tuple[int, ...]]] = {}
    undone: set[int] = set()
    for what, about in done:
        match what:
            case "declare":
                left[village.take(DECLARATION, *about)] = (True, about)
            case "visit":
                left[village.take(VISIT, *about)] = (False, about)
            case "untie":
                key = village.before + about
                village.untie(key)
                undone.update({key} & left.keys())
            case "vanish":
                village.vanish(village.before + about)
                left.pop(village.before + about, None)
        assert village.persons() == by_force(left, undone)
        assert village.told.people == dict(people_of(village.connection, list(left)))


@settings(max_examples=150, deadline=None)
@given(steps)
def test_persons_are_what_the_standing_ties_hold_together(done) -> None:
    with in_a_file() as village:
        stays_right(village, done)


def test_they_are_in_postgresql_too(in_postgres) -> None:
    @settings(max_examples=30, deadline=None)
    @given(steps)
    def in_any_order(done) -> None:
        with in_postgres() as village:
            stays_right(village, done)

    in_any_order()


def test_a_number_is_never_given_twice(village) -> None:
    key = village.take(VISIT, 1)
    (first,) = village.by(1)
    village.vanish(key)
    village.take(VISIT, 2)
    assert village.by(1) == []
    assert village.by(2) != [first]


def test_two_numbers_in_one_visit_are_both_found_and_tie_nobody(village) -> None:
    key = village.take(VISIT, 1, 2)
    assert village.persons() == {frozenset({1}), frozenset({2})}
    assert set(village.by(1)) <= set(village.by(2))
    assert village.told.people == {key: min(village.by(2))}


def test_who_was_tied_by_mistake_is_two_again_and_their_visits_go_with_them(village) -> None:
    first, second = village.take(VISIT, 1), village.take(VISIT, 2)
    mistake = village.take(DECLARATION, 1, 2)
    assert village.told.people[first] == village.told.people[second]
    assert village.untie(mistake) == 1
    assert village.told.people[first] != village.told.people[second]
