"""From the page of one kiosk to the inbox that signs, and back: who may, what is written down, what is said of it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from collector.access.roles import Role
from collector.inbox import commands as spool
from collector.inbox.asked_commands import MOST_A_MINUTE, VALID, AskedCommands
from collector.inbox.people_socket import PeopleSocket
from collector.ledger.port import Batch, Taken
from collector.ledger.sqlite_ledger import SqliteLedger
from kiosk.wire import commands, events, signed

KEY = Ed25519PrivateKey.generate()
KEYS = signed.by_id([KEY.public_key()])
ANSWERS = {
    "Máy đã làm": {"notice": "command_done"},
    "lệnh đến khi đã hết hạn": {"notice": "command_refused", "reason": "expired"},
    "không biết lệnh này": {"notice": "command_refused", "reason": "unknown"},
    "Máy không làm: tired": {"notice": "command_refused", "reason": "tired"},
}
COMMAND_ID = "019abc00-0000-7000-8000-000000000001"


class Inbox:
    """The inbox's side: signs, and has what waits to be published."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "commands"
        self.key: Ed25519PrivateKey | None = KEY
        self.now = datetime.now(UTC)
        self.asked = AskedCommands(self.folder, lambda: self.key, lambda: self.now)

    def spoken(self) -> list[commands.Command]:
        return [commands.verified(each.payload, KEYS) for each in spool.take(self.folder)]


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    inbox = Inbox(tmp_path)
    with PeopleSocket(tmp_path / "people.sock", lambda: None, command=inbox.asked.answer):
        yield inbox


@pytest.fixture
def registrar(office):
    office.now = datetime.now(UTC)
    who = office.session(Role.REGISTRAR)
    client = office.client(who)

    def press(name: str, kiosk: str = "cho-mau-1", csrf: str = who.csrf):
        return client.post(f"/fleet/{kiosk}/ask", data={"csrf": csrf, "name": name})

    client.press = press
    return client


def answer(office, make_event, seq: int, command: commands.Command, **data: object) -> None:
    """The kiosk's answer comes into the ledger."""
    told = {"reason": command.name, "count": 1, "command": command.id, **data}
    payload = make_event(seq, kiosk="cho-mau-1", kind="notice", data=told)
    ledger = SqliteLedger(office.folder / "ledger.db")
    ledger.open()
    ledger.commit(Batch([Taken(events.decode(payload, "cho-mau-1"), payload)]), office.now)
    ledger.close()


def test_what_is_pressed_is_signed_for_this_kiosk_and_five_minutes(
    office, inbox, registrar
) -> None:
    for name in ("identify", "pause", "resume", "restart", "diagnostics"):
        response = registrar.press(name)

        assert (response.status_code, response.location) == (303, "/fleet/cho-mau-1#asked")
        (command,) = inbox.spoken()
        assert (command.kiosk, command.name) == ("cho-mau-1", name)
        assert command.expires_at - command.issued_at == VALID
    assert "Đang chờ máy trả lời" in registrar.get("/fleet/cho-mau-1").text


def test_who_asked_what_of_whom_is_in_the_audit_before_it_is_signed(
    office, inbox, registrar
) -> None:
    registrar.press("pause")

    (line,) = office.audit.entries("kiosk_asked")
    (command,) = inbox.spoken()
    assert line.actor == "registrar.mau"
    assert line.about["kiosk"] == "cho-mau-1"
    assert (line.about["command"], line.about["id"]) == ("pause", command.id)


def test_an_audit_that_cannot_be_written_stops_it(office, inbox, registrar) -> None:
    office.audit.note("x", "first", {})
    (office.folder / "audit.db").write_bytes(b"no database")

    assert registrar.press("pause").status_code == 503
    assert inbox.spoken() == []


def test_its_answer_is_said_in_words(office, inbox, registrar, make_event) -> None:
    for seq, data in enumerate(ANSWERS.values(), 1):
        registrar.press("restart")
        answer(office, make_event, seq, inbox.spoken()[0], **data)

    page = registrar.get("/fleet/cho-mau-1/asked").text

    assert [page.count(said) for said in ANSWERS] == [1, 1, 1, 1]
    assert "data-waits" not in page


