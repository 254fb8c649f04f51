"""The commands about the audit."""

import argparse
import json
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collector.audit.sqlite_audit import AuditLog

_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no public name


def add_audit(group: _Commands, config: Path) -> None:
    show = _command(group, "show", "the newest lines, newest first", config)
    show.add_argument("--act", default="", help="only this act")
    show.add_argument("--actor", default="", help="only this account")
    show.add_argument("--day", type=_day, metavar="DD/MM/YYYY", help="only this day")
    show.add_argument("--count", type=int, default=100, help="how many at most (100)")
    show.set_defaults(command=_show)
    head = _command(group, "head", "the newest hash, to be written down elsewhere", config)
    head.set_defaults(command=_head)
    check = _command(
        group, "check", "name the first line that is altered or missing; exit 1 then", config
    )
    check.add_argument("--head", default="", metavar="NUMBER:HASH", help="as it was written down")
    check.set_defaults(command=_check)
    export = _command(group, "export", "all lines, with their hashes, one JSON object each", config)
    export.add_argument("file", type=Path, help="a new file")
    export.set_defaults(command=_export)


def _command(group: _Commands, name: str, what: str, config: Path) -> argparse.ArgumentParser:
    parser = group.add_parser(name, help=what)
    parser.add_argument("--config", type=Path, default=config, metavar="FILE")
    return parser


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007 - a day, no moment
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day like 28/11/2026") from None


def _log(arguments: argparse.Namespace) -> "AuditLog":
    from collector import config
    from collector.audit.sqlite_audit import AuditLog

    return AuditLog(config.load(arguments.config).audit.file)


def _show(arguments: argparse.Namespace) -> int:
    from collector.days import local_text

    found = _log(arguments).entries(
        arguments.act, arguments.actor, arguments.day, limit=max(arguments.count, 1)
    )
    for entry in found:
        about = " ".join(f"{name}={value}" for name, value in sorted(entry.about.items()))
        print(entry.number, local_text(entry.at), entry.actor, entry.act, about, sep="\t")
    return 0


def _head(arguments: argparse.Namespace) -> int:
    print(_log(arguments).head())
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from collector.audit.entry import parse_head

    checked = _log(arguments).check(parse_head(arguments.head) if arguments.head else None)
    if checked.fault:
        print(f"line {checked.number} {checked.fault}")
        return 1
    print(f"{checked.entries} lines, whole; head {checked.head}")
    return 0


def _export(arguments: argparse.Namespace) -> int:
    from collector.days import local_text
    from kiosk.durable_file import whole_file

    if arguments.file.exists():
        from collector.errors import CollectorError

        raise CollectorError(f"{arguments.file} is there already: name another file")
    with whole_file(arguments.file, 0o600) as file:
        for entry in _log(arguments).all():
            fields = {
                "number": entry.number,
                "at": entry.at.isoformat(timespec="milliseconds"),
                "local": local_text(entry.at),
                "actor": entry.actor,
                "act": entry.act,
                "about": dict(entry.about),
                "previous": entry.previous.hex(),
                "hash": entry.hash.hex(),
            }
            file.write(json.dumps(fields, ensure_ascii=False).encode() + b"\n")
    return 0
