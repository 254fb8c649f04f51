"""The `collector` command. Each command imports only the rooms it needs."""

import argparse
import logging
import sys
from pathlib import Path
from typing import TypeAlias

from collector import (
    cli_accounts,
    cli_audit,
    cli_carry,
    cli_cases,
    cli_command,
    cli_key_care,
    cli_keys,
    cli_ledger,
    cli_people,
    cli_registry,
    cli_releases,
    cli_report,
    cli_serve,
    cli_trace,
)
from kiosk.errors import ConfigError, KioskError

CONFIG = Path("/etc/collector/collector.toml")


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
    except KioskError as error:  # CollectorError is one of them
        print(f"collector: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        sys.stderr.close()  # whoever read us has gone: nothing more to say
        return 1
    except OSError as error:
        print(
            f"collector: {error.filename or 'input or output'}: {error.strerror}", file=sys.stderr
        )
        return 1
    except KeyboardInterrupt:
        return 130


_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no public name


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="collector", description="The other end of the line: takes in what the kiosks send."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_authority(_group(commands, "authority", "who signs the certificates"))
    _add_broker(_group(commands, "broker", "what mosquitto runs on"))
    _add_passes(_group(commands, "passes", "who may issue passes"))
    keys = _group(commands, "keys", "by which the collector speaks and listens")
    cli_keys.add_keys(keys)
    cli_key_care.add_care(keys, CONFIG)
    cli_keys.add_documents(_group(commands, "documents", "what is said to the kiosks"))
    cli_releases.add_releases(_group(commands, "releases", "the program that the kiosks run"))
    cli_registry.add_organisations(
        _group(commands, "organisations", "who answers for venues"), CONFIG
    )
    cli_registry.add_venues(_group(commands, "venues", "the places that are registered"), CONFIG)
    cli_registry.add_kiosks(_group(commands, "kiosks", "the devices at their doors"), CONFIG)
    cli_accounts.add_accounts(_group(commands, "accounts", "who may use the office"), CONFIG)
    audit = _group(commands, "audit", "who asked, released, opened, deleted")
    cli_audit.add_audit(audit, CONFIG)
    cli_cases.add_record(audit, CONFIG)
    cli_cases.add_open(commands)
    cli_trace.add_trace(commands, CONFIG)
    cli_trace.add_stays(
        _group(commands, "stays", "who was where, as derived from the events"), CONFIG
    )
    cli_report.add_report(_group(commands, "report", "how much it is used, and where not"), CONFIG)
    cli_report.add_demo(commands)
    cli_report.add_truth(commands, CONFIG)
    person = _group(commands, "person", "what people may ask about their own data")
    cli_people.add_person(person, CONFIG)
    retention = _group(commands, "retention", "what vanishes by itself")
    cli_people.add_retention(retention, CONFIG)
    cli_serve.add_serve(commands, CONFIG)
    cli_command.add_command(commands, CONFIG)
    for name, what, add in (
        ("import", "take in a backlog that was carried here", cli_carry.add_import),
        ("backup", "copy the ledger to a second place, while it is written", cli_carry.add_backup),
        ("restore", "put a copy in the ledger's place", cli_carry.add_restore),
    ):
        command = commands.add_parser(name, help=what, description=what)
        command.add_argument("--config", type=Path, default=CONFIG, metavar="FILE")
        add(command)
    cli_ledger.add_ledger(_group(commands, "ledger", "ask the ledger"), CONFIG)
    return parser


def _group(commands: _Commands, name: str, what: str) -> _Commands:
    group = commands.add_parser(name, help=what, description=what)
    return group.add_subparsers(required=True, metavar="COMMAND")


def _add_authority(authority: _Commands) -> None:
    init = authority.add_parser("init", help="make a new authority")
    init.add_argument("--dir", type=Path, required=True, help="its folder; keep it to yourself")
    init.set_defaults(command=_authority_init)
    issue = authority.add_parser("issue", help="make a key and a certificate")
    issue.add_argument("--dir", type=Path, required=True, help="the authority's folder")
    issue.add_argument(
        "--name", nargs="+", required=True, help="kiosks' ids, or the collector's name"
    )
    issue.add_argument(
        "--out", type=Path, required=True, help="where NAME.pem, NAME.key and ca.pem go"
    )
    issue.add_argument(
        "--server",
        nargs="+",
        default=[],
        metavar="NAME",
        help="for a server: the host names or addresses it is reached by",
    )
    issue.set_defaults(command=_authority_issue)
    issuer = authority.add_parser("enrolment", help="make the key by which kiosks are let in")
    issuer.add_argument("--out", type=Path, required=True, help="its folder, on the collector")
    issuer.set_defaults(command=_authority_enrolment)


def _add_broker(broker: _Commands) -> None:
    setup = broker.add_parser("setup", help="write, or write again, a folder for mosquitto")
    setup.add_argument("--authority", type=Path, required=True, help="the authority's folder")
    setup.add_argument("--out", type=Path, required=True, help="the broker's folder")
    setup.add_argument("--port", type=_port, default=8883, help="on 127.0.0.1 (8883)")
    setup.add_argument("--collector", default="collector", metavar="NAME", help="the collector")
    setup.add_argument(
        "--worker", nargs="+", default=[], metavar="NAME", help="all that take in beside it"
    )
    setup.add_argument(
        "--kiosk", nargs="+", default=[], metavar="ID", help="all kiosks that are let in"
    )
    setup.add_argument(
        "--enrolment", type=Path, metavar="FILE", help="enrolment-ca.pem: let its kiosks in too"
    )
    setup.set_defaults(command=_broker_setup)
    for name, what in (("admit", "let a kiosk in"), ("revoke", "shut a kiosk out, for good")):
        control = broker.add_parser(name, help=f"{what}, at the running broker")
        control.add_argument("--broker", type=Path, required=True, help="the broker's folder")
        control.add_argument("--port", type=_port, default=8883, help="on 127.0.0.1 (8883)")
        control.add_argument("--kiosk", required=True, metavar="ID")
        control.set_defaults(command=_broker_control, what=name)


def _add_passes(passes: _Commands) -> None:
    authority = passes.add_parser("authority", help="make a new authority for passes")
    authority.add_argument("--dir", type=Path, required=True, help="its folder; keep it apart")
    authority.set_defaults(command=_passes_authority)
    delegate = passes.add_parser("delegate", help="lend a kiosk the right to issue passes")
    delegate.add_argument("--dir", type=Path, required=True, help="the folder of the authority")
    delegate.add_argument("--venue", required=True, metavar="NAME", help="whose passes they are")
    delegate.add_argument(
        "--out", type=Path, required=True, help="where pass.key, pass.delegation, passes.pem go"
    )
    delegate.add_argument("--hours", type=float, default=72.0, help="for how long; 72 at most")
    delegate.set_defaults(command=_passes_delegate)


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: 1 to 65535")
    return int(text)


def _authority_init(arguments: argparse.Namespace) -> int:
    from collector import authority

    authority.create(arguments.dir)
    return 0


def _authority_issue(arguments: argparse.Namespace) -> int:
    from collector import authority

    for name in arguments.name:
        authority.issue(arguments.dir, name, arguments.out, arguments.server)
    return 0


def _authority_enrolment(arguments: argparse.Namespace) -> int:
    from collector import authority

    authority.create_issuer(arguments.out)
    return 0


def _broker_setup(arguments: argparse.Namespace) -> int:
    from collector import broker

    configuration = broker.set_up(
        arguments.authority,
        arguments.out,
        arguments.port,
        arguments.collector,
        arguments.kiosk,
        arguments.enrolment,
        arguments.worker,
    )
    print(broker.command_line(configuration))
    return 0


def _broker_control(arguments: argparse.Namespace) -> int:
    from collector import broker

    act = broker.admit if arguments.what == "admit" else broker.revoke
    act(broker.as_admin(arguments.broker, arguments.port), arguments.kiosk)
    return 0


def _passes_authority(arguments: argparse.Namespace) -> int:
    from collector import passes

    passes.create(arguments.dir)
    return 0


def _passes_delegate(arguments: argparse.Namespace) -> int:
    from collector import passes

    ends = passes.delegate(arguments.dir, arguments.venue, arguments.out, arguments.hours)
    print(f"until {ends:%Y-%m-%d %H:%M} UTC")
    return 0
