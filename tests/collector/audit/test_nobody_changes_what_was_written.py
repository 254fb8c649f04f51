"""The audit: added to by any number of processes, and whatever is done to it behind its back is named."""

import json
import multiprocessing
import os
import signal
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from collector.audit.entry import parse_head
from collector.audit.sqlite_audit import AuditLog
from collector.errors import CollectorError

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


@pytest.fixture
def audit(tmp_path: Path) -> AuditLog:
    log = AuditLog(tmp_path / "audit.db", lambda: NOW)
    for number in range(1, 6):
        log.note("can-bo.mau", "trace_asked", {"people": str(number)})
    return log


def behind_its_back(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / "audit.db")) as db, db:
        for trigger in ("no_update", "no_delete"):
            db.execute(f"DROP TRIGGER {trigger}")
        for statement in statements:
            db.execute(statement)


def test_what_is_noted_is_there_in_order_and_whole(audit: AuditLog, tmp_path: Path) -> None:
    assert [each.about["people"] for each in audit.all()] == ["1", "2", "3", "4", "5"]
    assert audit.check().fault == ""
    assert audit.check(audit.head()).entries == 5
    assert stat.S_IMODE((tmp_path / "audit.db").stat().st_mode) == 0o660


def test_a_log_that_nobody_has_written_yet_is_empty_and_whole(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.db")

    assert list(log.entries()) == []
    assert log.check().fault == ""
    assert not (tmp_path / "audit.db").exists()


@pytest.mark.parametrize("statement", ["UPDATE entry SET actor = 'x'", "DELETE FROM entry"])
def test_the_file_itself_refuses_to_change_or_delete(audit, tmp_path, statement) -> None:
    with (
        closing(sqlite3.connect(tmp_path / "audit.db")) as db,
        pytest.raises(sqlite3.IntegrityError, match="only added to"),
    ):
        db.execute(statement)


@pytest.mark.parametrize(
    ("statement", "number", "fault"),
    [
        ('UPDATE entry SET about = \'{"people":"9"}\' WHERE number = 3', 3, "was altered"),
        ("UPDATE entry SET actor = 'khac.mau' WHERE number = 5", 5, "was altered"),
        ("UPDATE entry SET at_ms = at_ms + 1 WHERE number = 1", 1, "was altered"),
        ("DELETE FROM entry WHERE number = 2", 2, "is missing"),
        ("DELETE FROM entry WHERE number = 1", 1, "is missing"),
    ],
)
def test_the_first_line_that_is_not_as_it_was_is_named(
    audit, tmp_path, statement, number, fault
) -> None:
    behind_its_back(tmp_path, statement)

    found = audit.check()

    assert (found.number, found.fault) == (number, fault)


def test_a_line_that_was_altered_with_its_hash_does_not_fit_the_next(audit, tmp_path) -> None:
    other = AuditLog(tmp_path / "other.db", lambda: NOW)
    for number in (1, 2, 33):
        other.note("can-bo.mau", "trace_asked", {"people": str(number)})
    forged = list(other.all())[2]
    about = json.dumps(dict(forged.about))
    behind_its_back(
        tmp_path,
        f"UPDATE entry SET about = '{about}', hash = x'{forged.hash.hex()}' WHERE number = 3",  # noqa: S608 - ours
    )

    found = audit.check()

    assert (found.number, found.fault) == (4, "does not follow the one before it")


def test_an_end_that_was_cut_off_is_seen_by_whoever_wrote_the_head_down(audit, tmp_path) -> None:
    written_down = parse_head(str(audit.head()))
    behind_its_back(tmp_path, "DELETE FROM entry WHERE number > 3")

    assert audit.check().fault == ""
    found = audit.check(written_down)
    assert (found.number, found.fault) == (4, "is missing: the end was cut off")

    audit.note("can-bo.mau", "trace_asked", {"people": "7"})
    audit.note("can-bo.mau", "trace_asked", {"people": "8"})
    found = audit.check(written_down)
    assert (found.number, found.fault) == (5, "is not the one that was written down")


def _write(path: Path, actor: str) -> None:
    log = AuditLog(path)
    for number in range(25):
        log.note(actor, "trace_asked", {"people": str(number)})


def test_processes_that_write_at_once_make_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_write, args=(path, f"can-bo.{n}")) for n in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)

    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    assert AuditLog(path).check().entries == 75
    for n in range(3):
        mine = AuditLog(path).entries(actor=f"can-bo.{n}")
        assert [each.about["people"] for each in mine] == [str(m) for m in reversed(range(25))]


def _killed(path: Path) -> None:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA cache_size=1")
    db.execute("BEGIN IMMEDIATE")
    for number in range(6, 200):  # more than its memory takes: half of it is in the file
        row = (number, 0, "x", "x", "x" * 1000, b"", b"")
        db.execute("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    os.kill(os.getpid(), signal.SIGKILL)


def test_what_a_killed_writer_has_left_half_done_is_undone_by_whoever_reads(
    audit, tmp_path: Path
) -> None:
    writer = multiprocessing.get_context("spawn").Process(
        target=_killed, args=(tmp_path / "audit.db",)
    )
    writer.start()
    writer.join(60)
    assert (tmp_path / "audit.db-journal").exists()

    assert audit.check().entries == 5
    assert audit.check().fault == ""


def test_a_line_that_cannot_be_written_is_an_error_and_no_silence(tmp_path: Path) -> None:
    (tmp_path / "audit.db").write_bytes(b"not a database at all" * 100)

    with pytest.raises(CollectorError, match="cannot be written"):
        AuditLog(tmp_path / "audit.db").note("can-bo.mau", "trace_asked", {})


@pytest.mark.parametrize(
    ("actor", "act", "about"),
    [
        ("", "trace_asked", {}),
        ("Nguyễn Văn Mẫu", "trace_asked", {}),
        ("can-bo.mau", "Trace asked", {}),
        ("can-bo.mau", "trace_asked", {"Reason": "x"}),
        ("can-bo.mau", "trace_asked", {"reason": "x" * 501}),
    ],
)
def test_what_is_no_line_is_refused(tmp_path, actor, act, about) -> None:
    with pytest.raises(CollectorError):
        AuditLog(tmp_path / "audit.db").note(actor, act, about)
    assert not (tmp_path / "audit.db").exists()


def test_lines_are_found_by_act_by_actor_and_by_day(tmp_path: Path) -> None:
    clock = [NOW]
    log = AuditLog(tmp_path / "audit.db", lambda: clock[0])
    log.note("an.mau", "trace_asked", {})
    clock[0] = datetime(2026, 11, 24, 16, 59, 59, tzinfo=UTC)  # the last second of 24/11 there
    log.note("binh.mau", "case_opened", {})
    clock[0] += timedelta(seconds=1)
    log.note("an.mau", "case_opened", {})

    assert [each.number for each in log.entries(act="case_opened")] == [3, 2]
    assert [each.number for each in log.entries(actor="an.mau")] == [3, 1]
    assert [each.number for each in log.entries(day=date(2026, 11, 24))] == [2, 1]
    assert [each.number for each in log.entries(before=3, limit=1)] == [2]
    assert list(log.acts()) == ["case_opened", "trace_asked"]
