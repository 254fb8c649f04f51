"""The commands that run: inbox, office and portal each by itself, or all three in one process."""

import argparse
import signal
import threading
from pathlib import Path
from typing import TypeAlias

_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no public name

_WHAT = {
    "serve": "inbox, office and portal in one process",
    "inbox": "take events in; no page",
    "office": "serve the pages of officers and registrars",
    "portal": "serve the pages that visitors open by phone",
    "enrolment": "let new kiosks in and renew their certificates; no page",
}


def add_serve(commands: _Commands, config: Path) -> None:
    for name, what in _WHAT.items():
        command = commands.add_parser(name, help=what, description=what)
        command.add_argument("--config", type=Path, default=config, metavar="FILE")
        command.set_defaults(command=_run, what=name)


def _run(arguments: argparse.Namespace) -> int:
    return run(arguments.what, arguments.config)


def run(what: str, settings: Path) -> int:
    """Until a signal; `what` is a function of collector.serve."""
    from collector import config, serve

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    part = getattr(serve, what)
    part(config.load(settings), stop, lambda line: print(line, flush=True))
    return 0
