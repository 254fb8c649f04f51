"""People in PostgreSQL, where several workers write and a day is dropped whole.

Who is one person is changed by one at a time: whoever ties, parts or takes away holds a lock alone, whoever only meets
new people shares it.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg import IsolationLevel

from collector.days import DAY_MS, OFFSET_MS, day_begin_ms
from collector.errors import LedgerError
from collector.ledger.connection import Connection
from collector.ledger.port import Follower
from collector.ledger.postgres_connection import PEOPLE, Writing, connect, name_of, say_in_use
from collector.ledger.postgres_schema import PARTITIONED, day_of_key, days_kept, first_key
from collector.people.ties import events_of, part, tell
from collector.people.vanishing import empty_quarantine

# a day that somebody reads is not waited for: everybody who writes would wait behind
DROP_WAIT_S = 5.0
# events whose stays are taken away at once
PIECE = 1_000
_NUMBER_NEW = """
    INSERT INTO person SELECT who, nextval('person_number') FROM (
        SELECT who FROM unnest(?::bytea[]) AS who
        WHERE NOT EXISTS (SELECT 1 FROM person WHERE pseudonym = who) ORDER BY who
    ) AS new ON CONFLICT DO NOTHING
"""
# not every partition has to be looked into: the chain knows the key
_KEY_OF = """
    SELECT event.key FROM chain_link JOIN event USING (key) WHERE chain_link.kiosk = ? AND chain_link.id = ?
"""
_LEAVE = """
    UPDATE chain_link SET key = NULL FROM event WHERE event.key = ?
    AND chain_link.kiosk = event.kiosk AND chain_link.stream = event.stream AND chain_link.seq = event.seq
"""
_UNKNOWN_WITHOUT = """
    DELETE FROM person USING (SELECT DISTINCT pseudonym FROM person_key WHERE event >= ? AND event < ?) AS old
    WHERE person.pseudonym = old.pseudonym AND NOT EXISTS (
        SELECT 1 FROM person_key AS other
        WHERE other.pseudonym = person.pseudonym AND (other.event < ? OR other.event >= ?))
"""
_NOTE_VISITS = f"""
    INSERT INTO visits_gone
    SELECT floor((at_ms + {OFFSET_MS}) / {DAY_MS}.0)::bigint, kiosk, verdict, count(*) FROM event
    WHERE key >= ? AND key < ? AND verdict IS NOT NULL GROUP BY 1, 2, 3
    ON CONFLICT (day, kiosk, verdict) DO UPDATE SET visits = visits_gone.visits + excluded.visits
"""  # noqa: S608 - numbers
_PEOPLE_OF = """
    SELECT event, min(person) FROM person_key JOIN person USING (pseudonym)
    WHERE event = ANY(?::int8[]) GROUP BY event
