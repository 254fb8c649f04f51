"""Whatever is tied, untied or vanishes, in any order: persons are what the ties that still stand hold together."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from collector.clocks import Placed
from collector.ledger.migrations import migrations
from collector.ledger.port import Stored, Taken
from collector.people.keeper import PeopleKeeper
from collector.people.sqlite_people import people_by, people_of, untie
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

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        migrations.apply(Database(connection))
        self.told = Told()
        self.keeper = PeopleKeeper([self.told])
        self.key = 0

    def take(self, data, *who: int) -> int:
        self.key += 1
        people = [each.to_bytes(16, "big") for each in who]
        event = Event(
            **{**_EVENT, "id": f"id-{self.key}", "seq": self.key, "data": data},
        )
        row = (self.key, "cho-1", "s" * 32, self.key, event.id, event.type, 0, 0)
        self.connection.execute(
            "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL, NULL, NULL, '{}', x'', NULL,"
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


@settings(max_examples=150, deadline=None)
@given(steps)
def test_persons_are_what_the_standing_ties_hold_together(done) -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        village = Village(connection)
        left: dict[int, tuple[bool, tuple[int, ...]]] = {}
        undone: set[int] = set()
        for what, about in done:
            match what:
                case "declare":
                    left[village.take(DECLARATION, *about)] = (True, about)
                case "visit":
                    left[village.take(VISIT, *about)] = (False, about)
                case "untie":
                    untie(connection, [about], [village.told], NOW)
                    undone.add(about) if about in left else None
                case "vanish":
                    take_away(connection, [about], [village.told], NOW)
                    left.pop(about, None)
            assert village.persons() == by_force(left, undone)
            assert village.told.people == dict(people_of(connection, list(left)))


def test_a_number_is_never_given_twice() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        village = Village(connection)
        take_away(connection, [village.take(VISIT, 1)], [], NOW)
        village.take(VISIT, 2)
        assert village.by(2) == [2]


def test_two_numbers_in_one_visit_are_both_found_and_tie_nobody() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        village = Village(connection)
        village.take(VISIT, 1, 2)
        assert village.persons() == {frozenset({1}), frozenset({2})}
        assert 1 in village.by(2)
        assert village.told.people == {1: 1}


def test_who_was_tied_by_mistake_is_two_again_and_their_visits_go_with_them() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        village = Village(connection)
        first, second = village.take(VISIT, 1), village.take(VISIT, 2)
        mistake = village.take(DECLARATION, 1, 2)
        assert village.told.people[first] == village.told.people[second]
        assert untie(connection, [mistake], [village.told], NOW) == 1
        assert village.told.people[first] != village.told.people[second]
