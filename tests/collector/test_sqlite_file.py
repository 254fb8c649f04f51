import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from collector.errors import CollectorError
from collector.sqlite_file import SqliteFile

FILES = 300


@pytest.fixture
def in_ram(tmp_path: Path) -> Iterator[Path]:
    """Where files are made quickest, so that they get in each other's way most often."""
    if not Path("/dev/shm").is_dir():
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)


def make_table(db: Database) -> None:
    db.conn.execute("CREATE TABLE IF NOT EXISTS thing (id INTEGER PRIMARY KEY)")


def file_at(path: Path) -> SqliteFile:
    return SqliteFile(path, "the things", CollectorError, make_table)


def test_all_who_open_a_new_file_at_once_get_it(in_ram: Path) -> None:
    """Four of them: without waiting for the change to WAL one of some twenty files was refused."""
    refused: list[CollectorError] = []
    start = threading.Barrier(4)

    def open_each() -> None:
        for number in range(FILES):
            start.wait()
            try:
                with file_at(in_ram / f"{number}.db").open():
                    pass
            except CollectorError as error:
                refused.append(error)

    everybody = [threading.Thread(target=open_each) for _ in range(4)]
    for one in everybody:
        one.start()
    for one in everybody:
        one.join()

    assert not refused


def test_what_was_begun_and_not_finished_is_not_in_it(tmp_path: Path) -> None:
    things = file_at(tmp_path / "things.db")

    with pytest.raises(CollectorError, match="SQLITE_CONSTRAINT"):
        _add_twice(things, 1)

    with things.open() as db:
        assert db.execute("SELECT COUNT(*) FROM thing").fetchone()[0] == 0


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with (
        pytest.raises(CollectorError, match=r"the things .* cannot be opened"),
        file_at(tmp_path / "nowhere" / "things.db").open(),
    ):
        pass


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    path = tmp_path / "things.db"
    path.write_bytes(b"this is no database, whatever its name says" * 100)

    with pytest.raises(CollectorError, match="SQLITE_NOTADB"), file_at(path).open():
        pass


def _add_twice(things: SqliteFile, number: int) -> None:
    with things.writing() as db:
        for _ in range(2):
            db.execute("INSERT INTO thing VALUES (?)", [number])
