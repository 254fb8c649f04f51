"""The command of the public pages."""

import argparse
import signal
import threading
from pathlib import Path
from typing import TypeAlias

_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no public name


def add_portal(commands: _Commands, config: Path) -> None:
    portal = commands.add_parser("portal", help="serve the pages that visitors open by phone")
    portal.add_argument("--config", type=Path, default=config, metavar="FILE")
    portal.set_defaults(command=_portal)


def _portal(arguments: argparse.Namespace) -> int:
    from collector import config
    from collector.portal import process

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    process.run(config.load(arguments.config), stop, lambda line: print(line, flush=True))
    return 0
