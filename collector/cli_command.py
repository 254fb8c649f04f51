"""The command that asks something of one kiosk, and waits for its answer in the ledger."""

import argparse
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from kiosk.wire.commands import CommandName

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from collector.config import CollectorConfig
    from kiosk.wire.commands import Command

_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no public name
_POLL_S = 0.2


def add_command(commands: _Commands, config: Path) -> None:
    what = "ask something of one kiosk, and wait for its answer"
    command = commands.add_parser("command", help=what, description=what)
    command.add_argument("kiosk", help="its id")
    command.add_argument("name", choices=[name.value for name in CommandName])
    command.add_argument("--config", type=Path, default=config, metavar="FILE")
    command.add_argument("--valid-s", type=_seconds, default=300, help="done until then (300)")
    command.add_argument("--wait-s", type=_seconds, default=60, help="for the answer (60)")
    command.set_defaults(command=_command)


def _seconds(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds: 1 to 86400")
    return int(text)


def _command(arguments: argparse.Namespace) -> int:
    from collector import config
    from collector.inbox import commands as spool
    from collector.ledger.stores import answers_of
    from kiosk.wire import commands

    settings = config.load(arguments.config)
    answers = answers_of(settings.ledger)
    after = answers.newest()
    command = _new(arguments)
    payload = commands.sign(command, _key(settings))
    waiting = spool.lay(settings.documents.folder / spool.FOLDER, command, payload)
    deadline_s = time.monotonic() + arguments.wait_s
    while time.monotonic() < deadline_s:
        answer = answers.answer_to(command.kiosk, command.id, after)
        if answer is not None:
            print(answer.notice, answer.reason, *filter(None, [answer.diagnostics]))
            return 0 if answer.notice == "command_done" else 1
        time.sleep(_POLL_S)
    if waiting.exists():
        waiting.unlink(missing_ok=True)
        print("not sent: `collector serve` is not running or has no broker", file=sys.stderr)
    else:
        text = f"no answer of {command.kiosk} in {arguments.wait_s} s; it may still do it"
        print(f"{text} until {command.expires_at:%H:%M:%S} UTC", file=sys.stderr)
    return 1


def _new(arguments: argparse.Namespace) -> "Command":
    import secrets

    from collector.errors import CollectorError
    from kiosk.wire.commands import Command
    from kiosk.wire.ids import uuid7
    from kiosk.wire.topics import KIOSK_ID

    if not KIOSK_ID.fullmatch(arguments.kiosk):
        raise CollectorError(f"{arguments.kiosk!r} is no kiosk id: 1 to 40 of a-z, 0-9 and '-'")
    now = datetime.now(UTC)
    return Command(
        id=uuid7(int(now.timestamp() * 1000), secrets.token_bytes(10)),
        kiosk=arguments.kiosk,
        name=arguments.name,
        issued_at=now,
        expires_at=now + timedelta(seconds=arguments.valid_s),
    )


def _key(settings: "CollectorConfig") -> "Ed25519PrivateKey":
    from collector import keys
    from collector.errors import CollectorError

    folder = settings.inbox.keys_folder
    key = keys.signing_key(folder, keys.KeyKind.COMMAND)
    if key is None:
        raise CollectorError(
            f"{folder} has no command key: `collector keys new command --dir {folder}`"
        )
    return key
