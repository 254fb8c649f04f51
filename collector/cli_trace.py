"""The command that traces a case. Identifiers come from standard input or a prompt: what stands in a command line is
seen by everybody on the machine.
"""

import argparse
import getpass
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from collector.cli_progress import told_of

if TYPE_CHECKING:
    from collector.tracing.desk import TraceDesk
    from collector.tracing.identifiers import Typed
    from collector.tracing.second import Second
    from collector.tracing.trace import Traced

_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no public name
SHOWN = 30


def add_trace(commands: _Commands, config: Path) -> None:
    what = "who was there at the same time as a case"
    trace = commands.add_parser(
        "trace", help=what, description=f"{what}; one person a line on standard input"
    )
    trace.add_argument("--config", type=Path, default=config, metavar="FILE")
    trace.add_argument("--days", type=int, choices=(14, 21), default=14, help="the period (14)")
    trace.add_argument("--until", type=_day, metavar="DD/MM/YYYY", help="its last day (today)")
    trace.add_argument("--csv", action="store_true", help="all of F1, a line for each meeting")
    trace.add_argument("--second", action="store_true", help="the size of F2 too")
    trace.add_argument(
        "--least", type=int, default=15, metavar="MIN", help="in a room with F1 (15)"
    )
    trace.add_argument(
        "--cap", type=int, default=500, metavar="SCANS", help="a day, 0 for none (500)"
    )
    trace.set_defaults(command=_trace)


def add_stays(stays: _Commands, config: Path) -> None:
    rebuild = stays.add_parser("rebuild", help="derive them anew, while the inbox goes on")
    rebuild.add_argument("--config", type=Path, default=config, metavar="FILE")
    rebuild.add_argument("--kiosk", default="", metavar="ID", help="of one kiosk; else of all")
    rebuild.set_defaults(command=_rebuild)


def _rebuild(arguments: argparse.Namespace) -> int:
    from collector import config
    from collector.followers import stay_keeper
    from collector.people.stores import store_of
    from collector.tracing.rebuild import rebuild

    settings = config.load(arguments.config)
    done = rebuild(
        store_of(settings),
        stay_keeper(settings),
        lambda: datetime.now(UTC),
        told_of("events"),
        arguments.kiosk,
    )
    print(f"{done} visits looked at")
    return 0


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007 - a day, no moment
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day: write it like 28/11/2026") from None


def _trace(arguments: argparse.Namespace) -> int:
    from collector import config
    from collector.errors import CollectorError
    from collector.tracing.identifiers import typed
    from collector.tracing.joined import desk_of, index_of

    settings = config.load(arguments.config)
    index = index_of(settings, _told) if arguments.second else None
    desk = desk_of(settings, lambda: index)
    found = typed(_read())
    if found.faults or not found.people:
        lines = [f"line {at}: {said.en}" for at, said in found.faults]
        raise CollectorError("; ".join(lines) or "nobody was named: one person a line")
    until = arguments.until or desk.today()
    who = f"command:{getpass.getuser()}"
    question = desk.question(who, found.people, arguments.days, until)
    traced = desk.trace(question) if question is not None else None
    if traced is None or not traced.is_known:
        return _unknown(found, arguments.days, until)
    if arguments.csv:
        from collector.tracing.exports import first_lines

        desk.note(who, "first_exported", {"size": str(len(traced.first))})
        sys.stdout.writelines(first_lines(traced.first, traced.venues, desk.went_in))
        return 0
    _show(desk, traced)
    _not_known(desk, traced)
    if arguments.second:
        _size(desk.second(who, traced, arguments.least, arguments.cap))
    return 0


def _read() -> str:
    """All of standard input; from a terminal line by line, unseen, until an empty one."""
    if not sys.stdin.isatty():
        return sys.stdin.read()
    lines = iter(lambda: getpass.getpass("number or QR text (empty to end): "), "")
    return "\n".join(lines)


def _unknown(found: "Typed", days: int, until: date) -> int:
    looked_for = ", ".join(each.en for each in found.looked_for)
    print(f"not seen in the {days} days until {until:%d/%m/%Y}; looked for: {looked_for}")
    return 1


def _show(desk: "TraceDesk", traced: "Traced") -> None:
    from collector.tracing.exports import local_s
    from collector.tracing.words import WENT_IN, clock_of, end_of
    from kiosk.domain.passage import Passed

    asked = traced.question
    assumed = sum(not stay.is_sure for stay in traced.own)
    print(
        f"{asked.first_day:%d/%m/%Y} to {asked.last_day:%d/%m/%Y}: {len(traced.own)} stays, ",
        end="",
    )
    print(f"{assumed} with an assumed end")
    went_in = desk.went_in((0, stay) for stay in traced.own)
    for stay in traced.own:
        ends = [traced.venues[stay.venue], end_of(stay).en, clock_of(stay.width_s).en]
        if went_in.get((0, stay)) is Passed.NO:
            ends.append(WENT_IN[Passed.NO].en)
        print(f"  {local_s(stay.tin)} to {local_s(stay.tout)}", *ends, sep="\t")
    print(f"F1: {len(traced.first)}")
    for one in traced.first[:SHOWN]:
        where = traced.venues[one.meetings[0].own.venue]
        times = f"{one.times} meetings" if one.times > 1 else "1 meeting"
        minutes = f"{one.seconds // 60} min ({one.sure_s // 60} certain)"
        print(
            f"  F1-{one.person}", minutes, times, f"first {local_s(one.first_s)}", where, sep="\t"
        )
    if len(traced.first) > SHOWN:
        print(f"  and {len(traced.first) - SHOWN} more: --csv shows all")


def _not_known(desk: "TraceDesk", traced: "Traced") -> None:
    for each in desk.coverage(traced):
        if each.is_whole:
            continue
        said = [f"silent {hour}h" for hour in each.silent]
        if each.unsure:
            said.append(f"{each.unsure} scans whose clock is not known")
        for door in each.doors:
            if not door.is_online:
                said.append(
                    f"{door.kiosk} {'never heard' if door.is_online is None else 'offline'}"
                )
            if door.waiting:
                said.append(f"{door.kiosk} has {door.waiting} still to send")
            if door.missing:
                said.append(f"{door.kiosk} misses {door.missing}")
        print(f"not known: {each.day:%d/%m/%Y} {each.venue}: {', '.join(said)}")


def _size(found: "Second") -> None:
    share = f"{found.share:.1%} of all that were ever seen"
    print(f"F2: {found.size} people, {share}; {found.left_out} days at crowded venues left out")
    print("to have been in the same crowd is no contact: look at F1 first")


def _told(rows: int) -> None:
    if sys.stderr.isatty():
        print(f"\rreading stays: {rows:,}", end="", file=sys.stderr, flush=True)
