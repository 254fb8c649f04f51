"""Only the inbox makes pseudonyms of what is typed; whoever may ask is its group, and nothing of a question stays."""

import json
import os
import socket
import stat
from pathlib import Path

import pytest

from collector.errors import LedgerError
from collector.inbox.people_socket import PeopleSocket
from collector.people.asking import (
    MAX_IDENTIFIERS,
    MAX_LINE,
    ask,
    connect,
    pseudonyms_of,
    withdraw_tags,
)
from collector.people.port import PeopleError
from kiosk.domain.identity import Identifier, Scheme
from kiosk.privacy.pseudonym import pseudonym

KEY = b"k" * 32
WHO = Identifier(Scheme.CCCD, "084000000001")


@pytest.fixture
def inbox(tmp_path: Path):
    with PeopleSocket(tmp_path / "people.sock", lambda: KEY) as answering:
        yield answering


def test_identifiers_become_what_the_ledger_knows_them_by(inbox, tmp_path) -> None:
    others = [WHO, Identifier(Scheme.QID, "VN0000")]
    found = pseudonyms_of(tmp_path / "people.sock", others)
    assert found == [pseudonym(KEY, each.scheme, each.value)[:16] for each in others]
    assert (inbox.asked, inbox.refused) == (1, 0)


def test_only_its_user_and_group_may_ask(inbox, tmp_path) -> None:
    found = stat.S_IMODE((tmp_path / "people.sock").stat().st_mode)
    assert found == 0o660


@pytest.mark.parametrize(
    "line",
    [
        b"nothing\n",
        b"[]\n",
        b'{"identifiers": 1}\n',
        b'{"identifiers": [["phone", "0900000000"]]}\n',
        b'{"identifiers": [["cccd"]]}\n',
        b'{"identifiers": [], "more": 1}\n',
        b"[" * 5000 + b"\n",
        b"x" * (MAX_LINE + 10) + b"\n",
        b"",
    ],
)
def test_what_is_no_question_is_refused_and_the_next_one_is_answered(inbox, tmp_path, line) -> None:
    with socket.socket(socket.AF_UNIX) as peer:
        connect(peer, tmp_path / "people.sock")
        peer.sendall(line)
        peer.shutdown(socket.SHUT_WR)
        answer = b""
        try:
            while piece := peer.recv(4096):
                answer += piece
        except ConnectionError:  # more was sent than it reads
            answer = answer or b'{"cannot": "not_understood"}'
        assert json.loads(answer) == {"cannot": "not_understood"}
    assert len(pseudonyms_of(tmp_path / "people.sock", [WHO])) == 1


def test_too_many_at_once_are_refused_in_words(inbox, tmp_path) -> None:
    with pytest.raises(PeopleError, match="at most"):
        pseudonyms_of(tmp_path / "people.sock", [WHO] * (MAX_IDENTIFIERS + 1))


def test_who_says_nothing_holds_nobody_up_for_long(inbox, tmp_path) -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        connect(silent, tmp_path / "people.sock")
        assert len(pseudonyms_of(tmp_path / "people.sock", [WHO])) == 1


def test_without_a_key_it_says_what_to_do(tmp_path) -> None:
    with (
        PeopleSocket(tmp_path / "people.sock", lambda: None),
        pytest.raises(PeopleError, match="pseudonym"),
    ):
        pseudonyms_of(tmp_path / "people.sock", [WHO])


def test_an_inbox_that_is_not_there_is_said_without_what_was_asked(tmp_path) -> None:
    with pytest.raises(PeopleError, match="is it running") as said:
        pseudonyms_of(tmp_path / "people.sock", [WHO])
    assert WHO.value not in str(said.value)


def test_a_socket_left_by_a_killed_inbox_is_taken_over(tmp_path) -> None:
    path = tmp_path / "people.sock"
    with socket.socket(socket.AF_UNIX) as killed:
        os.chdir(tmp_path)
        killed.bind("people.sock")
    with PeopleSocket(path, lambda: KEY):
        assert ask(path, {"identifiers": []}) == {"pseudonyms": []}
    assert not path.exists()


def test_tags_of_somebody_are_taken_back_by_the_inbox(tmp_path) -> None:
    path, taken_back = tmp_path / "people.sock", []

    def withdraw(people) -> int:
        taken_back.extend(people)
        return len(people)

    with PeopleSocket(path, lambda: KEY, withdraw=withdraw):
        withdraw_tags(path, [b"p" * 16])
        assert ask(path, {"withdraw": ["no hexadecimal"]}) == {"cannot": "not_understood"}
        assert ask(path, {"withdraw": [7]}) == {"cannot": "not_understood"}
    assert taken_back == [b"p" * 16]


def test_tags_that_cannot_be_taken_back_are_told(tmp_path) -> None:
    def refuse(_) -> int:
        raise LedgerError("the tags cannot be opened")

    with (
        PeopleSocket(tmp_path / "people.sock", lambda: KEY, withdraw=refuse),
        pytest.raises(PeopleError, match="nothing is erased"),
    ):
        withdraw_tags(tmp_path / "people.sock", [b"p" * 16])
