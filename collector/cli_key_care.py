"""The commands that look after keys: list, rotate, backup, restore."""

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no public name
_ROTATING = ("receipt", "command", "ingest", "release", "enrolment")


def add_care(keys: _Commands, config: Path) -> None:
    show = keys.add_parser("list", help="the keys of some folders, without what is in them")
    show.add_argument("--dir", type=Path, nargs="+", required=True, help="folders of keys")
    show.set_defaults(command=_list)
    rotate = keys.add_parser("rotate", help="a new key in the place of an old one")
    rotate.add_argument("kind", choices=_ROTATING)
    rotate.add_argument("--config", type=Path, default=config, metavar="FILE")
    rotate.set_defaults(command=_rotate)
    backup = keys.add_parser(
        "backup", help="the keys of some folders, in one file under a passphrase"
    )
    backup.add_argument("--dir", type=Path, nargs="+", required=True, help="folders of keys")
    backup.add_argument("--to", type=Path, required=True, metavar="FILE", help="a new file")
    backup.set_defaults(command=_backup)
    restore = keys.add_parser("restore", help="put them back; nothing is written over")
    restore.add_argument("--from", dest="file", type=Path, required=True, metavar="FILE")
    restore.add_argument("--dir", type=Path, required=True, help="into which folder")
    restore.add_argument("--folder", default="", metavar="NAME", help="whose keys, by its name")
    restore.set_defaults(command=_restore)


def _list(arguments: argparse.Namespace) -> int:
    from collector.days import ZONE
    from collector.key_kinds import listed

    now = datetime.now(UTC)
    for folder in arguments.dir:
        for key in listed(folder):
            since = f"{key.since.astimezone(ZONE):%d/%m/%Y}"
            age = f"{max((now - key.since).days, 0)} days"
            print(key.kind, key.id or "-", since, age, key.state, key.does, key.path, sep="\t")
    return 0


def _rotate(arguments: argparse.Namespace) -> int:
    from collector import config, key_rotation
    from collector.keys import KeyKind

    settings = config.load(arguments.config)
    now = datetime.now(UTC)
    if arguments.kind == "release":
        done = key_rotation.rotate_release(settings.cases.release_key_file, now)
    elif arguments.kind == "enrolment":
        done = key_rotation.rotate_enrolment(settings.registry.enrolment_key_file)
    else:
        folder = settings.inbox.keys_folder
        done = key_rotation.rotate_published(folder, KeyKind(arguments.kind), now)
    print(done.new)
    old = f" ({', '.join(done.old)})" if done.old else ""
    print(f"then: {done.then}{old}", file=sys.stderr)
    return 0


def _backup(arguments: argparse.Namespace) -> int:
    from collector.key_backup import backup

    count = backup(arguments.dir, arguments.to, _passphrase(again=True), _told)
    print(f"{count} files in {arguments.to}, read again")
    return 0


def _restore(arguments: argparse.Namespace) -> int:
    from collector.key_backup import restore

    names = restore(
        arguments.file, arguments.folder, arguments.dir, _passphrase(again=False), _told
    )
    print(f"{len(names)} files in {arguments.dir}")
    return 0


def _told(done: int, total: int) -> None:
    if sys.stderr.isatty() or done == total:
        end = "\n" if done == total else "\r"
        print(f"{done} of {total} files", end=end, file=sys.stderr, flush=True)


def _passphrase(*, again: bool) -> bytes:
    from collector.cli_keys import PASSPHRASE, asked

    given = os.environ.get(PASSPHRASE)
    return (asked(again=again) if given is None else given).encode()
