"""The sealed contacts that the ledger holds, in either store."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from collector.cases.port import Held, Period
from collector.days import at_ms, day_begin_ms, day_number
from collector.ledger.connection import Reader, reading
from kiosk.privacy.sealing import Context

_FIELDS = "e.id, e.kiosk, e.stream, e.seq, e.placed_ms, e.type, e.message, e.key"
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


@dataclass(frozen=True, slots=True)
class LedgerSealed:
    """Implements collector.cases.port.SealedEvents. Opens nothing until it is asked."""

    ledger: Reader

    def of(self, people: Sequence[int], period: Period, events: Sequence[str]) -> Iterator[Held]:
        begins_ms = day_begin_ms(day_number(period.first))
        ends_ms = day_begin_ms(day_number(period.last) + 1)
        seen = set()
        with reading(self.ledger) as db:
            asked: list[tuple[str, tuple[object, ...], int | None]] = []
            asked += [(_OF_PERSON, (person, begins_ms, ends_ms), person) for person in people]
            asked += [(_OF_EVENT, (event,), None) for event in events]
            for sql, terms, person in asked:
                for event, kiosk, stream, seq, ms, kind, message, _ in db.execute(sql, terms):
                    if (kiosk, event) not in seen:
                        seen.add((kiosk, event))
                        context = Context(event, kiosk, stream, seq)
                        yield Held(context, at_ms(ms), kind, person, message.encode())
