"""Events that arrive while somebody asks: the real ledger with its keeper of stays, in a process of its own.

    python -m bench.tracing_arrivals LEDGER SECONDS PER_SECOND

LEDGER is a file, or a connection string of libpq. Visitors of some 200 venues come, and three in ten scan out a while
later, some of those out of order. All happen two days after the made-up province ends.
"""

import json
import random
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.province import DAY_S, DAYS, START_S
from collector.ledger.connection import Connection
from collector.ledger.port import Batch, Ledger, Link, Taken
from collector.ledger.postgres_ledger import PostgresLedger
from collector.ledger.sqlite_ledger import SqliteLedger
from collector.people.keeper import PeopleKeeper
from collector.people.postgres_people import PostgresTables
from collector.people.postgres_people import people_of as people_of_many
from collector.tracing.keeper import StayKeeper
from collector.tracing.postgres_stays import PostgresStays
from collector.tracing.venues import Place
from kiosk.wire.events import decode
from kiosk.wire.ids import uuid7

KIOSKS = 200
TURN_S = 0.05
BEGINS = datetime.fromtimestamp(START_S + (DAYS + 2) * DAY_S, UTC)
_STREAM = "00112233445566778899aabbccddeeff"


def people_of(connection: Connection, events: Sequence[int]) -> dict[int, int]:
    find = "SELECT pseudonym FROM person_key WHERE event = ?"
    found = ((key, connection.execute(find, [key]).fetchone()) for key in events)
    return {key: int.from_bytes(row[0], "big") for key, row in found if row}


def main() -> None:
    where, seconds, per_second = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    ledger = _ledger(where)
    ledger.open()
    arrivals = _Arrivals(random.Random(5))
    began_s = time.monotonic()
    sent = 0
    while (gone_s := time.monotonic() - began_s) < seconds:
        due = int(gone_s * per_second) - sent
        if due:
            events = [arrivals.next() for _ in range(min(due, ledger.largest_batch))]
            ledger.commit(Batch(events=events), datetime.now(UTC))
            sent += len(events)
        time.sleep(TURN_S)
    ledger.close()
    print(sent)


def _ledger(where: str) -> Ledger:
    def place_of(kiosk: str, _: str) -> Place:
        return Place(f"noi-{kiosk[6:]}", 3600)

    if "=" in where:
        keeper = StayKeeper(people_of_many, place_of, PostgresStays())
        return PostgresLedger(where, [PeopleKeeper((keeper,), PostgresTables()), keeper])
    return SqliteLedger(Path(where), [StayKeeper(people_of, place_of)])


class _Arrivals:
    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._seq = [0] * (KIOSKS + 1)
        self._inside: list[tuple[int, int, datetime]] = []
        self._made = 0

    def next(self) -> Taken:
        self._made += 1
        at = BEGINS + timedelta(seconds=self._made / 100)
        if self._inside and self._chance.random() < 0.3:
            person, kiosk, came = self._inside.pop(self._chance.randrange(len(self._inside)))
            return self._event(person, kiosk, came + timedelta(minutes=20), "out")
        person, kiosk = self._chance.randrange(1, 1_000_000), self._chance.randrange(1, KIOSKS + 1)
        self._inside = (
            [*self._inside[-5_000:], (person, kiosk, at)] if self._made % 2 else self._inside
        )
        return self._event(person, kiosk, at, "in")

    def _event(self, person: int, kiosk: int, at: datetime, way: str) -> Taken:
        self._seq[kiosk] += 1
        seq, name = self._seq[kiosk], f"kiosk-{kiosk}"
        message: dict[str, Any] = {
            "specversion": "1.0",
            "id": uuid7(int(at.timestamp() * 1000), self._chance.randbytes(10)),
            "source": f"/kiosk/{name}",
            "type": "vn.entrance.visit.v1",
            "time": at.isoformat().replace("+00:00", "Z"),
            "datacontenttype": "application/json",
            "stream": _STREAM,
            "seq": seq,
            "bootid": "11111111-2222-3333-4444-555555555555",
            "boottime": str(seq * 10**9),
            "timequality": "ntp",
            "data": {"verdict": "accepted", "reason": "pass", "direction": way, "code": "cccd"},
        }
        payload = json.dumps(message).encode()
        who = [person.to_bytes(16, "big")]
        return Taken(decode(payload, name), payload, Link.OPENED, who, payload)


if __name__ == "__main__":
    main()
