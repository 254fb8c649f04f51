"""The `collector` command."""

import argparse
import json
import logging
import signal
import sys
import threading
from dataclasses import asdict
from pathlib import Path

from collector.errors import CollectorError
from kiosk.errors import ConfigError


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
    except CollectorError as error:
        print(f"collector: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="collector", description="The other end of the line.")
    groups = parser.add_subparsers(required=True, metavar="COMMAND")
    authority = groups.add_parser("authority", help="who signs certificates").add_subparsers(
        required=True, metavar="COMMAND"
    )
    init = authority.add_parser("init", help="make a new authority")
    init.add_argument("--dir", type=Path, required=True)
    init.set_defaults(command=_authority_init)
    issue = authority.add_parser("issue", help="make a key and a certificate")
    issue.add_argument("--dir", type=Path, required=True, help="the authority's folder")
    issue.add_argument(
        "--name", required=True, help="common name: a kiosk's id, or the collector's name"
    )
    issue.add_argument(
        "--out", type=Path, required=True, help="where NAME.pem, NAME.key, ca.pem go"
    )
    issue.add_argument(
        "--server", nargs="+", default=[], metavar="HOST", help="a server's certificate"
    )
    issue.set_defaults(command=_authority_issue)
    broker = groups.add_parser("broker", help="the broker's folder").add_subparsers(
        required=True, metavar="COMMAND"
    )
    set_up = broker.add_parser("setup", help="write everything mosquitto needs")
    set_up.add_argument("--authority", type=Path, required=True)
    set_up.add_argument("--out", type=Path, required=True)
    set_up.add_argument("--port", type=int, default=8883)
    set_up.add_argument("--collector", default="collector", help="the collector's name")
    set_up.add_argument("--kiosk", nargs="+", default=[], metavar="ID", help="the kiosks let in")
    set_up.set_defaults(command=_broker_setup)
    serve = groups.add_parser("serve", help="inbox and office page")
    serve.add_argument("--config", type=Path, default=Path("/etc/collector/collector.toml"))
    serve.set_defaults(command=_serve)
    ledger = groups.add_parser("ledger", help="ask the ledger").add_subparsers(
        required=True, metavar="COMMAND"
    )
    events = ledger.add_parser("events", help="the events of a kiosk, in order")
    events.add_argument("--config", type=Path, default=Path("/etc/collector/collector.toml"))
    events.add_argument("--kiosk", required=True, metavar="ID")
    events.add_argument("--json", action="store_true", help="one JSON object a line")
    events.set_defaults(command=_ledger_events)
    check = ledger.add_parser(
        "check", help="counts, gaps, repeats, quarantine; exit 1 when something is missing"
    )
    check.add_argument("--config", type=Path, default=Path("/etc/collector/collector.toml"))
    check.add_argument("--json", action="store_true", help="one JSON object a kiosk")
    check.set_defaults(command=_ledger_check)
    return parser


def _authority_init(arguments: argparse.Namespace) -> int:
    from collector import authority

    authority.create(arguments.dir)
    return 0


def _authority_issue(arguments: argparse.Namespace) -> int:
    from collector import authority

    authority.issue(arguments.dir, arguments.name, arguments.out, arguments.server)
    return 0


def _broker_setup(arguments: argparse.Namespace) -> int:
    from collector import broker

    configuration = broker.set_up(
        arguments.authority, arguments.out, arguments.port, arguments.collector, arguments.kiosk
    )
    print(f"mosquitto -c {configuration}")
    return 0


def _serve(arguments: argparse.Namespace) -> int:
    from collector import config, serve

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    serve.serve(config.load(arguments.config), stop, lambda line: print(line, flush=True))
    return 0


def _ledger_events(arguments: argparse.Namespace) -> int:
    from collector import config, serve

    with serve.open_ledger(config.load(arguments.config)) as ledger:
        for event in ledger.events(arguments.kiosk):
            if arguments.json:
                print(json.dumps(event))
            else:
                print(f"{event['seq']:>6} {event['at']} {event['type']} {event['verdict'] or ''}")
    return 0


def _ledger_check(arguments: argparse.Namespace) -> int:
    from collector import config, serve

    with serve.open_ledger(config.load(arguments.config)) as ledger:
        kiosks = ledger.kiosks()
    for kiosk in kiosks:
        if arguments.json:
            print(json.dumps(asdict(kiosk), default=str))
        else:
            print(
                f"{kiosk.kiosk}: accepted {kiosk.accepted}, missing {kiosk.missing}, refer {kiosk.refer},"
                f" repeats {kiosk.repeats}, gaps {kiosk.missing_seqs}, quarantined {kiosk.quarantined}"
            )
    return 1 if any(kiosk.missing_seqs for kiosk in kiosks) else 0
