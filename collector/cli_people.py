"""The commands about people's own data, and what vanishes by itself. Identifiers come from standard input or a prompt:
what stands in a command line is seen by everybody on the machine.
"""

import argparse
import getpass
import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collector.people.desk import PeopleDesk

_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no public name


def add_person(group: _Commands, config: Path) -> None:
    asked = _command(group, "ask", "note that somebody has asked; due in two working days", config)
    asked.add_argument("wish", choices=("show", "correct", "erase"))
    asked.add_argument("--on", type=_day, metavar="DD/MM/YYYY", help="the day it was asked (today)")
    asked.set_defaults(command=_ask)
    waiting = _command(group, "requests", "what people have asked; exit 1 when one is late", config)
    waiting.add_argument("--all", action="store_true", help="answered ones too")
    waiting.set_defaults(command=_requests)
    show = _command(group, "show", "all that is on record of one person", config)
    show.set_defaults(command=_show)
    correct = _command(group, "correct", "write beside an event what is right", config)
    correct.add_argument("--event", required=True, metavar="ID", help="as `show` lists it")
    correct.add_argument("--remark", default="", help="what is right; no names")
    correct.set_defaults(command=_correct, part=False)
    untie = _command(group, "untie", "undo what a declaration has tied together", config)
    untie.add_argument("--event", required=True, metavar="ID", help="of the declaration")
    untie.set_defaults(command=_correct, part=True, remark="")
    erase = _command(group, "erase", "take one person off the record, for good", config)
    erase.add_argument("--yes", action="store_true", help="do it; without, only say how much")
    erase.set_defaults(command=_erase)
    for acting in (show, correct, erase):
        acting.add_argument("--request", type=int, metavar="N", help="which it answers")


def add_retention(group: _Commands, config: Path) -> None:
    run = _command(
        group, "run", "what is older than its days vanishes, with its days' keys", config
    )
    run.set_defaults(command=_run)


def _command(group: _Commands, name: str, what: str, config: Path) -> argparse.ArgumentParser:
    parser = group.add_parser(name, help=what, description=what)
    parser.add_argument("--config", type=Path, default=config, metavar="FILE")
    return parser


def _day(text: str) -> datetime:
    from collector.days import ZONE

    try:
        return datetime.strptime(text, "%d/%m/%Y").replace(tzinfo=ZONE)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day: write it like 28/11/2026") from None


def _desk(arguments: argparse.Namespace) -> "PeopleDesk":
    from collector import config
    from collector.people.joined import desk_of

    return desk_of(config.load(arguments.config))


def _who() -> str:
    return f"command:{getpass.getuser()}"


def _person(desk: "PeopleDesk") -> "Sequence[bytes]":
    from collector.errors import CollectorError
    from collector.tracing.identifiers import typed

    is_typed = sys.stdin.isatty()
    text = getpass.getpass("number or QR text of one person: ") if is_typed else sys.stdin.read()
    found = typed(text)
    if found.faults or len(found.people) != 1:
        said = "; ".join(why.en for _, why in found.faults) or "one person, on one line"
        raise CollectorError(f"nobody is looked for: {said}")
    return desk.pseudonyms_of(found.people[0])


def _ask(arguments: argparse.Namespace) -> int:
    from collector.people.port import Wish

    desk = _desk(arguments)
    request = desk.ask(_who(), Wish(arguments.wish), _person(desk), arguments.on or desk.now())
    print(f"request {request.number}: {request.wish}, due {request.due:%d/%m/%Y}")
    return 0


def _requests(arguments: argparse.Namespace) -> int:
    from collector.days import local_text

    desk = _desk(arguments)
    today: date = desk.today()
    is_late = False
    for each in desk.requests.requests(all_of_them=arguments.all):
        state = "waits" if each.done_at is None else f"answered {local_text(each.done_at)}"
        if each.is_overdue(today):
            state, is_late = "LATE", True
        asked = f"asked {local_text(each.asked_at)}"
        print(
            each.number, each.wish, each.about, asked, f"due {each.due:%d/%m/%Y}", state, sep="\t"
        )
    return 1 if is_late else 0


def _answered(arguments: argparse.Namespace, desk: "PeopleDesk") -> None:
    if arguments.request is not None:
        desk.done(_who(), arguments.request)


def _show(arguments: argparse.Namespace) -> int:
    from collector.days import local_text

    desk = _desk(arguments)
    found = desk.show(_who(), _person(desk))
    for each in found:
        what = "visit" if each.verdict else "declaration"
        words = filter(None, (each.verdict, each.reason, each.direction, each.remark))
        print(local_text(each.at), desk.place(each.kiosk), what, *words, each.id, sep="\t")
    print(f"{len(found)} events on record; names and addresses are sealed and were not opened")
    _answered(arguments, desk)
    return 0


def _correct(arguments: argparse.Namespace) -> int:
    desk = _desk(arguments)
    desk.correct(_who(), _person(desk), arguments.event, arguments.remark, part=arguments.part)
    print("untied" if arguments.part else "noted")
    if not arguments.part:
        _answered(arguments, desk)
    return 0


def _erase(arguments: argparse.Namespace) -> int:
    desk = _desk(arguments)
    person = _person(desk)
    if not arguments.yes:
        print(f"{len(desk.show(_who(), person))} events on record; --yes erases them")
        return 0
    print(f"{desk.erase(_who(), person)} events erased")
    _answered(arguments, desk)
    return 0


def _run(arguments: argparse.Namespace) -> int:
    from datetime import UTC

    from collector import config
    from collector.days import ZONE
    from collector.people.retention import retain

    settings = config.load(arguments.config)
    gone = retain(settings, datetime.now(UTC).astimezone(ZONE).date(), _told)
    said = f"{gone.events} events and {gone.set_aside} messages in quarantine have vanished"
    print(f"{said}, {gone.day_keys} keys of days are destroyed")
    return 0


def _told(done: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done:,} events", end="", file=sys.stderr, flush=True)
