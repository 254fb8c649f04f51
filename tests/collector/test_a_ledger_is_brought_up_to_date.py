"""A large ledger takes minutes to be brought to a newer version: it says so, and bears Ctrl-C."""

import os
import signal
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from collector.ledger.bringing_up import bring_up
from collector.ledger.sqlite_ledger import SqliteLedger

LONG = """
    CREATE TABLE long AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000000)
    SELECT max(i) AS most FROM n
"""


@pytest.fixture
def steps() -> Migrations:
    found = Migrations("made-up")

    @found()
    def m001(db: Database) -> None:
        db.conn.execute("CREATE TABLE first (it INTEGER)")

    @found()
    def m002(db: Database) -> None:
        db.conn.execute("CREATE TABLE second (it INTEGER)")
        db.conn.execute(LONG)

    return found


def test_ctrl_c_within_a_step_leaves_the_steps_before_it_and_nothing_of_it(
    tmp_path: Path, steps: Migrations
) -> None:
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as connection:
        database = Database(connection, execute_plugins=False)
        press = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
        began_s = time.monotonic()
        press.start()
        with pytest.raises((sqlite3.OperationalError, KeyboardInterrupt)):
            bring_up(database, steps)
        press.join()
        assert time.monotonic() - began_s < 10

        tables = set(database.table_names())
        assert "first" in tables
        assert not {"second", "long"} & tables
        assert [step.name for step in steps.pending(database)] == ["m002"]


def test_a_ledger_that_is_there_says_each_step_and_a_new_one_none(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    ledger = SqliteLedger(tmp_path / "ledger.db")
    ledger.open()
    ledger.close()
    assert caplog.messages == []
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as connection:
        connection.executescript(
            "DROP TABLE day_visits; DROP TABLE day_notices; DROP TABLE kiosk_day; DROP INDEX visit_of_day;"
            "DELETE FROM _sqlite_migrations WHERE name = 'm007_days'"
        )

    ledger.open()
    ledger.close()

    assert caplog.messages == ["the ledger is brought up to date: m007_days, 1 of 1"]
