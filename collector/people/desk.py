"""What a person may ask about their own data: what page and command both do. Each act is in the audit before it is
done; nothing sealed is opened."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from collector.days import ZONE, at_ms, ms_of
from collector.ledger.connection import Connection
from collector.ledger.port import Follower
from collector.people.port import (
    Erased,
    OnRecord,
    PeopleError,
    PeopleStore,
    PseudonymsOf,
    Request,
    Wish,
)
from collector.people.sqlite_requests import SqliteRequests
from collector.people.ties import events_of_people, members_of, people_by, untie
from collector.people.vanishing import PIECE, take_away

Note = Callable[[str, str, Mapping[str, str]], None]
MAX_REMARK = 300
_EVENT = """
    SELECT key, id, kiosk, type, placed_ms, coalesce(verdict, ''), coalesce(reason, ''), coalesce(direction, ''),
           coalesce((SELECT said FROM remark WHERE event = key), ''),
           (SELECT count(*) FROM tie WHERE event = key AND undone_ms IS NULL)
    FROM event WHERE key = ?
"""
_REMARK = """
    INSERT INTO remark VALUES (?, ?, ?)
    ON CONFLICT (event) DO UPDATE SET said = excluded.said, at_ms = excluded.at_ms
"""


@dataclass(frozen=True, slots=True)
class PeopleDesk:
    """`place` is what people call the venue of a kiosk. Whoever asks has asked `pseudonyms_of` before. `withdraw` takes
    back the tags by which kiosks know somebody today; it raises CollectorError when that cannot be done."""

    store: PeopleStore
    pseudonyms_of: PseudonymsOf
    withdraw: Callable[[Sequence[bytes]], None]
    requests: SqliteRequests
    note: Note
    others: Sequence[Follower]
    place: Callable[[str], str]
    now: Callable[[], datetime]

    def ask(self, who: str, wish: Wish, pseudonyms: Sequence[bytes], at: datetime) -> Request:
        """Keep that somebody has asked; it is due in two working days."""
        about = _about(pseudonyms)
        self.note(who, "person_asked", {"wish": wish, "about": about})
        return self.requests.ask(wish, about, at, who)

    def overdue(self) -> Sequence[Request]:
        today = self.now().astimezone(ZONE).date()
        return [each for each in self.requests.requests() if each.is_overdue(today)]

    def today(self) -> date:
        return self.now().astimezone(ZONE).date()

    def done(self, who: str, number: int) -> None:
        self.note(who, "person_answered", {"request": str(number)})
        self.requests.done(number, self.now())

    def show(self, who: str, pseudonyms: Sequence[bytes]) -> Sequence[OnRecord]:
        """All that is on record, newest first."""
        with self.store.reading() as db:
            keys = events_of_people(db, people_by(db, pseudonyms))
            found = [row for key in keys for row in db.execute(_EVENT, [key])]
        self.note(who, "person_shown", {"about": _about(pseudonyms), "events": str(len(found))})
        records = [_record(*row) for row in found]
        return sorted(records, key=lambda each: (each.at, each.key), reverse=True)

    def correct(
        self, who: str, pseudonyms: Sequence[bytes], event: str, remark: str, *, part: bool
    ) -> None:
        """Write a remark beside one event of theirs, or `part` what it has tied. Raise PeopleError when it is none."""
        remark = " ".join(remark.split())
        if len(remark) > MAX_REMARK or not (remark or part):
            raise PeopleError(f"say what is right, in {MAX_REMARK} characters at most")
        with self.store.reading() as db:
            keys = self._of(db, pseudonyms)
        if event not in keys:
            raise PeopleError("this person has no such event on record")
        how = "parted" if part else "remark"
        about = {"about": _about(pseudonyms), "event": event, "how": how}
        self.note(who, "person_corrected", about)
        with self.store.changing() as db:
            if remark:
                db.execute(_REMARK, [keys[event], remark, ms_of(self.now())])
            if part:
                untie(self.store, db, [keys[event]], self.others, self.now())

    def erase(self, who: str, pseudonyms: Sequence[bytes]) -> int:
        """Everything of theirs; how many events. They stay erased when the ledger comes back from an older copy. First
        of all no kiosk takes them for declared any more: when that cannot be had, nothing is erased."""
        with self.store.reading() as db:
            people = people_by(db, pseudonyms)
            members = members_of(db, people)
            keys = events_of_people(db, people)
            find = "SELECT kiosk, id FROM event WHERE key = ?"
            events = [Erased(*row) for key in keys for row in db.execute(find, [key])]
        about = {"about": _about(pseudonyms), "events": str(len(keys))}
        self.note(who, "person_erased", about)
        self.withdraw(sorted({*members, *pseudonyms}))
        self.requests.erase(events, self.now())
        for at in range(0, len(keys), PIECE):
            with self.store.changing() as db:
                piece = keys[at : at + PIECE]
                take_away(self.store, db, piece, self.others, self.now())
                self.store.forget_stays(db, piece)
        self.store.clean(keys)
        return len(keys)

    def _of(self, db: Connection, pseudonyms: Sequence[bytes]) -> Mapping[str, int]:
        keys = events_of_people(db, people_by(db, pseudonyms))
        find = "SELECT id FROM event WHERE key = ?"
        return {row[0]: key for key in keys for row in db.execute(find, [key])}


def erase_again(
    store: PeopleStore, erased: Sequence[Erased], others: Sequence[Follower], now: datetime
) -> int:
    """In a ledger that has come back from a copy: what was erased after it was made, and what kiosks may send again.
    How many were in it."""
    gone: list[int] = []
    for at in range(0, len(erased), PIECE):
        rows = [(each.kiosk, each.id) for each in erased[at : at + PIECE]]
        with store.changing() as db:
            db.executemany("INSERT INTO to_erase VALUES (?, ?) ON CONFLICT DO NOTHING", rows)
            keys = [key for each in rows if (key := store.key_of(db, *each)) is not None]
            take_away(store, db, keys, others, now)
            store.forget_stays(db, keys)
        gone += keys
    store.clean(gone)
    return len(gone)


def _record(key: int, event: str, kiosk: str, kind: str, ms: int, *said: Any) -> OnRecord:
    return OnRecord(key, event, kiosk, kind, at_ms(ms), *said)


def _about(pseudonyms: Sequence[bytes]) -> str:
    return pseudonyms[0].hex()[:8] if pseudonyms else ""
