"""People in the ledger's file."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from collector.days import day_begin_ms
from collector.errors import LedgerError
from collector.ledger.connection import Connection, reading
from collector.ledger.port import Follower
from collector.ledger.sqlite_ledger import name_of
from collector.ledger.sqlite_reader import SqliteReader
from collector.people.vanishing import PIECE, empty_quarantine, take_away

_BUSY_TIMEOUT_S = 30.0
_CHECKPOINT_WAIT_MS = 500
_NUMBER = "SELECT person FROM person WHERE pseudonym = ?"
# keys are in the order of arrival: no more is looked at than is taken
_OLD = """
    SELECT key FROM (SELECT key, received_ms FROM event ORDER BY key LIMIT ?) WHERE received_ms < ?
"""
_LEAVE = """
    INSERT INTO gone SELECT kiosk, stream, seq, id, hash, prevhash FROM event WHERE key = ? ON CONFLICT DO NOTHING
"""


class SqliteTables:
    """Implements collector.people.port.Tables: one writes at a time anyway."""

    def hold(self, connection: Connection, *, alone: bool) -> None: ...

    def number_new(self, connection: Connection, people: set[bytes]) -> None:
        new = [
            who for who in sorted(people) if connection.execute(_NUMBER, [who]).fetchone() is None
        ]
        rows = list(zip(new, self.numbers(connection, len(new)), strict=True))
        connection.executemany("INSERT INTO person VALUES (?, ?)", rows)

    def numbers(self, connection: Connection, count: int) -> Sequence[int]:
        if not count:
            return range(0)
        take = "UPDATE person_number SET next = next + ? RETURNING next"
        (after,) = connection.execute(take, [count]).fetchall()[0]
        return range(after - count, after)

    def key_of(self, connection: Connection, kiosk: str, event_id: str) -> int | None:
        find = "SELECT key FROM event WHERE kiosk = ? AND id = ?"
        row = connection.execute(find, [kiosk, event_id]).fetchone()
        return None if row is None else int(row[0])

    def leave(self, connection: Connection, key: int) -> None:
        connection.execute(_LEAVE, [key])

    def forget_stays(self, connection: Connection, keys: Sequence[int]) -> None:
        connection.executemany("DELETE FROM stay_change WHERE event = ?", [(key,) for key in keys])


@dataclass(frozen=True, slots=True)
class SqlitePeople(SqliteTables):
    """Implements collector.people.port.PeopleStore. Opens the file for each call."""

    ledger: Path

    def reading(self) -> contextlib.AbstractContextManager[Connection]:
        return reading(SqliteReader(self.ledger))

    @contextlib.contextmanager
    def changing(self) -> Iterator[Connection]:
        with self._writing() as connection, _transaction(connection):
            yield connection

    def clean(self, keys: Sequence[int]) -> None:
        del keys  # whichever they were
        with self._writing() as connection:
            _empty_log(connection)

    def vanish(
        self,
        before_day: int,
        others: Sequence[Follower],
        now: Callable[[], datetime],
        told: Callable[[int], None],
        goes_on: Callable[[], bool] = lambda: True,
    ) -> int:
        """By pieces, each a transaction of its own with `secure_delete`, while the inbox goes on."""
        done = 0
        before_ms = day_begin_ms(before_day)
        with self._writing() as connection:
            while goes_on():
                with _transaction(connection):
                    keys = [row[0] for row in connection.execute(_OLD, [PIECE, before_ms])]
                    take_away(self, connection, keys, others, now())
                if not keys:
                    break
                done += len(keys)
                told(done)
            with _transaction(connection):
                # what was noted about stays that are no more says where somebody was, too
                connection.execute("DELETE FROM stay_change WHERE tout < ?", [before_ms // 1000])
            if done:
                _empty_log(connection)
        return done

    def empty_quarantine(self, before_day: int, goes_on: Callable[[], bool] = lambda: True) -> int:
        done = 0
        with self._writing() as connection:
            while goes_on():
                with _transaction(connection):
                    emptied = empty_quarantine(connection, day_begin_ms(before_day))
                if not emptied:
                    break
                done += emptied
            if done:
                _empty_log(connection)
        return done

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        if not self.ledger.exists():
            raise LedgerError(f"there is no ledger {self.ledger}: `collector serve` makes it")
        try:
            with contextlib.closing(
                sqlite3.connect(self.ledger, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
            ) as connection:
                connection.execute("PRAGMA synchronous=FULL")
                connection.execute("PRAGMA secure_delete=ON").fetchall()
                yield connection
        except sqlite3.Error as error:
            raise LedgerError(
                f"the ledger {self.ledger} cannot be written ({name_of(error)})"
            ) from error


def _empty_log(connection: sqlite3.Connection) -> None:
    """What was deleted still stands in the WAL. Whoever reads just now is not waited for: it holds up all who write."""
    connection.execute(f"PRAGMA busy_timeout={_CHECKPOINT_WAIT_MS}").fetchall()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.execute("COMMIT")
