"""The commands by which a kiosk joins, and its certificate and program stay new: `kiosk enrol`, `renew`, `update`."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.errors import KioskError

if TYPE_CHECKING:
    _Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - its only name


def add_enrol(commands: "_Commands") -> None:
    enrol = commands.add_parser("enrol", help="join by a code that was typed, or lies in a file")
    enrol.add_argument("--config", type=Path, default=Path("/etc/kiosk/kiosk.toml"))
    enrol.add_argument("--file", type=Path, metavar="FILE", help="the code as text; else typed")
    enrol.set_defaults(command=_enrol)
    renew = commands.add_parser("renew", help="a new certificate, when the old one is half over")
    renew.add_argument("--config", type=Path, default=Path("/etc/kiosk/kiosk.toml"))
    renew.add_argument("--now", action="store_true", help="also before that")
    renew.set_defaults(command=_renew)


def add_update(commands: "_Commands") -> None:
    update = commands.add_parser("update", help="releases of the program: kiosk-update calls these")
    steps = update.add_subparsers(required=True, metavar="COMMAND")
    fetch = steps.add_parser(
        "fetch", help="what the collector has for this kiosk, if its time has come"
    )
    fetch.set_defaults(command=_update_fetch)
    unpack = steps.add_parser(
        "unpack", help="a bundle that the authority has signed; prints its name"
    )
    unpack.add_argument("file", type=Path, metavar="FILE")
    unpack.add_argument("--into", type=Path, required=True, metavar="FOLDER")
    unpack.add_argument("--allow-older", action="store_true", help="also one that is older")
    unpack.add_argument(
        "--pin", type=Path, default=Path("/etc/kiosk/authority.pub"), metavar="FILE"
    )
    unpack.set_defaults(command=_update_unpack)
    for parser in (fetch, unpack):
        parser.add_argument("--config", type=Path, default=Path("/etc/kiosk/kiosk.toml"))
        parser.add_argument("--base", type=Path, default=Path("/opt/kiosk"), metavar="FOLDER")


def _enrol(arguments: argparse.Namespace) -> int:
    from kiosk.bootstrap.firstboot import enrol

    try:
        text = arguments.file.read_text() if arguments.file else input("code: ")
    except (OSError, UnicodeDecodeError, EOFError) as error:
        told = getattr(error, "strerror", None) or "no text"
        raise KioskError(f"the code cannot be read ({told})") from error
    joined = enrol(arguments.config, text)
    print(f"{joined.kiosk} {joined.venue_name}: {' '.join(joined.words)}")
    return 0


def _renew(arguments: argparse.Namespace) -> int:
    from kiosk import config
    from kiosk.bootstrap.firstboot import renew

    found = config.load(arguments.config)
    print("renewed" if renew(found, at_once=arguments.now) else "not due yet")
    return 0


def _update_fetch(arguments: argparse.Namespace) -> int:
    from kiosk import config
    from kiosk.bootstrap.updating import fetch_update

    found = fetch_update(config.load(arguments.config), arguments.base)
    print(found or "nothing to fetch")
    return 0


def _update_unpack(arguments: argparse.Namespace) -> int:
    from kiosk import config
    from kiosk.bootstrap.updating import unpack_update

    name = unpack_update(
        config.load_new(arguments.config),
        arguments.file,
        arguments.into,
        arguments.base,
        arguments.pin,
        allow_older=arguments.allow_older,
    )
    print(name)
    return 0
