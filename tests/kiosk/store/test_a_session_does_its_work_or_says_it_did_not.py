import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.errors import StoreError
from kiosk.store.session import Session


@pytest.fixture
def session(path: Path) -> Iterator[Session]:
    opened = Session(path, may_set_aside=True, require_durable=False)
    opened.open()
    yield opened
    opened.close()


def synchronous(session: Session) -> int:
    return session.read(lambda db: int(db.execute("PRAGMA synchronous").fetchone()[0]))


def test_work_that_need_not_last_leaves_the_next_work_in_safe_mode(session: Session) -> None:
    modes: list[int] = []

    session.write(
        lambda db: modes.append(db.execute("PRAGMA synchronous").fetchone()[0]), lasting=False
    )

    assert modes == [1]  # NORMAL
    assert synchronous(session) == 2  # FULL


def test_work_that_need_not_last_and_fails_leaves_safe_mode_too(session: Session) -> None:
    with pytest.raises(StoreError):
        session.write(lambda db: db.execute("INSERT INTO stream VALUES (NULL)"), lasting=False)

    assert synchronous(session) == 2


def test_failed_work_is_undone_and_tried_once_more_on_a_fresh_connection(session: Session) -> None:
    connections: list[sqlite3.Connection] = []

    def work(db: sqlite3.Connection) -> str:
        connections.append(db)
        db.execute("UPDATE stream SET last_seq = last_seq + 1")
        if len(connections) == 1:
            raise sqlite3.OperationalError("as after a failed write")
        return "done"

    answer = session.write(work)

    assert answer == "done"
    assert connections[0] is not connections[1]
    assert session.read(lambda db: db.execute("SELECT last_seq FROM stream").fetchone()) == (1,)


def test_before_the_second_try_it_is_asked_whether_the_first_was_stored_after_all(
    session: Session,
) -> None:
    tries: list[int] = []

    def work(db: sqlite3.Connection) -> str:
        tries.append(1)
        raise sqlite3.OperationalError("the answer of the disk was lost")

    assert session.write(work, already=lambda db: "stored before") == "stored before"
    assert len(tries) == 1


def test_a_mistake_of_ours_is_not_taken_for_a_fault_of_the_disk(session: Session) -> None:
    with pytest.raises(sqlite3.ProgrammingError):
        session.write(lambda db: db.execute("UPDATE stream SET last_seq = ?", []))


def test_a_closed_session_opens_itself_again(session: Session) -> None:
    session.close()

    assert synchronous(session) == 2
