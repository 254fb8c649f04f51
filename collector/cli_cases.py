"""The commands about cases: opening a bundle, and telling the audit that it was opened."""

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no public name


def add_open(commands: _Commands) -> None:
    what = "open the contacts of a bundle, on the officer's own machine"
    command = commands.add_parser("open", help=what, description=what)
    command.add_argument("bundle", type=Path, help="as the page of the case gave it")
    command.add_argument("--key", type=Path, required=True, help="the tracing key")
    command.add_argument(
        "--office", type=Path, metavar="FILE", help="release.pub of the office; beside the key"
    )
    command.add_argument("--csv", type=Path, metavar="OUT", help="a new file, instead of a table")
    command.add_argument(
        "--record", type=Path, metavar="FILE", help="that it was opened; BUNDLE.opened.json"
    )
    command.set_defaults(command=_open)


def add_record(audit: _Commands, config: Path) -> None:
    what = "take in what `collector open` has written down"
    command = audit.add_parser("import", help=what)
    command.add_argument("file", type=Path, help="BUNDLE.opened.json")
    command.add_argument("--config", type=Path, default=config, metavar="FILE")
    command.set_defaults(command=_import)


def _open(arguments: argparse.Namespace) -> int:
    from collector.cases import bundle as bundles
    from collector.cases import opened, opening
    from kiosk.durable_file import write_whole

    beside = arguments.key.with_name("release.pub")
    bundle = bundles.parse(
        arguments.bundle.read_bytes(), bundles.office_key(arguments.office or beside)
    )
    record_file = arguments.record or Path(f"{arguments.bundle}.opened.json")
    _only_new(record_file, arguments.csv)
    key = opening.tracing_key(arguments.key, _passphrase())
    now = datetime.now(UTC)
    contacts = opening.open_all(bundle, key, now)
    record = opening.record(bundle, contacts, key, now)
    # first: what is not written down is not read
    write_whole(record_file, opened.written(record), 0o600)
    if arguments.csv is None:
        print(*(f"{each.vi} / {each.en}" for each in opening.COLUMNS), sep="\t")
        for contact in contacts:
            print(*opening.cells(contact), sep="\t")
    else:
        write_whole(arguments.csv, "".join(opening.csv_lines(contacts)).encode(), 0o600)
    print(
        f"case {bundle.case}: {record.opened} opened, {record.unopened} not; "
        f"bring {record_file} back to the office",
        file=sys.stderr,
    )
    return 0 if record.opened or not contacts else 1


def _only_new(*files: Path | None) -> None:
    from collector.errors import CollectorError

    for file in files:
        if file is not None and file.exists():
            raise CollectorError(f"{file} is there already: name another file")


def _passphrase() -> bytes:
    from collector.cli_keys import PASSPHRASE, asked

    given = os.environ.get(PASSPHRASE)
    return (asked(again=False) if given is None else given).encode()


def _import(arguments: argparse.Namespace) -> int:
    from collector import config
    from collector.cases import opened
    from collector.cases.desk_of import desk_of

    record = opened.parse(arguments.file.read_bytes())
    desk_of(config.load(arguments.config)).take_record("command", record)
    print(f"case {record.case}: {record.opened} opened, {record.unopened} not")
    return 0
