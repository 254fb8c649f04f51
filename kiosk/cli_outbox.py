"""The commands about what waits for the collector: `kiosk outbox`."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    _Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - its only name


def add_outbox(commands: "_Commands") -> None:
    outbox = commands.add_parser("outbox", help="what waits for the collector")
    outbox.add_argument("--config", type=Path, default=Path("/etc/kiosk/kiosk.toml"))
    outbox.add_argument("--json", action="store_true", help="one JSON object")
    outbox.set_defaults(command=_outbox)
    carried = outbox.add_subparsers(metavar="COMMAND")
    export = carried.add_parser("export", help="what waits, into a file to carry to the collector")
    export.add_argument("--to", type=Path, required=True, metavar="FOLDER|FILE")
    export.set_defaults(command=_outbox_export)
    receipts = carried.add_parser("import", help="the receipts that the collector gave for it")
    receipts.add_argument("file", type=Path, metavar="FILE")
    receipts.set_defaults(command=_outbox_import)
    for parser in (export, receipts):
        # not to be forgotten when it was given before
        parser.add_argument("--config", type=Path, default=argparse.SUPPRESS)


def _outbox(arguments: argparse.Namespace) -> int:
    from kiosk import config
    from kiosk.bootstrap.uplink import outbox_counts

    counts = outbox_counts(config.load(arguments.config))
    if arguments.json:
        print(json.dumps(counts))
    else:
        print("\n".join(f"{name:14} {value}" for name, value in counts.items()))
    return 0


def _outbox_export(arguments: argparse.Namespace) -> int:
    from kiosk import config
    from kiosk.bootstrap.carrying import export_outbox

    path, count = export_outbox(config.load(arguments.config), arguments.to)
    print(f"{path}: {count} events")
    return 0


def _outbox_import(arguments: argparse.Namespace) -> int:
    from kiosk import config
    from kiosk.bootstrap.carrying import import_receipts

    done = import_receipts(config.load(arguments.config), arguments.file)
    print(
        f"{done.receipts} receipts, {done.refused} of them refused; {done.received} events received"
    )
    return 1 if done.refused else 0
