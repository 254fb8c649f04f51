"""The `kiosk` command. Each command imports only the rooms it needs, so that `kiosk read` needs no web server."""

import argparse
import json
import logging
import signal
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.errors import ConfigError, KioskError
from kiosk.languages import LANGUAGES


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
    _add_enrol(commands)
    _add_read(commands)
    _add_identify(commands)
    _add_outbox(commands)
    _add_doctor(commands)
    _add_prompts(commands)
    _add_update(commands)
    _add_simulate(commands)
    return parser


if TYPE_CHECKING:
    _Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - its only name


def _add_enrol(commands: "_Commands") -> None:
    enrol = commands.add_parser("enrol", help="join by a code that was typed, or lies in a file")
    enrol.add_argument("--config", type=Path, default=Path("/etc/kiosk/kiosk.toml"))
    enrol.add_argument("--file", type=Path, metavar="FILE", help="the code as text; else typed")
    enrol.set_defaults(command=_enrol)
    renew = commands.add_parser("renew", help="a new certificate, when the old one is half over")
    renew.add_argument("--config", type=Path, default=Path("/etc/kiosk/kiosk.toml"))
    renew.add_argument("--now", action="store_true", help="also before that")
    renew.set_defaults(command=_renew)


def _add_read(commands: "_Commands") -> None:
    read = commands.add_parser("read", help="read the codes in still images")
    read.add_argument("--json", action="store_true", help="one JSON object a line")
    read.add_argument("files", nargs="+", metavar="FILE")
    read.set_defaults(command=_read)


def _add_identify(commands: "_Commands") -> None:
    identify = commands.add_parser(
        "identify", help="say whose code this is (bytes on standard input)"
    )
    identify.add_argument("--json", action="store_true", help="one JSON object")
    identify.add_argument("--at", metavar="TIME", help="judge at this ISO 8601 time instead of now")
    identify.add_argument(
        "--trust", action="append", default=[], type=Path, metavar="CERTIFICATE", help="PEM or DER"
    )
    identify.add_argument(
        "--reveal", action="store_true", help="print identifiers and names in full"
    )
    identify.set_defaults(command=_identify)


def _add_outbox(commands: "_Commands") -> None:
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


def _add_prompts(commands: "_Commands") -> None:
    prompts = commands.add_parser(
        "prompts", help="what the kiosk says aloud: file name, tab, words"
    )
    prompts.add_argument("--language", choices=LANGUAGES, default="vi")
    prompts.set_defaults(command=_prompts)


def _add_update(commands: "_Commands") -> None:
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


def _add_doctor(commands: "_Commands") -> None:
    doctor = commands.add_parser("doctor", help="what is well with this kiosk, and what is not")
    doctor.add_argument("--config", type=Path, default=Path("/etc/kiosk/kiosk.toml"))
    doctor.add_argument("--json", action="store_true", help="one JSON list")
    doctor.set_defaults(command=_doctor)


def _add_simulate(commands: "_Commands") -> None:
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


def _run(arguments: argparse.Namespace) -> int:
    from kiosk import config
    from kiosk.bootstrap.entrance import run_entrance

    run_entrance(config.load(arguments.config), _stop_on_signal())
    return 0


def _eye(arguments: argparse.Namespace) -> int:
    from kiosk import config
    from kiosk.bootstrap.eye import run_eye

    run_eye(config.load_new(arguments.config), _stop_on_signal())
    return 0


def _uplink(arguments: argparse.Namespace) -> int:
    # sqlite_utils loads it wherever it is installed: 8 MB that a sender of rows has no use for
    sys.modules["numpy"] = None  # type: ignore[assignment]

    from kiosk import config
    from kiosk.bootstrap.uplink import run_uplink

    run_uplink(config.load(arguments.config), _stop_on_signal())
    return 0


def _display(arguments: argparse.Namespace) -> int:
    from kiosk import config
    from kiosk.bootstrap.display import run_display

    run_display(config.load_new(arguments.config), _stop_on_signal())
    return 0


def _firstboot(arguments: argparse.Namespace) -> int:
    from kiosk.bootstrap.firstboot import run_firstboot

    run_firstboot(arguments.config, _stop_on_signal())
    return 0


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


def _prompts(arguments: argparse.Namespace) -> int:
    from kiosk.voice import PROMPTS
    from kiosk.web.catalogue import load_catalogues

    text = load_catalogues()[arguments.language].text
    for name, sources in PROMPTS.items():
        print(f"{name}.wav\t{'. '.join(text(source) for source in sources)}.")
    return 0


def _read(arguments: argparse.Namespace) -> int:
    from kiosk.eye.still import read_files

    for result in read_files(arguments.files):
        print(json.dumps(result, ensure_ascii=False), flush=True)
    return 0


def _identify(arguments: argparse.Namespace) -> int:
    from kiosk.credentials.identify import identify

    at = _time(arguments.at) if arguments.at else datetime.now(UTC)
    try:
        trust = [path.read_bytes() for path in arguments.trust]
    except OSError as error:
        raise KioskError(f"{error.filename}: {error.strerror}") from error
    answer = identify(sys.stdin.buffer.read(), at, trust, reveal=arguments.reveal)
    print(json.dumps(answer, ensure_ascii=False))
    return 0


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise KioskError(
            f"--at: {text!r} is no ISO 8601 time, like 2021-09-29T08:00:00+07:00"
        ) from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


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


def _doctor(arguments: argparse.Namespace) -> int:
    from kiosk import doctor

    findings = doctor.examine(arguments.config)
    print(doctor.as_json(findings) if arguments.json else doctor.as_text(findings))
    return 1 if any(each.health is doctor.Health.FAULT for each in findings) else 0


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


def _simulate(arguments: argparse.Namespace) -> int:
    if arguments.fleet is not None:
        from kiosk.simulation.fleet import run as fleet

        return fleet.simulate(fleet.Options.from_arguments(arguments), _stop_on_signal())
    from kiosk.simulation import run

    return run.simulate(run.Options.from_arguments(arguments), _stop_on_signal())


def _stop_on_signal() -> threading.Event:
    """Set by SIGTERM or SIGINT: every process of the kiosk ends by its own decision."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
