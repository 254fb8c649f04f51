"""Events that are carried here by hand, and the ledger's second place."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector import carrying, keys
from collector.errors import CollectorError, LedgerError
from collector.inbox.sorting import sort
from collector.ledger.port import Due
from collector.ledger.sqlite_answers import SqliteAnswers
from collector.ledger.sqlite_backup import backup, restore
from collector.ledger.sqlite_ledger import SqliteLedger
from kiosk.wire import carried, receipts
from kiosk.wire.carried import Carries

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


class Book:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.ledger = SqliteLedger(path)

    def take(self, *payloads: bytes) -> list[Due]:
        return list(self.ledger.commit(sort(("entrance/v1/cho-1/event", p) for p in payloads), NOW))

    def seqs(self) -> list[int]:
        return [event["seq"] for event in SqliteAnswers(self.path).events("cho-1")]


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    book = Book(tmp_path / "ledger.db")
    book.ledger.open()
    yield book
    book.ledger.close()


@pytest.fixture
def stick(tmp_path: Path, make_event: Callable[..., bytes]) -> Callable[..., Path]:
    """A file with these events, as `kiosk outbox export` writes it."""

    def stick(*payloads: bytes, carries: Carries = Carries.EVENTS) -> Path:
        path = tmp_path / "cho-1.events"
        with path.open("wb") as file:
            carried.write(file, carries, "cho-1", NOW, payloads)
        return path

    return stick


# ---- carried by hand


@pytest.fixture
def open_keyring(keyring):
    keyring.open()
    return keyring


def test_what_is_carried_here_is_in_the_ledger_and_its_signed_receipts_go_back(
    book, stick, open_keyring, keys_folder, make_event
) -> None:
    book.take(make_event(2))  # came by the network in between
    told = []

    taken = carrying.take_in(
        stick(*(make_event(seq) for seq in range(1, 2501))),
        book.ledger,
        open_keyring,
        lambda *far: told.append(far),
    )

    assert told == [(2000, 2500), (2500, 2500)]

    assert book.seqs() == list(range(1, 2501))
    with taken.receipts.open("rb") as file:
        back = carried.read(file, Carries.RECEIPTS)
    known = keys.public_keys(keys_folder).receipt
    assert back.kiosk == "cho-1"
    assert [receipts.verified(each, known).upto for each in back.messages] == [2000, 2500]


def test_the_same_stick_twice_changes_nothing_and_earns_its_receipts_again(
    book, stick, open_keyring, make_event
) -> None:
    file = stick(make_event(1), make_event(2, time="never"), make_event(3, kiosk="cho-2"))
    first = carrying.take_in(file, book.ledger, open_keyring)
    once = first.receipts.read_bytes()

    again = carrying.take_in(file, book.ledger, open_keyring)

    assert book.seqs() == [1]
    (checked,) = SqliteAnswers(book.path).check().kiosks
    assert dict(checked.quarantined) == {"bad_time": 1, "wrong_kiosk": 1}
    assert len(again.receipts.read_bytes().splitlines()) == len(once.splitlines()) == 3


@pytest.mark.parametrize("harm", ["cut short", "receipts", "not there"])
def test_a_file_that_is_none_is_told_and_nothing_is_taken(
    book, stick, open_keyring, make_event, harm
) -> None:
    file = stick(make_event(1), carries=Carries.RECEIPTS if harm == "receipts" else Carries.EVENTS)
    if harm == "cut short":
        file.write_bytes(file.read_bytes()[:-40])
    if harm == "not there":
        file.unlink()

    with pytest.raises((CollectorError, FileNotFoundError)):
        carrying.take_in(file, book.ledger, open_keyring)

    assert list(SqliteAnswers(book.path).events("cho-1")) == []


# ---- a second place


def nothing(_done: int, _total: int) -> None:
    return


def test_what_a_backup_holds_without_a_gap_is_archived_in_the_next_receipt(
    book, tmp_path, make_event
) -> None:
    (due,) = book.take(make_event(1), make_event(2), make_event(4))
    assert due.receipt.archived_upto == 0

    assert backup(book.path, tmp_path / "copy.db", nothing) == 3

    (due,) = book.take(make_event(3))
    assert (due.receipt.upto, due.receipt.archived_upto) == (4, 2)
    assert [event["seq"] for event in SqliteAnswers(tmp_path / "copy.db").events("cho-1")] == [
        1,
        2,
        4,
    ]
    assert (tmp_path / "copy.db").stat().st_mode & 0o077 == 0


def test_a_backup_is_taken_while_events_come_and_tells_how_far_it_is(
    book, tmp_path, make_event
) -> None:
    book.take(*(make_event(seq) for seq in range(1, 4001)))
    steps: list[tuple[int, int]] = []

    def step(done: int, total: int) -> None:
        steps.append((done, total))
        book.take(make_event(4000 + len(steps)))

    assert backup(book.path, tmp_path / "copy.db", step) == 4000

    assert len(steps) > 1
    assert steps[-1][0] == steps[-1][1]
    assert book.seqs()[-1] == 4000 + len(steps)


def test_a_backup_never_overwrites_and_one_that_fails_leaves_nothing(book, tmp_path) -> None:
    (tmp_path / "copy.db").write_text("precious")

    with pytest.raises(LedgerError, match="is there already"):
        backup(book.path, tmp_path / "copy.db", nothing)
    with pytest.raises(LedgerError, match="there is no ledger"):
        backup(tmp_path / "none.db", tmp_path / "other.db", nothing)

    assert (tmp_path / "copy.db").read_text() == "precious"
    assert not list(tmp_path.glob("*.part"))


def test_a_restored_ledger_has_another_id_and_says_what_it_does_not_know(
    book, tmp_path, make_event
) -> None:
    (before,) = book.take(make_event(1))
    backup(book.path, tmp_path / "copy.db", nothing)
    book.take(make_event(2))
    book.ledger.close()

    aside = restore(book.path, tmp_path / "copy.db")

    book.ledger.open()
    (after,) = book.take(make_event(1))
    assert after.receipt.upto == 1
    assert after.receipt.ledger != before.receipt.ledger
    assert SqliteAnswers(book.path).check().is_whole
    assert aside is not None
    with closing(sqlite3.connect(aside)) as old:
        assert old.execute("SELECT count(*) FROM event").fetchone() == (2,)


def test_a_ledger_in_use_is_not_replaced(book, tmp_path, make_event) -> None:
    book.take(make_event(1))
    backup(book.path, tmp_path / "copy.db", nothing)

    with pytest.raises(LedgerError, match="stop `collector serve` first"):
        restore(book.path, tmp_path / "copy.db")

    assert book.seqs() == [1]


def test_a_copy_that_is_interrupted_on_its_way_back_changes_nothing(
    book, tmp_path, make_event
) -> None:
    book.take(make_event(1))
    backup(book.path, tmp_path / "copy.db", nothing)
    book.take(make_event(2))
    book.ledger.close()

    def ctrl_c(done: int, of: int) -> None:
        assert 0 < done <= of == (tmp_path / "copy.db").stat().st_size
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore(book.path, tmp_path / "copy.db", ctrl_c)

    assert book.seqs() == [1, 2]
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("content", [b"", b"no ledger at all, but long enough" * 40])
def test_what_is_no_ledger_is_not_put_in_its_place(book, tmp_path, make_event, content) -> None:
    book.take(make_event(1))
    book.ledger.close()
    (tmp_path / "copy.db").write_bytes(content)

    with pytest.raises(LedgerError, match="is no ledger"):
        restore(book.path, tmp_path / "copy.db")

    assert book.seqs() == [1]
    assert not list(tmp_path.glob("*.part"))
