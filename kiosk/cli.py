"""The `kiosk` command. Each command imports only the rooms it needs, so that `kiosk read` needs no web server."""

import argparse
import logging
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk import cli_codes, cli_joining, cli_outbox, cli_simulate
from kiosk.errors import ConfigError, KioskError
from kiosk.stopping import stop_on_signal


def main(argv: list[str] | None = None) -> int:
    """Run one command. 0 done, 1 could not be done (one line says why), 2 wrong use or wrong settings."""
    arguments = _parser().parse_args(argv)
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s"
    )
    try:
        return int(arguments.command(arguments))
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    except KioskError as error:
        print(f"kiosk: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kiosk", description="The entrance kiosk.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, command, what in (
        ("run", _run, "the entrance loop and the local pages"),
        ("eye", _eye, "the camera and the reading of codes"),
        ("uplink", _uplink, "the connection to the collector"),
        ("display", _display, "compositor and browser on the panel"),
        ("firstboot", _firstboot, "a new kiosk, until it has joined; kiosk eye runs beside it"),
    ):
        process = commands.add_parser(name, help=f"process: {what}", description=what)
        process.add_argument("--config", type=Path, default=Path("/etc/kiosk/kiosk.toml"))
        process.set_defaults(command=command)
    cli_joining.add_enrol(commands)
    cli_codes.add_read(commands)
    cli_codes.add_identify(commands)
    cli_outbox.add_outbox(commands)
    _add_doctor(commands)
    cli_codes.add_prompts(commands)
    cli_joining.add_update(commands)
    cli_simulate.add_simulate(commands)
    return parser


if TYPE_CHECKING:
    _Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - its only name


def _add_doctor(commands: "_Commands") -> None:
    doctor = commands.add_parser("doctor", help="what is well with this kiosk, and what is not")
    doctor.add_argument("--config", type=Path, default=Path("/etc/kiosk/kiosk.toml"))
    doctor.add_argument("--json", action="store_true", help="one JSON list")
    doctor.add_argument(
        "part",
        nargs="?",
        choices=("lights", "camera", "code"),
        help="use this one, while no kiosk holds it",
    )
    doctor.set_defaults(command=_doctor)


def _run(arguments: argparse.Namespace) -> int:
    from kiosk import config
    from kiosk.bootstrap.entrance import run_entrance

    run_entrance(config.load(arguments.config), stop_on_signal())
    return 0


def _eye(arguments: argparse.Namespace) -> int:
    from kiosk import config
    from kiosk.bootstrap.eye import run_eye

    run_eye(config.load_new(arguments.config), stop_on_signal())
    return 0


def _uplink(arguments: argparse.Namespace) -> int:
    # sqlite_utils loads it wherever it is installed: 8 MB that a sender of rows has no use for
    sys.modules["numpy"] = None  # type: ignore[assignment]

    from kiosk import config
    from kiosk.bootstrap.uplink import run_uplink

    run_uplink(config.load(arguments.config), stop_on_signal())
    return 0


def _display(arguments: argparse.Namespace) -> int:
    from kiosk import config
    from kiosk.bootstrap.display import run_display

    run_display(config.load_new(arguments.config), stop_on_signal())
    return 0


def _firstboot(arguments: argparse.Namespace) -> int:
    from kiosk.bootstrap.firstboot import run_firstboot

    run_firstboot(arguments.config, stop_on_signal())
    return 0


def _doctor(arguments: argparse.Namespace) -> int:
    """0 all is well, 1 something is missing, 2 a fault."""
    from kiosk import doctor

    if arguments.part:
        from kiosk import config
        from kiosk.doctor.tries import TRIES

        to_people = partial(print, file=sys.stderr, flush=True)
        findings = [TRIES[arguments.part](config.load(arguments.config), to_people)]
    else:
        findings = doctor.examine(arguments.config)
    print(doctor.as_json(findings) if arguments.json else doctor.as_text(findings))
    return doctor.status(findings)
