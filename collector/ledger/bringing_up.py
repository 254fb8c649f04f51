"""Brings the tables of a ledger up to this version. A large ledger takes minutes: it is said which step it is at, and
it may be interrupted at any time, for a step is done whole or not at all."""

import logging
import time

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

TELL_EVERY_S = 10.0
# instructions of SQLite between two looks: some milliseconds
_LOOK_EVERY = 1_000_000

log = logging.getLogger(__name__)


def bring_up(database: Database, migrations: Migrations) -> None:
    """Raise sqlite3.OperationalError (SQLITE_INTERRUPT) when Ctrl-C was pressed within a step."""
    is_new = not migrations.applied(database)
    steps = [step.name for step in migrations.pending(database)]
    for at, step in enumerate(steps, 1):
        if not is_new:
            log.info("the ledger is brought up to date: %s, %d of %d", step, at, len(steps))
        _tell_while_it_lasts(database, step)
        try:
            migrations.apply(database, stop_before=steps[at : at + 1])
        finally:
            database.conn.set_progress_handler(None, 0)


def _tell_while_it_lasts(database: Database, step: str) -> None:
    began_s = told_s = time.monotonic()

    def look() -> int:
        """That Python is asked at all is what lets Ctrl-C through: within one statement nothing else would."""
        nonlocal told_s
        if time.monotonic() - told_s >= TELL_EVERY_S:
            told_s = time.monotonic()
            log.info("at %s for %.0f s", step, told_s - began_s)
        return 0

    database.conn.set_progress_handler(look, _LOOK_EVERY)