def test_diagnostics_are_shown_and_never_read_as_html(office, inbox, registrar, make_event) -> None:
    registrar.press("diagnostics")
    figures = '{"screen":"idle","faults":["<b>"]}'
    answer(office, make_event, 1, inbox.spoken()[0], notice="command_done", diagnostics=figures)

    page = registrar.get("/fleet/cho-mau-1").text

    assert "screen: &#34;idle&#34;" in page
    assert "<b>&#34;" not in page


def test_no_answer_in_time_is_said_as_what_it_is(office, inbox, registrar) -> None:
    registrar.press("pause")
    office.now += timedelta(minutes=6)

    page = registrar.get("/fleet/cho-mau-1/asked").text

    assert "Máy chưa trả lời trong hạn" in page
    assert "data-waits" not in page


def test_what_the_inbox_does_not_sign_is_told_and_never_looks_sent(
    office, inbox, registrar
) -> None:
    inbox.key = None

    response = registrar.press("pause")

    assert response.status_code == 503
    assert "collector keys new command" in response.text
    assert "Chưa gửi được" in registrar.get("/fleet/cho-mau-1").text


def test_without_an_inbox_the_remedy_is_told(office, registrar) -> None:
    response = registrar.press("pause")

    assert response.status_code == 503
    assert "is it running" in response.text
    assert [one.act for one in office.audit.entries()] == ["kiosk_not_asked", "kiosk_asked"]


@pytest.mark.parametrize(
    ("name", "kiosk", "status"), [("dance", "cho-mau-1", 400), ("pause", "nobody", 404)]
)
def test_what_no_kiosk_can_be_asked_is_refused(
    office, inbox, registrar, name, kiosk, status
) -> None:
    assert registrar.press(name, kiosk).status_code == status
    assert inbox.spoken() == []
    assert office.audit.entries() == []


def test_a_form_without_the_token_asks_nothing(office, inbox, registrar) -> None:
    assert registrar.press("pause", csrf="x").status_code == 403
    assert inbox.spoken() == []


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OFFICER])
def test_whoever_may_only_look_is_offered_nothing(office, role) -> None:
    page = office.client(office.session(role)).get("/fleet/cho-mau-1").text

    assert "Từ xa" not in page


# ---- what the inbox signs


@pytest.mark.parametrize(
    "question",
    [
        {},
        {"id": COMMAND_ID, "kiosk": "cho-mau-1"},
        {"id": "1", "kiosk": "cho-mau-1", "name": "pause"},
        {"id": COMMAND_ID, "kiosk": "../cho", "name": "pause"},
        {"id": COMMAND_ID, "kiosk": "cho-mau-1", "name": "dance"},
        {"id": COMMAND_ID, "kiosk": "cho-mau-1", "name": "pause", "expires": "2099"},
        {"id": COMMAND_ID, "kiosk": ["cho-mau-1"], "name": "pause"},
    ],
)
def test_the_inbox_signs_nothing_but_what_every_kiosk_knows(tmp_path: Path, question) -> None:
    inbox = Inbox(tmp_path)

    assert inbox.asked.answer(question) == {"cannot": "not_understood"}
    assert inbox.spoken() == []


def test_whoever_has_the_office_stops_no_province(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    question = {"id": COMMAND_ID, "kiosk": "cho-mau-1", "name": "pause"}
    for _ in range(MOST_A_MINUTE):
        assert inbox.asked.answer(question) == {"given": COMMAND_ID}

    assert inbox.asked.answer(question) == {"cannot": "too_many_commands"}
    inbox.now += timedelta(minutes=1)
    assert inbox.asked.answer(question) == {"given": COMMAND_ID}


def test_a_folder_that_cannot_be_written_is_no_command_given(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    inbox.folder.write_text("no folder")

    question = {"id": COMMAND_ID, "kiosk": "cho-mau-1", "name": "pause"}

    assert inbox.asked.answer(question) == {"cannot": "not_laid"}
