"""Appends visits as the loop does and says which are stored. Run by the tests that kill it or hurt its disk.

Arguments: database, number of visits. Output: `stored ID` or `refused ID`, one line each, written at once.
"""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from kiosk.domain.declaration import Declaration, Risk, Source
from kiosk.domain.verdict import Outcome, Verdict
from kiosk.domain.visit import Direction, Visit
from kiosk.errors import StoreError
from kiosk.store.outbox import Outbox
from kiosk.store.stamp import Stamp
from kiosk.wire.ids import uuid7

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def append(outbox: Outbox, number: int) -> None:
    stamp = Stamp(NOON, "3b1f6c1e-6a0e-4c53-9f4e-0a4f3f3f9d11", number, True)
    visit_id = uuid7(1_000_000 + number, os.urandom(10))
    verdict = Verdict(Outcome.ACCEPTED, "kiosk_form")
    visit = Visit(visit_id, NOON, Direction.IN, verdict, "cccd")
    try:
        if number % 2:
            outbox.append_visit(visit, stamp)
        else:
            made = uuid7(2_000_000 + number, os.urandom(10))
            declaration = Declaration(made, NOON, Source.KIOSK_FORM, Risk.NONE, 1)
            outbox.append_pair(declaration, visit, stamp)
    except StoreError:
        say(f"refused {visit_id}")
    else:
        say(f"stored {visit_id}")


def main(path: str, visits: str) -> None:
    with Outbox(Path(path), "cho-1", owner=True) as outbox:
        say("open")
        for number in range(1, int(visits) + 1):
            append(outbox, number)


if __name__ == "__main__":
    main(*sys.argv[1:])
