"""Keeps who is one person, a declaration ties all identifiers of its `link`, a visit ties nothing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from collector.ledger.port import Follower, Moved, Stored
from collector.people.components import ties_of
from collector.people.port import Tables
from collector.people.sqlite_people import SqliteTables
from collector.people.ties import events_of, join, tell
from collector.people.vanishing import take_away
from kiosk.wire.data import DeclarationData

_TIE = "INSERT INTO tie VALUES (?, ?, ?, NULL) ON CONFLICT DO NOTHING"


class PeopleKeeper:
    """Implements collector.ledger.port.Follower. Stands before `others` in the ledger's list: they ask who an event is
    of, and hear from here of older events that have changed hands."""

    def __init__(
        self,
        others: Sequence[Follower] = (),
        tables: Tables = SqliteTables(),  # noqa: B008 - it holds nothing
    ) -> None:
        self._others = others
        self._tables = tables

    def stored(self, connection: Any, events: Sequence[Stored], now: datetime) -> None:
        people = {who for each in events for who in each.taken.people}
        ties = [
            (each.key, *tie)
            for each in events
            if isinstance(each.taken.event.data, DeclarationData)
            for tie in ties_of(each.taken.people)
        ]
        if people:
            # before anything is stored of them: whoever waits for whom is always the same
            self._tables.hold(connection, alone=bool(ties))
            self._tables.number_new(connection, people)
        connection.executemany(_TIE, ties)
        changed = [who for _, *tie in ties for who in join(connection, *tie)]
        if changed:
            told = set(events_of(connection, changed)) - {each.key for each in events}
            tell(connection, self._others, sorted(told), now)
        self._erase_again(connection, events, now)

    def _erase_again(self, connection: Any, events: Sequence[Stored], now: datetime) -> None:
        """What was erased before this ledger came back from a copy, and is sent again."""
        if connection.execute("SELECT 1 FROM to_erase LIMIT 1").fetchone() is None:
            return
        find = "SELECT 1 FROM to_erase WHERE kiosk = ? AND id = ?"
        keys = [
            each.key
            for each in events
            if connection.execute(find, [each.taken.event.kiosk, each.taken.event.id]).fetchone()
        ]
        if keys:
            take_away(self._tables, connection, keys, self._others, now)

    def moved(self, connection: Any, events: Sequence[Moved], now: datetime) -> None:
        pass  # when it was does not change who it was

    def people_changed(self, connection: Any, events: Sequence[int], now: datetime) -> None:
        pass  # whoever tells it has done it
