"""What a person may ask about their own data: what page and command both do. Each act is in the audit before it is
done; nothing sealed is opened."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from collector.days import ZONE, at_ms, ms_of
from collector.ledger.port import Follower
from collector.people.port import Erased, OnRecord, PeopleError, PseudonymsOf, Request, Wish
from collector.people.sqlite_people import events_of_people, people_by, reading, untie
from collector.people.sqlite_requests import SqliteRequests
from collector.people.vanishing import (
    PIECE,
    empty_log,
    forget_changes,
    take_away,
    transaction,
    writing,
)

Note = Callable[[str, str, Mapping[str, str]], None]
MAX_REMARK = 300
_EVENT = """
    SELECT key, id, kiosk, type, placed_ms, ifnull(verdict, ''), ifnull(reason, ''), ifnull(direction, ''),
           ifnull((SELECT said FROM remark WHERE event = key), ''),
           (SELECT count(*) FROM tie WHERE event = key AND undone_ms IS NULL)
    FROM event WHERE key = ?
"""
_REMARK = """
    INSERT INTO remark VALUES (?, ?, ?)
    ON CONFLICT (event) DO UPDATE SET said = excluded.said, at_ms = excluded.at_ms
"""


@dataclass(frozen=True, slots=True)
class PeopleDesk:
    """`place` is what people call the venue of a kiosk. Whoever asks has asked `pseudonyms_of` before."""

    ledger: Path
    pseudonyms_of: PseudonymsOf
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
        with reading(self.ledger) as db:
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
        with reading(self.ledger) as db:
            keys = self._of(db, pseudonyms)
        if event not in keys:
            raise PeopleError("this person has no such event on record")
        how = "parted" if part else "remark"
        about = {"about": _about(pseudonyms), "event": event, "how": how}
        self.note(who, "person_corrected", about)
        with writing(self.ledger) as db, transaction(db):
            if remark:
                db.execute(_REMARK, [keys[event], remark, ms_of(self.now())])
            if part:
                untie(db, [keys[event]], self.others, self.now())

    def erase(self, who: str, pseudonyms: Sequence[bytes]) -> int:
        """Everything of theirs; how many events. They stay erased when the ledger comes back from an older copy."""
        with writing(self.ledger) as db:
            keys = events_of_people(db, people_by(db, pseudonyms))
            about = {"about": _about(pseudonyms), "events": str(len(keys))}
            self.note(who, "person_erased", about)
            find = "SELECT kiosk, id FROM event WHERE key = ?"
            events = [Erased(*row) for key in keys for row in db.execute(find, [key])]
            self.requests.erase(events, self.now())
            for at in range(0, len(keys), PIECE):
                with transaction(db):
                    take_away(db, keys[at : at + PIECE], self.others, self.now())
                    for key in keys[at : at + PIECE]:
                        forget_changes(db, "event = ?", key)
            empty_log(db)
        return len(keys)

    def _of(self, db: sqlite3.Connection, pseudonyms: Sequence[bytes]) -> Mapping[str, int]:
        keys = events_of_people(db, people_by(db, pseudonyms))
        find = "SELECT id FROM event WHERE key = ?"
        return {row[0]: key for key in keys for row in db.execute(find, [key])}


def erase_again(
    ledger: Path, erased: Sequence[Erased], others: Sequence[Follower], now: datetime
) -> int:
    """In a ledger that has come back from a copy: what was erased after it was made, and what kiosks may send again.
    How many were in it."""
    done = 0
    with writing(ledger) as db:
        for at in range(0, len(erased), PIECE):
            piece = erased[at : at + PIECE]
            with transaction(db):
                rows = [(each.kiosk, each.id) for each in piece]
                db.executemany("INSERT INTO to_erase VALUES (?, ?) ON CONFLICT DO NOTHING", rows)
                find = "SELECT key FROM event WHERE kiosk = ? AND id = ?"
                keys = [row[0] for each in rows for row in db.execute(find, each)]
                take_away(db, keys, others, now)
                for key in keys:
                    forget_changes(db, "event = ?", key)
            done += len(keys)
    return done


def _record(key: int, event: str, kiosk: str, kind: str, ms: int, *said: Any) -> OnRecord:
    return OnRecord(key, event, kiosk, kind, at_ms(ms), *said)


def _about(pseudonyms: Sequence[bytes]) -> str:
    return pseudonyms[0].hex()[:8] if pseudonyms else ""
