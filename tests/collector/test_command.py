"""`collector command`, from the shell to a kiosk at a real mosquitto and back."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector import cli, keys
from collector.audit.sqlite_audit import AuditLog
from collector.commanding import CommandDesk
from collector.config import BrokerSection
from collector.inbox import commands as spool
from collector.inbox.asked_commands import AskedCommands
from collector.inbox.inbox import Inbox, State
from collector.inbox.people_socket import PeopleSocket
from collector.ledger.sqlite_answers import SqliteAnswers
from collector.ledger.sqlite_ledger import SqliteLedger
from kiosk.wire import commands
from kiosk.wire.commands import Command, CommandName

COMMAND_ID = "019abc00-0000-7000-8000-000000000001"


@pytest.fixture
def config(tmp_path: Path, keys_folder: Path) -> Path:
    path = tmp_path / "collector.toml"
    path.write_text(
        f'[ledger]\nfile = "ledger.db"\n[inbox]\nkeys_folder = "{keys_folder}"\n'
        '[documents]\nfolder = "documents"\n'
    )
    return path


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    ledger = SqliteLedger(tmp_path / "ledger.db")
    ledger.open()
    yield ledger
    ledger.close()


@pytest.fixture
def serving(mosquitto, tls: Path, ledger, keyring, tmp_path: Path, wait_until) -> Iterator[Inbox]:
    section = BrokerSection(
        port=mosquitto.port,
        ca_file=tls / "ca.pem",
        certificate_file=tls / "collector.pem",
        key_file=tls / "collector.key",
    )
    folder = tmp_path / "documents" / spool.FOLDER
    inbox = Inbox(section, ledger, keyring, commands=lambda: spool.take(folder))
    inbox.open()
    wait_until(lambda: inbox.state is State.CONNECTED, "connected")
    yield inbox
    inbox.close()


@pytest.fixture
def obedient(connect, keys_folder: Path, make_event) -> Callable[..., list[Command]]:
    """`obedient("command_done")` is a kiosk that answers so whatever it is asked; what it was asked."""

    def obedient(notice: str, reason: str = "identify", **more: str) -> list[Command]:
        asked: list[Command] = []
        device = connect("cho-1")

        def answer(client, _data, message) -> None:
            command = commands.verified(message.payload, keys.public_keys(keys_folder).command)
            asked.append(command)
            data = {"notice": notice, "reason": reason, "count": 1, "command": command.id, **more}
            payload = make_event(len(asked), kind="notice", data=data)
            client.publish("entrance/v1/cho-1/event", payload, qos=1)

        device.client.on_message = answer
        device.subscribe("entrance/v1/cho-1/command")
        return asked

    return obedient


@pytest.mark.broker
def test_a_kiosk_is_asked_once_and_its_answer_is_printed(serving, obedient, config, capsys) -> None:
    asked = obedient("command_done")

    status = cli.main(["command", "cho-1", "identify", "--config", str(config), "--valid-s", "90"])

    (command,) = asked
    assert (status, capsys.readouterr().out) == (0, "command_done identify\n")
    assert (command.kiosk, command.name) == ("cho-1", "identify")
    assert command.expires_at - command.issued_at == timedelta(seconds=90)


@pytest.mark.broker
def test_the_office_asks_by_the_inbox_and_sees_the_answer(
    serving, obedient, ledger, keyring, tmp_path: Path, wait_until
) -> None:
    asked = obedient("command_done")
    answers = SqliteAnswers(tmp_path / "ledger.db")
    desk = CommandDesk(
        tmp_path / "people.sock",
        answers,
        AuditLog(tmp_path / "audit.db"),
        lambda: datetime.now(UTC),
    )
    folder = tmp_path / "documents" / spool.FOLDER
    signing = AskedCommands(folder, lambda: keyring.command)
    socket = PeopleSocket(tmp_path / "people.sock", lambda: None, command=signing.answer)

    with socket:
        desk.give("kim.mau", "cho-1", CommandName.IDENTIFY)
        wait_until(lambda: desk.given("cho-1")[0].answer, "the answer")

    assert [command.name for command in asked] == ["identify"]
    assert desk.given("cho-1")[0].answer.notice == "command_done"
    assert desk.given("cho-2") == []


@pytest.mark.broker
def test_a_refusal_is_no_success_and_diagnostics_are_shown(
    serving, obedient, config, capsys
) -> None:
    obedient("command_refused", "expired", diagnostics='{"screen":"idle"}')

    status = cli.main(["command", "cho-1", "diagnostics", "--config", str(config)])

    assert status == 1
    assert capsys.readouterr().out == 'command_refused expired {"screen":"idle"}\n'


@pytest.mark.broker
def test_a_kiosk_that_is_silent_is_told_as_such(serving, config, capsys) -> None:
    status = cli.main(["command", "cho-2", "pause", "--config", str(config), "--wait-s", "3"])

    assert status == 1
    assert "no answer of cho-2 in 3 s; it may still do it until" in capsys.readouterr().err


def test_what_nobody_publishes_is_taken_back(ledger, config, tmp_path: Path, capsys) -> None:
    status = cli.main(["command", "cho-1", "restart", "--config", str(config), "--wait-s", "1"])

    assert status == 1
    assert "not sent: `collector serve` is not running" in capsys.readouterr().err
    assert list((tmp_path / "documents" / spool.FOLDER).iterdir()) == []


@pytest.mark.parametrize("kiosk", ["Chợ 1", "shared", "../cho-1"])
def test_a_name_that_no_kiosk_has_is_told(ledger, config, capsys, kiosk: str) -> None:
    status = cli.main(["command", kiosk, "pause", "--config", str(config)])

    assert status == 1
    assert "is no kiosk id" in capsys.readouterr().err


def test_without_a_command_key_the_remedy_is_told(ledger, config, tmp_path, capsys) -> None:
    config.write_text('[ledger]\nfile = "ledger.db"\n[inbox]\nkeys_folder = "none"\n')

    status = cli.main(["command", "cho-1", "pause", "--config", str(config)])

    assert status == 1
    assert "collector keys new command" in capsys.readouterr().err


def test_a_command_that_has_ended_is_taken_away_unspoken(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    for place, seconds in enumerate((-5, 60)):
        name = COMMAND_ID[:-1] + str(place)
        command = Command(name, "cho-1", "pause", now, now + timedelta(seconds=seconds))
        spool.lay(tmp_path, command, b"signed")
    (tmp_path / "README").write_text("no command")

    (spoken,) = spool.take(tmp_path)

    assert (spoken.topic, spoken.payload) == ("entrance/v1/cho-1/command", b"signed")
    assert 55 <= spoken.expiry_s <= 60
    assert [path.name for path in tmp_path.iterdir()] == ["README"]
