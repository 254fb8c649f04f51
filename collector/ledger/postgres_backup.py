"""A second place for the ledger in PostgreSQL: a dump of it taken while it is written, and the way back; or a replica.

The dump and what it is known to hold are of one snapshot. What a replica has on its disk is archived by it.
"""

import os
import secrets
import shutil
import subprocess
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg import IsolationLevel, conninfo, sql

from collector.errors import LedgerError
from collector.ledger.postgres_connection import IN_USE, connect, name_of
from collector.ledger.postgres_schema import SCHEMA

_REPLICA_TIMEOUT_S = 60.0
_CLOSING_S = 2.0
_UPTO = """
    SELECT coalesce(min(first) - 1, highest), kiosk, stream
    FROM stream LEFT JOIN gap USING (kiosk, stream) GROUP BY kiosk, stream, highest ORDER BY kiosk, stream
"""
_ARCHIVED = """
    UPDATE stream SET archived_upto = greatest(archived_upto, %s) WHERE kiosk = %s AND stream = %s
"""
_HAS = """
    SELECT bool_or(flush_lsn >= %s) FROM pg_stat_replication WHERE application_name = %s
"""

_Archived = list[tuple[int, str, str]]


def backup(where: str, to: Path) -> int:
    """Dump the ledger into the new file `to`, then mark what it holds as archived; how many events.

    Raise LedgerError, then there is no file, or nothing is marked.
    """
    if to.exists():
        raise LedgerError(f"{to} is there already: name another file")
    beside = to.with_name(to.name + ".part")
    beside.unlink(missing_ok=True)
    try:
        os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(connect(where)) as connection:
            connection.isolation_level = IsolationLevel.REPEATABLE_READ
            with connection.transaction():
                events, archived = _held(connection)
                snapshot = _one(connection, "SELECT pg_export_snapshot()")
                _run(
                    "pg_dump",
                    where,
                    "-Fc",
                    "-n",
                    SCHEMA,
                    f"--snapshot={snapshot}",
                    f"--file={beside}",
                )
            _sync(beside)
            beside.replace(to)
            _sync(to.absolute().parent)
            _mark(connection, archived)
    except psycopg.Error as error:
        raise LedgerError(f"no backup was made ({name_of(error)})") from error
    finally:
        beside.unlink(missing_ok=True)
    return events


def mark_replicated(where: str, replica: str) -> int:
    """Wait until the replica of that name has on its disk what is committed now, then mark that as archived; how many
    events. Raise LedgerError when it does not within a minute."""
    try:
        with closing(connect(where)) as connection:
            with connection.transaction():
                events, archived = _held(connection)
            # after the look: whatever was seen lies before it
            end = _one(connection, "SELECT pg_current_wal_insert_lsn()")
            deadline_s = time.monotonic() + _REPLICA_TIMEOUT_S
            while not (row := connection.execute(_HAS, [end, replica]).fetchone()) or not row[0]:
                if time.monotonic() > deadline_s:
                    raise LedgerError(
                        f"no replica {replica!r} has it: is its application_name right?"
                    )
                time.sleep(0.2)
            _mark(connection, archived)
    except psycopg.Error as error:
        raise LedgerError(f"nothing is marked ({name_of(error)})") from error
    return events


def restore(where: str, copy: Path) -> str:
    """Put a dump in the ledger's place; the schema in which the ledger that was there is kept, empty for none.

    Raise LedgerError when it is in use, or when the file is no dump or damaged: then nothing has changed.
    """
    try:
        with closing(connect(where)) as connection:
            if not _is_ours(connection):
                raise LedgerError(
                    "the ledger is in use: stop `collector serve` and every worker first"
                )
            _run("pg_restore", "", "--list", str(copy))
            aside = _moved_aside(connection)
            try:
                _run("pg_restore", where, "--single-transaction", "--no-owner", str(copy))
                connection.execute("UPDATE ledger SET id = %s", [secrets.token_hex(16)])
            except (psycopg.Error, LedgerError):
                _move_back(connection, aside)
                raise
            return aside
    except psycopg.Error as error:
        raise LedgerError(f"{copy} is no ledger ({name_of(error)})") from error


def _is_ours(connection: psycopg.Connection) -> bool:
    """False when somebody uses it. Whose connection has just been closed is waited for: the server needs a moment."""
    deadline_s = time.monotonic() + _CLOSING_S
    while not _one(connection, f"SELECT pg_try_advisory_lock({IN_USE})"):
        if time.monotonic() > deadline_s:
            return False
        time.sleep(0.1)
    return True


def _held(connection: psycopg.Connection) -> tuple[int, _Archived]:
    """The number of events, and how far each stream goes without a gap."""
    events = int(_one(connection, "SELECT count(*) FROM event"))
    return events, connection.execute(_UPTO).fetchall()


def _mark(connection: psycopg.Connection, archived: _Archived) -> None:
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(_ARCHIVED, archived)


def _one(connection: psycopg.Connection, question: str) -> str:
    row = connection.execute(question).fetchone()
    return str(row[0]) if row and row[0] not in (None, False) else ""


def _moved_aside(connection: psycopg.Connection) -> str:
    if connection.execute("SELECT to_regnamespace(%s)", [SCHEMA]).fetchone() == (None,):
        return ""
    aside = f"{SCHEMA}_before_{datetime.now(UTC):%Y%m%dt%H%M%Sz}"
    _rename(connection, SCHEMA, aside)
    return aside


def _move_back(connection: psycopg.Connection, aside: str) -> None:
    if aside:
        connection.execute(
            sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(SCHEMA))
        )
        _rename(connection, aside, SCHEMA)


def _rename(connection: psycopg.Connection, old: str, new: str) -> None:
    names = (sql.Identifier(old), sql.Identifier(new))
    connection.execute(sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(*names))


def _run(program: str, where: str, *arguments: str) -> None:
    """One of PostgreSQL's own programs. Raise LedgerError with its last line."""
    found = shutil.which(program)
    if found is None:
        raise LedgerError(f"{program} is missing: install Debian's package postgresql-client")
    database = [f"--dbname={conninfo.make_conninfo(where)}"] if where else []
    done = subprocess.run(
        [found, *database, *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        told = done.stderr.strip().splitlines() or ["no reason given"]
        raise LedgerError(f"{program} has failed: {told[-1]}")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
