"""What only the ledger in a file has to do with: the file."""

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from collector.errors import LedgerError
from collector.ledger.sqlite_answers import SqliteAnswers
from collector.ledger.sqlite_ledger import SqliteLedger


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(path: Path) -> Iterator[SqliteLedger]:
    ledger = SqliteLedger(path)
    ledger.open()
    yield ledger
    ledger.close()


def test_the_commit_is_on_the_disk_before_a_receipt_is_due(
    ledger: SqliteLedger, path: Path
) -> None:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert ledger._database.conn.execute("PRAGMA synchronous").fetchone() == (2,)  # noqa: SLF001 - of its own connection only


def test_without_a_folder_or_with_another_file_in_its_place_the_remedy_is_told(
    tmp_path: Path,
) -> None:
    with pytest.raises(LedgerError, match="does not exist: make it"):
        SqliteLedger(tmp_path / "none" / "ledger.db").open()

    (tmp_path / "other").write_text("this is no database, not at all, but a long enough text" * 20)
    with pytest.raises(LedgerError, match="it is damaged"):
        SqliteLedger(tmp_path / "other").open()


def test_a_ledger_that_is_not_there_is_said_and_not_made_by_asking(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="there is no ledger"):
        SqliteAnswers(tmp_path / "ledger.db").kiosks(0)

    assert list(tmp_path.iterdir()) == []


def test_the_file_is_not_for_everybody(ledger: SqliteLedger, path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) & 0o007 == 0
