"""The ledger in PostgreSQL, for one worker or several.

Who writes holds a lock on each kiosk of its batch, taken in one order: numbers, gaps, chain and clocks of a kiosk are
always of one hand, and no two workers wait for each other. A receipt is as strong as `synchronous_commit`.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import psycopg

from collector.days import day_of, ms_of
from collector.errors import LedgerError
from collector.ledger import postgres_schema
from collector.ledger.batch import BatchWriter, tidy
from collector.ledger.port import Batch, Due, Follower
from collector.ledger.postgres_connection import PEOPLE, Writing, connect, name_of, say_in_use
from collector.ledger.postgres_events import STAGING, PostgresEvents

# below what the inbox takes for a hang
_LONGEST_MS = 20_000
_LOCKS = "SELECT pg_advisory_xact_lock(each) FROM unnest(%s::bigint[]) AS each"
_MARKED = "SELECT 1 FROM boot WHERE redo_from IS NOT NULL LIMIT 1"
_WHICH = "SELECT id, substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) FROM ledger"


class PostgresLedger:
    """Implements collector.ledger.port.Ledger. The constructor stores; `open` opens; one thread at a time."""

    # journeys cost the same for any number (shared facts, collector section 3)
    largest_batch = 1_000

    def __init__(self, where: str, followers: Sequence[Follower] = ()) -> None:
        """`where` is a connection string of libpq, without a password."""
        self._where = where
        self._followers = followers
        self._connection: psycopg.Connection | None = None
        self._days: set[int] = set()
        self._id = ""

    def open(self) -> None:
        connection = connect(self._where)
        try:
            say_in_use(connection)
            _use_safe_mode(connection)
            with connection.transaction():
                postgres_schema.migrate(connection)
            connection.execute(STAGING)
            self._id = ledger_id(connection)
        except psycopg.Error as error:
            connection.close()
            raise LedgerError(f"the ledger cannot be opened ({name_of(error)})") from error
        except BaseException:
            connection.close()
            raise
        self._days = set()
        self._connection = connection

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error):  # of a server that is gone; what was committed is safe
                connection.close()

    def commit(self, batch: Batch, now: datetime) -> Sequence[Due]:
        day = day_of(ms_of(now))
        with self._told() as connection:
            if day not in self._days:
                with connection.transaction():
                    postgres_schema.make_partitions(connection, day)
                self._days.add(day)
            with connection.transaction():
                connection.execute(_LOCKS, [_locks(batch)])
                events = PostgresEvents(connection, day)
                writer = BatchWriter(Writing(connection), events, now, self._followers)
                writer.write(batch)
                due = writer.due(self._id)
            if connection.execute(_MARKED).fetchone() is not None:
                with suppress(LedgerError):  # what fails here is said by the next commit
                    self.tidy()
            return due

    def tidy(self) -> bool:
        now = datetime.now(UTC)
        with self._told() as connection, connection.transaction():
            # before any row is: whoever has this lock alone may wait for those
            connection.execute(f"SELECT pg_advisory_xact_lock_shared({PEOPLE})")
            events = PostgresEvents(connection, day_of(ms_of(now)))
            return tidy(Writing(connection), events, self._followers, now)

    @contextmanager
    def _told(self) -> Iterator[psycopg.Connection]:
        if self._connection is None:
            raise LedgerError("the ledger in PostgreSQL is not open")
        try:
            yield self._connection
        except psycopg.Error as error:
            raise LedgerError(f"nothing of this batch is stored ({name_of(error)})") from error


def ledger_id(connection: psycopg.Connection) -> str:
    """Another one after a replica was promoted or a backup put back: kiosks then send again what it does not name."""
    row = connection.execute(_WHICH).fetchone()
    own, timeline = row or ("", "")
    return hashlib.sha256(f"{own}:{timeline}".encode()).hexdigest()[:32]


def _locks(batch: Batch) -> list[int]:
    """One number a kiosk, rising."""
    kiosks = {
        *(taken.event.kiosk for taken in batch.events),
        *(poison.kiosk for poison in batch.poison),
        *(kiosk for kiosk, _ in (*batch.statuses, *batch.health)),
        *(head.kiosk for head in batch.heads),
    }
    digests = (hashlib.sha256(kiosk.encode()).digest() for kiosk in kiosks)
    return sorted({int.from_bytes(digest[:8], "big", signed=True) for digest in digests})


def _use_safe_mode(connection: psycopg.Connection) -> None:
    # who writes asks by keys: a plan made while a table was empty must not read it whole when it is full
    for way in ("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "jit"):
        connection.execute(f"SET {way} = off")
    # what waits longer has met a lock that nobody lets go of
    connection.execute(f"SET lock_timeout = {_LONGEST_MS}")
    connection.execute(f"SET statement_timeout = {_LONGEST_MS}")
    found = {
        name: (connection.execute(f"SHOW {name}").fetchone() or [""])[0]
        for name in ("fsync", "full_page_writes", "synchronous_commit")
    }
    if found["synchronous_commit"] in ("off", "local"):
        connection.execute("SET synchronous_commit = on")
    if found["fsync"] != "on" or found["full_page_writes"] != "on":
        raise LedgerError(
            "PostgreSQL runs with fsync or full_page_writes off: a power cut would lose visits"
        )
