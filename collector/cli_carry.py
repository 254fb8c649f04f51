"""The commands that bring events in by hand and take the ledger to a second place."""

import argparse
import sys
from pathlib import Path


def add_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="from `kiosk outbox export`")
    parser.set_defaults(command=_import)


def add_backup(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", type=Path, required=True, metavar="FILE", help="a new file")
    parser.set_defaults(command=_backup)


def add_restore(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", dest="copy", type=Path, required=True, metavar="FILE")
    parser.set_defaults(command=_restore)


def _import(arguments: argparse.Namespace) -> int:
    from collector import carrying, config
    from collector.inbox.keyring import Keyring
    from collector.ledger.sqlite_ledger import SqliteLedger

    settings = config.load(arguments.config)
    keyring = Keyring(settings.inbox.keys_folder)
    keyring.open()
    ledger = SqliteLedger(settings.ledger.file)
    ledger.open()
    try:
        taken = carrying.take_in(arguments.file, ledger, keyring)
    finally:
        ledger.close()
    print(f"{taken.kiosk}: {taken.events} events; carry back {taken.receipts}")
    return 0


def _backup(arguments: argparse.Namespace) -> int:
    from collector import config
    from collector.ledger.sqlite_backup import backup

    settings = config.load(arguments.config)
    events = backup(settings.ledger.file, arguments.to, _told)
    print(f"{events} events in {arguments.to}")
    return 0


def _restore(arguments: argparse.Namespace) -> int:
    from collector import config
    from collector.ledger.sqlite_backup import restore

    settings = config.load(arguments.config)
    aside = restore(settings.ledger.file, arguments.copy)
    print(f"restored; the ledger before: {aside or 'none'}")
    return 0


def _told(done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{100 * done // max(total, 1)} %", end="", file=sys.stderr, flush=True)
