"""The sealed contacts that the ledger's file holds, by a connection that can only read."""

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from collector.cases.port import Held, Period
from collector.days import at_ms, day_begin_ms, day_number
from collector.errors import LedgerError
from collector.ledger.sqlite_ledger import name_of
from kiosk.privacy.sealing import Context

_BUSY_TIMEOUT_S = 5.0
_FIELDS = "e.id, e.kiosk, e.stream, e.seq, e.placed_ms, e.type, e.message"
_SEALED = "json_extract(e.message, '$.data.contact') IS NOT NULL"
# an event of several people is of the one who is known longest, as collector.people.ties.people_of has it
_OF_PERSON = f"""
    SELECT DISTINCT {_FIELDS} FROM person
    JOIN person_key USING (pseudonym) JOIN event AS e ON e.key = person_key.event
    WHERE person.person = ? AND e.placed_ms >= ? AND e.placed_ms < ? AND {_SEALED}
      AND person.person = (SELECT min(other.person) FROM person_key AS known
                           JOIN person AS other ON other.pseudonym = known.pseudonym
                           WHERE known.event = e.key)
    ORDER BY e.placed_ms DESC, e.key DESC
"""  # noqa: S608 - our own words
_OF_EVENT = f"SELECT {_FIELDS} FROM event AS e WHERE e.id = ? AND {_SEALED}"  # noqa: S608 - our own words


class SqliteSealed:
    """Implements collector.cases.port.SealedEvents. Opens nothing until it is asked."""

    def __init__(self, ledger: Path) -> None:
        self._ledger = ledger

    def of(self, people: Sequence[int], period: Period, events: Sequence[str]) -> Iterator[Held]:
        begins_ms = day_begin_ms(day_number(period.first))
        ends_ms = day_begin_ms(day_number(period.last) + 1)
        seen = set()
        with self._reading() as db:
            asked: list[tuple[str, tuple[object, ...], int | None]] = []
            asked += [(_OF_PERSON, (person, begins_ms, ends_ms), person) for person in people]
            asked += [(_OF_EVENT, (event,), None) for event in events]
            for sql, terms, person in asked:
                for event, kiosk, stream, seq, ms, kind, message in db.execute(sql, terms):
                    if (kiosk, event) not in seen:
                        seen.add((kiosk, event))
                        context = Context(event, kiosk, stream, seq)
                        yield Held(context, at_ms(ms), kind, person, message.encode())

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        if not self._ledger.exists():
            raise LedgerError(f"there is no ledger {self._ledger}: `collector serve` makes it")
        address = f"{self._ledger.absolute().as_uri()}?mode=ro"
        try:
            with contextlib.closing(
                sqlite3.connect(address, uri=True, timeout=_BUSY_TIMEOUT_S)
            ) as db:
                db.execute("BEGIN")
                yield db
        except sqlite3.Error as error:
            raise LedgerError(
                f"the ledger {self._ledger} cannot be read ({name_of(error)})"
            ) from error
