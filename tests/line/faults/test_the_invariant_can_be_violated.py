"""The harness itself: a test that cannot fail proves nothing."""

import base64

import pytest

from bench.faults import marks
from bench.faults.invariant import violations
from bench.faults.outcome import Outcome


def event(number: int, seq: int, stream: str = "a" * 32) -> dict[str, object]:
    return {"id": f"visit-{number}", "stream": stream, "seq": seq}


def test_what_is_whole_is_not_blamed():
    ledger = [event(1, 1), event(2, 2), event(3, 1, "b" * 32)]

    found = violations(["visit-1", "visit-2", "visit-3"], ledger)

    assert found == []


@pytest.mark.parametrize(
    ("shown", "ledger", "word"),
    [
        (["visit-1", "visit-2"], [event(1, 1)], "not in the ledger"),
        (["visit-1"], [event(1, 1), event(1, 2)], "twice in the ledger"),
        (["visit-1", "visit-1"], [event(1, 1)], "twice shown"),
        (["visit-1"], [event(1, 2)], "last number"),
        (["visit-2", "visit-1"], [event(1, 1), event(2, 2)], "out of order"),
    ],
)
def test_what_is_wrong_is_named(shown, ledger, word):
    found = violations(shown, ledger)

    assert len(found) == 1
    assert word in found[0]


@pytest.mark.parametrize(
    "written",
    [
        b"QUYMARK 7",
        "QUYMARK 7".encode("utf-16-le"),
        b"x" + "QUYMARK 7".encode("utf-16-be"),
        b"QUYMARK 7".hex().encode(),
        b"0" + b"QUYMARK 7".hex().upper().encode(),
        base64.b64encode(b"QUYMARK 7"),
        base64.b64encode(b"?QUYMARK 7"),
        base64.urlsafe_b64encode(b"\xff\xfeQUYMARK 7"),
        b"A" + base64.b64encode(b"QUYMARK 7"),
    ],
)
def test_a_mark_is_found_however_it_is_written(tmp_path, written):
    (tmp_path / "somewhere").write_bytes(b"\0\1\2" + written + b"\0\1\2")
    (tmp_path / "elsewhere").write_bytes(b"nothing to see here")

    found = marks.hits([tmp_path], [b"QUYMARK"])

    assert found
    assert all("somewhere" in each for each in found)


def test_a_fault_that_did_not_fire_is_no_success():
    outcome = Outcome("nothing")

    outcome.hurt(False)

    assert outcome.good is False
    assert any(figure.reached is False for figure in outcome.figures())


def test_what_could_not_be_tried_is_neither_good_nor_bad():
    outcome = Outcome("nothing", skipped=["no loop devices"])

    figures = outcome.figures()

    assert outcome.good is None
    assert [figure.bound for figure in figures] == ["no loop devices"]
    assert figures[0].reached is None
