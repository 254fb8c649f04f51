"""`kiosk simulate`: a whole site on this machine, or a whole province."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.stopping import stop_on_signal

if TYPE_CHECKING:
    _Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - its only name


def add_simulate(commands: "_Commands") -> None:
    simulate = commands.add_parser(
        "simulate", help="the whole system on this machine, simulated hardware"
    )
    simulate.add_argument(
        "--headless", action="store_true", help="run visitors, print a summary, end"
    )
    simulate.add_argument(
        "--visitors", type=int, default=50, metavar="N", help="how many (headless)"
    )
    simulate.add_argument(
        "--check",
        action="store_true",
        help="also fail when the lamp is slower than its bound; of a fleet: hold it against its truth",
    )
    simulate.add_argument("--door", choices=("in", "out", "both"), default="in")
    simulate.add_argument(
        "--dir", type=Path, help="keep everything in this folder (default: thrown away)"
    )
    simulate.add_argument("--seed", type=int, default=1)
    _add_fleet(simulate)
    simulate.add_argument("--fps", type=float, default=30.0, help="frames a second of the camera")
    for name, port in (("screen", 8080), ("bench", 8081), ("collector", 8090), ("broker", 8883)):
        simulate.add_argument(
            f"--{name}-port",
            type=int,
            default=None,
            metavar="PORT",
            help=f"default {port}; headless: any",
        )
    simulate.set_defaults(command=_simulate)


def _add_fleet(simulate: argparse.ArgumentParser) -> None:
    fleet = simulate.add_argument_group("a whole province instead of one site")
    fleet.add_argument("--fleet", type=int, metavar="N", help="so many light kiosks")
    fleet.add_argument("--hours", type=float, default=12.0, help="of a day from 4 o'clock (12)")
    fleet.add_argument("--speed", type=float, default=60.0, help="times this machine's clock (60)")
    fleet.add_argument("--store", choices=("sqlite", "postgres"), default="sqlite")
    fleet.add_argument(
        "--postgresql", default="", metavar="DSN", help="an empty database, for --store postgres"
    )


def _simulate(arguments: argparse.Namespace) -> int:
    if arguments.fleet is not None:
        from kiosk.simulation.fleet import run as fleet

        return fleet.simulate(fleet.Options.from_arguments(arguments), stop_on_signal())
    from kiosk.simulation import run

    return run.simulate(run.Options.from_arguments(arguments), stop_on_signal())
