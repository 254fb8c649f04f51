"""The commands that bring events in by hand and take the ledger to a second place."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from collector.cli_progress import told_of

if TYPE_CHECKING:
    from collector.config import LedgerSection


def add_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="from `kiosk outbox export`")
    parser.set_defaults(command=_import)


def add_backup(parser: argparse.ArgumentParser) -> None:
    second = parser.add_mutually_exclusive_group(required=True)
    second.add_argument("--to", type=Path, metavar="FILE", help="a new file")
    second.add_argument("--replica", metavar="NAME", help="PostgreSQL: a replica has it already")
    parser.set_defaults(command=_backup)


def add_restore(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", dest="copy", type=Path, required=True, metavar="FILE")
    parser.set_defaults(command=_restore)


def _import(arguments: argparse.Namespace) -> int:
    from collector import carrying, config
    from collector.followers import followers
    from collector.inbox.keyring import Keyring
    from collector.ledger.stores import ledger_of

    settings = config.load(arguments.config)
    keyring = Keyring(settings.inbox.keys_folder)
    keyring.open()
    ledger = ledger_of(settings.ledger, followers(settings))
    ledger.open()
    try:
        taken = carrying.take_in(arguments.file, ledger, keyring, told_of("events"))
    finally:
        ledger.close()
    print(f"{taken.kiosk}: {taken.events} events; carry back {taken.receipts}")
    return 0


def _backup(arguments: argparse.Namespace) -> int:
    from collector import config

    section = config.load(arguments.config).ledger
    events = (
        _replicated(section, arguments.replica)
        if arguments.replica
        else _copied(section, arguments.to)
    )
    print(f"{events} events in {arguments.to or arguments.replica}")
    return 0


def _copied(section: "LedgerSection", to: Path) -> int:
    from collector.ledger import postgres_backup, sqlite_backup

    if section.postgresql:
        return postgres_backup.backup(section.postgresql, to)
    return sqlite_backup.backup(section.file, to, told_of("pages"))


def _replicated(section: "LedgerSection", replica: str) -> int:
    from collector.errors import LedgerError
    from collector.ledger import postgres_backup

    if not section.postgresql:
        raise LedgerError("a ledger in a file has no replica: --to FILE")
    return postgres_backup.mark_replicated(section.postgresql, replica)


def _restore(arguments: argparse.Namespace) -> int:
    from collector import config
    from collector.ledger import postgres_backup, sqlite_backup
    from collector.people.joined import erase_again_in

    settings = config.load(arguments.config)
    section = settings.ledger
    aside = (
        postgres_backup.restore(section.postgresql, arguments.copy)
        if section.postgresql
        else sqlite_backup.restore(section.file, arguments.copy, told_of("bytes"))
    )
    erased = erase_again_in(settings)
    print(f"restored; the ledger before: {aside or 'none'}")
    if erased:
        print(f"{erased} events erased again, that were erased after the copy was made")
    return 0
