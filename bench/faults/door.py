"""A door without camera and lamp: seals and appends visits as the loop does, and says each one only when it is stored.

    python -m bench.faults.door --config FILE [--visits N] [--every-s S] [--boot ID] [--synchronised] [--forgetful]

It writes `stored ID MS AT`, at once and in one piece, when a visitor would have been shown a result: MS milliseconds
after the scan, which was at AT on the monotonic clock; `refused ID` when staff would have been called; and
`open MS SET_ASIDE` once its database is open.
"""

import argparse
import os
import select
import sqlite3
import sys
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from bench.faults.visitors import code
from kiosk.config import load
from kiosk.credentials import classify
from kiosk.documents import open_documents
from kiosk.domain.declaration import Declaration, Risk, Source
from kiosk.domain.identity import Identity
from kiosk.domain.verdict import Outcome, Verdict
from kiosk.domain.visit import Direction, Visit
from kiosk.errors import StoreError
from kiosk.sealing_desk import SealingDesk
from kiosk.store.outbox import Outbox
from kiosk.store.stamp import Stamp, read_boot_id, read_stamp
from kiosk.wire.ids import uuid7

OPEN_RETRY_S = 0.2


def main(argv: list[str] | None = None) -> int:
    arguments = _arguments(argv)
    if arguments.forgetful:
        # the bench's own switch, on the standard library and in this process only
        vars(sqlite3)["connect"] = partial(sqlite3.connect, factory=_Forgetful)
    config = load(arguments.config)
    outbox = Outbox(config.database, config.kiosk.id, owner=True)
    boot_id = arguments.boot or read_boot_id()
    began_s = time.monotonic()
    while not _opened(outbox):
        _wait(OPEN_RETRY_S)
    _say(f"open {1000 * (time.monotonic() - began_s):.1f} {len(outbox.set_aside)}")
    stamp = partial(_stamp, boot_id, arguments.synchronised)
    documents = open_documents(config)
    desk = SealingDesk(lambda: documents.keys, lambda: datetime.now(UTC))
    due_s = time.monotonic()
    for number in range(arguments.visits):
        _visitor(outbox, desk, number, stamp())
        due_s += arguments.every_s
        _wait(due_s - time.monotonic())
    outbox.close()
    return 0


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.faults.door")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--visits", type=int, default=sys.maxsize)
    parser.add_argument("--every-s", type=float, default=0.0)
    parser.add_argument("--boot", default="", help="the id of a boot that never was")
    parser.add_argument("--synchronised", action="store_true", help="the clock is right")
    parser.add_argument(
        "--forgetful", action="store_true", help="synchronous=NORMAL: proves that a test can fail"
    )
    return parser.parse_args(argv)


def _wait(seconds: float) -> None:
    """time.sleep is told an absolute time, about which libfaketime lies as well."""
    select.select([], [], [], max(0.0, seconds))


def _opened(outbox: Outbox) -> bool:
    try:
        outbox.open()
    except StoreError as error:
        _say(f"closed {error}")
        return False
    return True


def _stamp(boot_id: str, synchronised: bool) -> Stamp:
    said = read_stamp(boot_id)
    return Stamp(said.at, boot_id, said.boottime_ns, synchronised)


def _visitor(outbox: Outbox, desk: SealingDesk, number: int, stamp: Stamp) -> None:
    """Every other one declares first, which is a pair of rows in one transaction."""
    visit = Visit(
        *(_id(stamp.at), stamp.at, Direction.IN),
        *(Verdict(Outcome.ACCEPTED, "kiosk_form"), "cccd"),
    )
    began_s = time.monotonic()
    identity = classify(code(number))
    seal = desk.sealer(identity) if isinstance(identity, Identity) else None
    try:
        if number % 2:
            made = Declaration(_id(stamp.at), stamp.at, Source.KIOSK_FORM, Risk.NONE, 1)
            outbox.append_pair(made, visit, stamp, seal)
        else:
            outbox.append_visit(visit, stamp, seal)
    except StoreError:
        _say(f"refused {visit.id}")
    else:
        took_ms = 1000 * (time.monotonic() - began_s)
        _say(f"stored {visit.id} {took_ms:.3f} {began_s:.3f}")


def _id(at: datetime) -> str:
    return uuid7(max(0, (at - _EPOCH) // timedelta(milliseconds=1)), os.urandom(10))


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


class _Forgetful(sqlite3.Connection):
    """Does what it is told, except to be careful; and does not admit it."""

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        if sql == "PRAGMA synchronous":
            sql = "SELECT 2"
        return super().execute(sql.replace("synchronous=FULL", "synchronous=NORMAL"), *parameters)


if __name__ == "__main__":
    raise SystemExit(main())
