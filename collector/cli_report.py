"""The commands that make reports and made-up provinces."""

import argparse
import json
import sys
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no public name


def add_report(group: _Commands, config: Path) -> None:
    day = group.add_parser("day", help="write the report of one day")
    day.add_argument("date", type=_day, help="2026-11-24, 24/11/2026, today or yesterday")
    day.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder it goes to")
    day.add_argument(
        "--format", nargs="+", choices=["pdf", "csv", "html"], default=["pdf", "csv", "html"]
    )
    day.add_argument("--config", type=Path, default=config, metavar="FILE")
    day.set_defaults(command=_report)


def add_demo(commands: _Commands) -> None:
    what = "fill an empty folder with a made-up province, to be looked at and played with"
    demo = commands.add_parser("demo", help=what, description=what)
    demo.add_argument("--venues", type=_number(1, 5_000), default=200, help="how many (200)")
    demo.add_argument("--days", type=_number(1, 90), default=30, help="up to yesterday (30)")
    demo.add_argument("--dir", type=Path, required=True, help="goes on where it was interrupted")
    demo.add_argument("--serve", action="store_true", help="and serve its pages until Ctrl-C")
    demo.set_defaults(command=_demo)


def add_truth(commands: _Commands, config: Path) -> None:
    what = "hold a made-up ledger against what is known to have happened: kiosk simulate --fleet"
    truth = commands.add_parser("truth", help=what, description=what)
    truth.add_argument("part", nargs="+", choices=["silent", "events", "totals", "traces"])
    truth.add_argument("--truth", type=Path, required=True, metavar="FILE", help="truth.json")
    truth.add_argument("--config", type=Path, default=config, metavar="FILE")
    truth.set_defaults(command=_truth)


def _report(arguments: argparse.Namespace) -> int:
    from collector import config
    from collector.statistics.joined import desk_of

    desk = desk_of(config.load(arguments.config))
    formats = list(dict.fromkeys(arguments.format))
    for path in desk.write(arguments.date, datetime.now(UTC), arguments.out, formats):
        print(path)
    return 0


def _truth(arguments: argparse.Namespace) -> int:
    from collector import config
    from collector.demo import truth

    settings, known = config.load(arguments.config), truth.read(arguments.truth)
    for part in arguments.part:
        for each in getattr(truth, part)(settings, known):
            print(json.dumps(asdict(each), ensure_ascii=False))
    return 0


def _demo(arguments: argparse.Namespace) -> int:
    from collector.demo import make

    def progress(done: int, whole: int, visits: int | None) -> None:
        end = "\r" if sys.stderr.isatty() and done < whole else "\n"
        what = "is there already" if visits is None else f"{visits:,} visits"
        print(f"day {done} of {whole}, {what}", end=end, file=sys.stderr, flush=True)

    size = (arguments.venues, arguments.days)
    try:
        made = make.make(arguments.dir, *size, progress, datetime.now(UTC))
    except KeyboardInterrupt:
        print("\nstopped: the same command goes on from here", file=sys.stderr)
        raise
    for line in made.told:
        print(line, flush=True)
    if arguments.serve:
        from collector.cli_serve import run

        return run("made_up", arguments.dir / "collector.toml")
    return 0


def _day(text: str) -> date:
    from collector.days import ZONE

    today = datetime.now(ZONE).date()
    if text in ("today", "yesterday"):
        return today - timedelta(days=text == "yesterday")
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    raise argparse.ArgumentTypeError(f"{text!r} is no day: 2026-11-24, 24/11/2026, today")


def _number(low: int, high: int) -> type:
    def parse(text: str) -> int:
        if not text.isdecimal() or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"{text!r} is no number from {low} to {high}")
        return int(text)

    return parse  # type: ignore[return-value]