"""
_OLD = "SELECT key FROM event WHERE key > ? AND key < ? ORDER BY key LIMIT ?"
_OF_STAYS = ("trace_visit", "stay", "stay_change")
_COUNT = "SELECT count(*) FROM event WHERE key >= ? AND key < ?"


class PostgresTables:
    """Implements collector.people.port.Tables."""

    def hold(self, connection: Connection, *, alone: bool) -> None:
        how = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
        connection.execute(f"SELECT {how}({PEOPLE})")

    def number_new(self, connection: Connection, people: set[bytes]) -> None:
        if people:
            connection.execute(_NUMBER_NEW, [sorted(people)])

    def numbers(self, connection: Connection, count: int) -> Sequence[int]:
        take = "SELECT nextval('person_number') FROM generate_series(1, ?)"
        return [row[0] for row in connection.execute(take, [count])]

    def key_of(self, connection: Connection, kiosk: str, event_id: str) -> int | None:
        row = connection.execute(_KEY_OF, [kiosk, event_id]).fetchone()
        return None if row is None else int(row[0])

    def leave(self, connection: Connection, key: int) -> None:
        connection.execute(_LEAVE, [key])

    def forget_stays(self, connection: Connection, keys: Sequence[int]) -> None:
        connection.execute("DELETE FROM stay_change WHERE event = ANY(?::int8[])", [list(keys)])


def people_of(connection: Connection, events: Sequence[int]) -> Mapping[int, int]:
    """As collector.people.ties.people_of, for many at once."""
    return dict(connection.execute(_PEOPLE_OF, [list(events)]).fetchall())


@dataclass(frozen=True, slots=True)
class PostgresPeople(PostgresTables):
    """Implements collector.people.port.PeopleStore. Connects for each call; `where` is a connection string of libpq."""

    where: str
    drop_wait_s: float = DROP_WAIT_S

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        with self._connected("read") as connection:
            connection.isolation_level = IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            with connection.transaction():
                yield Writing(connection)

    @contextlib.contextmanager
    def changing(self) -> Iterator[Connection]:
        with self._connected("written") as connection:
            say_in_use(connection)
            with connection.transaction():
                yield Writing(connection)

    def clean(self, keys: Sequence[int]) -> None:
        """What was deleted may be written over from now on."""
        with self._connected("written") as connection:
            for day in sorted({day_of_key(key) for key in keys} & set(days_kept(connection))):
                for table in PARTITIONED:
                    connection.execute(f"VACUUM {table}_{day:05}")
            if keys:
                connection.execute(f"VACUUM {', '.join(_OF_STAYS)}")

    def vanish(
        self,
        before_day: int,
        others: Sequence[Follower],
        now: Callable[[], datetime],
        told: Callable[[int], None],
        goes_on: Callable[[], bool] = lambda: True,
    ) -> int:
        """Day by day: first who is known by that day alone, then what is derived from it, by pieces, then the day
        itself, each in a transaction of its own."""
        done = 0
        with self._connected("written") as connection:
            say_in_use(connection)
            connection.execute(f"SET lock_timeout = {int(self.drop_wait_s * 1000)}")
            for day in days_kept(connection):
                if day >= before_day or not goes_on():
                    break
                with connection.transaction():
                    self._forget_people(Writing(connection), day, others, now())
                if not self._forget_stays(connection, day, others, now, goes_on):
                    break
                with connection.transaction():
                    done += _drop(Writing(connection), day)
                told(done)
            # what was noted about stays that are no more says where somebody was, too
            until_s = day_begin_ms(before_day) // 1000
            connection.execute("DELETE FROM stay_change WHERE tout < %s", [until_s])
        return done

    def empty_quarantine(self, before_day: int, goes_on: Callable[[], bool] = lambda: True) -> int:
        done = 0
        with self._connected("written") as connection:
            while goes_on():
                with connection.transaction():
                    emptied = empty_quarantine(Writing(connection), day_begin_ms(before_day))
                if not emptied:
                    break
                done += emptied
            if done:
                connection.execute("VACUUM quarantine")
        return done

    def _forget_people(
        self, connection: Connection, day: int, others: Sequence[Follower], now: datetime
    ) -> None:
        within = [first_key(day), first_key(day + 1)]
        self.hold(connection, alone=True)
        ties = "DELETE FROM tie WHERE event >= ? AND event < ? RETURNING a"
        ends = {row[0] for row in connection.execute(ties, within).fetchall()}
        changed = part(self, connection, ends)
        connection.execute(_UNKNOWN_WITHOUT, [*within, *within])
        if others:
            tell(connection, others, events_of(connection, changed), now)

    def _forget_stays(
        self,
        connection: psycopg.Connection,
        day: int,
        others: Sequence[Follower],
        now: Callable[[], datetime],
        goes_on: Callable[[], bool],
    ) -> bool:
        """Its events are of nobody from now on. False when interrupted."""
        writing = Writing(connection)
        at, end = first_key(day) - 1, first_key(day + 1)
        while others and (
            keys := [row[0] for row in writing.execute(_OLD, [at, end, PIECE]).fetchall()]
        ):
            with connection.transaction():
                self.hold(writing, alone=True)
                writing.execute(
                    "DELETE FROM person_key WHERE event >= ? AND event <= ?", [keys[0], keys[-1]]
                )
                tell(writing, others, keys, now())
            at = keys[-1]
            if len(keys) == PIECE and not goes_on():
                return False
        return True

    @contextlib.contextmanager
    def _connected(self, what: str) -> Iterator[psycopg.Connection]:
        try:
            with contextlib.closing(connect(self.where)) as connection:
                yield connection
        except psycopg.errors.UndefinedTable as error:
            raise LedgerError(
                "there is no ledger in this database: `collector serve` makes it"
            ) from error
        except psycopg.errors.LockNotAvailable as error:
            raise LedgerError(
                "the ledger is being read or written for long: what is old stays until the next try"
            ) from error
        except psycopg.Error as error:
            raise LedgerError(f"the ledger cannot be {what} ({name_of(error)})") from error


def _drop(connection: Connection, day: int) -> int:
    """How many events. Another worker may have done it."""
    within = [first_key(day), first_key(day + 1)]
    connection.execute("LOCK TABLE event, person_key IN ACCESS EXCLUSIVE MODE")
    if connection.execute("SELECT to_regclass(?)", [f"event_{day:05}"]).fetchone()[0] is None:
        return 0
    (count,) = connection.execute(_COUNT, within).fetchone()
    connection.execute(_NOTE_VISITS, within)
    connection.execute("DELETE FROM remark WHERE event >= ? AND event < ?", within)
    connection.execute("INSERT INTO day_gone VALUES (?) ON CONFLICT DO NOTHING", [day])
    for table in PARTITIONED:
        connection.execute(f"DROP TABLE {table}_{day:05}")
    return int(count)
