"""What the office hears of an inbox that is another process."""

from datetime import UTC, datetime, timedelta

import pytest

from collector.inbox.word import Word

NOW = datetime(2026, 11, 28, 1, 0, tzinfo=UTC)


@pytest.fixture
def clock():
    return {"now": NOW}


@pytest.fixture
def word(tmp_path, clock):
    return Word(tmp_path / "inbox.json", lambda: clock["now"])


def test_what_it_says_is_heard_for_ten_seconds(word, clock):
    word.say("connected")

    assert word.heard() == "connected"
    clock["now"] = NOW + timedelta(seconds=9)
    assert word.heard() == "connected"
    clock["now"] = NOW + timedelta(seconds=11)
    assert word.heard() == "not_running"


def test_an_inbox_that_never_spoke_does_not_run(word):
    assert word.heard() == "not_running"


@pytest.mark.parametrize(
    "said",
    [
        "",
        "{",
        "[]",
        '{"state": "connected"}',
        '{"state": "connected", "at": "soon"}',
        '{"state": "connected", "at": "2026-11-28T01:00:00"}',
    ],
)
def test_a_damaged_word_is_none(word, tmp_path, said):
    (tmp_path / "inbox.json").write_text(said)

    assert word.heard() == "not_running"


def test_not_being_able_to_speak_is_told_once_and_stops_nothing(tmp_path, caplog):
    word = Word(tmp_path / "missing" / "inbox.json")

    word.say("connected")
    word.say("connected")

    assert len(caplog.records) == 1
    assert "the office does not hear of the inbox" in caplog.text
