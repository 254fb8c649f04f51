"""The commands that ask the ledger."""

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TypeAlias

_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no public name


def add_ledger(ledger: _Commands, config: Path) -> None:
    events = ledger.add_parser("events", help="the events of a kiosk, in order")
    events.add_argument("--config", type=Path, default=config, metavar="FILE")
    events.add_argument("--kiosk", required=True, metavar="ID")
    events.add_argument("--json", action="store_true", help="one JSON object a line")
    events.set_defaults(command=_events)
    check = ledger.add_parser(
        "check", help="count everything anew; exit 1 when something is missing or damaged"
    )
    check.add_argument("--config", type=Path, default=config, metavar="FILE")
    check.add_argument("--json", action="store_true", help="one JSON object")
    check.set_defaults(command=_check)


def _events(arguments: argparse.Namespace) -> int:
    from collector import config
    from collector.ledger.stores import answers_of

    answers = answers_of(config.load(arguments.config).ledger)
    for event in answers.events(arguments.kiosk):
        if arguments.json:
            print(json.dumps(event))
        else:
            words = (event["verdict"], event["reason"], event["direction"], event["code"])
            print(event["seq"], event["at"], event["type"], *(word for word in words if word))
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from collector import config
    from collector.ledger.stores import answers_of

    checked = answers_of(config.load(arguments.config).ledger).check()
    if arguments.json:
        print(json.dumps(asdict(checked)))
        return 0 if checked.is_whole else 1
    for kiosk in checked.kiosks:
        print(
            f"{kiosk.kiosk}: {kiosk.events} events, {_counted(kiosk.by_verdict)} visits,", end=" "
        )
        print(f"{kiosk.repeats} repeats, {_counted(kiosk.quarantined)} in quarantine")
        for gap in kiosk.missing:
            how = "lost" if gap.lost else "missing"
            print(f"{kiosk.kiosk}: {how} {gap.first} to {gap.last} of stream {gap.stream}")
        for found in kiosk.breaks:
            how = "is not what was sworn to" if found.sworn else "does not follow the one before"
            print(f"{kiosk.kiosk}: {found.seq} of stream {found.stream} {how}")
        if kiosk.to_come:
            print(f"{kiosk.kiosk}: {kiosk.to_come} events still to come, by its own word")
        if kiosk.refused_heads:
            print(f"{kiosk.kiosk}: {kiosk.refused_heads} ends of a stream that it has not signed")
        if kiosk.unopened:
            print(f"{kiosk.kiosk}: {kiosk.unopened} events whose person no key has opened")
    for fault in checked.faults:
        print(fault)
    return 0 if checked.is_whole else 1


def _counted(numbers: Mapping[str, int]) -> str:
    """`3 (accepted 2, missing 1)`."""
    parts = ", ".join(f"{name} {number}" for name, number in sorted(numbers.items()))
    return f"{sum(numbers.values())} ({parts})" if parts else "0"
