"""The commands about accounts of the office."""

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from collector.access.roles import NAMES, Role

if TYPE_CHECKING:
    from collector.access.sqlite_access import SqliteAccess

_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no public name


def add_accounts(group: _Commands, config: Path) -> None:
    add = _command(group, "add", "make an account; shows its temporary password, once", config)
    add.add_argument("name", help="small letters, digits, dots and hyphens")
    add.add_argument("--role", choices=[str(role) for role in Role], required=True)
    add.set_defaults(command=_add)
    show = _command(group, "list", "show the accounts", config)
    show.set_defaults(command=_list)
    lock = _command(group, "lock", "shut somebody out, at once", config)
    lock.add_argument("name")
    lock.set_defaults(command=_lock)
    reset = _command(group, "reset", "a new temporary password; lifts a lock", config)
    reset.add_argument("name")
    reset.set_defaults(command=_reset)


def _command(group: _Commands, name: str, what: str, config: Path) -> argparse.ArgumentParser:
    parser = group.add_parser(name, help=what)
    parser.add_argument("--config", type=Path, default=config, metavar="FILE")
    return parser


def _access(arguments: argparse.Namespace) -> "SqliteAccess":
    from collector import config
    from collector.access.sqlite_access import SqliteAccess

    return SqliteAccess(config.load(arguments.config).access.file)


def _add(arguments: argparse.Namespace) -> int:
    from collector.access import hand_out

    role = Role(arguments.role)
    print(hand_out.add(_access(arguments), arguments.name, role, datetime.now(UTC)))
    return 0


def _list(arguments: argparse.Namespace) -> int:
    from collector.days import local_text

    for account in _access(arguments).accounts():
        state = "khóa / locked" if account.is_locked else ""
        if account.temporary_until and not state:
            state = f"mật khẩu tạm đến / temporary until {local_text(account.temporary_until)}"
        seen = local_text(account.seen_at) if account.seen_at else "-"
        print(account.name, NAMES[account.role], seen, state, sep="\t")
    return 0


def _lock(arguments: argparse.Namespace) -> int:
    from collector.access import hand_out

    hand_out.lock(_access(arguments), arguments.name)
    return 0


def _reset(arguments: argparse.Namespace) -> int:
    from collector.access import hand_out

    print(hand_out.reset(_access(arguments), arguments.name, datetime.now(UTC)))
    return 0
