"""The commands about organisations, venues, the kiosks at their doors, posters and enrolment codes."""

import argparse
import io
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from collector.cli_progress import told_of

if TYPE_CHECKING:
    from collector.registry.sqlite_registry import SqliteRegistry

_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no public name
T = TypeVar("T")


def add_organisations(group: _Commands, config: Path) -> None:
    _add_exchange(group, "organisations", config)


def add_venues(group: _Commands, config: Path) -> None:
    _add_exchange(group, "venues", config)
    poster = group.add_parser("poster", help="write the posters that visitors scan, PDF and SVG")
    _config(poster, config)
    poster.add_argument("--venue", nargs="*", default=[], metavar="ID", help="of these; or of all")
    poster.add_argument("--out", type=Path, required=True, help="the folder they go to")
    poster.set_defaults(command=_poster)


def add_kiosks(group: _Commands, config: Path) -> None:
    _add_exchange(group, "kiosks", config)
    enrol = group.add_parser("enrol", help="a code that lets one kiosk join, once, for 15 minutes")
    _config(enrol, config)
    enrol.add_argument("--kiosk", required=True, metavar="ID")
    enrol.add_argument("--svg", type=Path, metavar="FILE", help="write the QR there, else show it")
    enrol.add_argument(
        "--wifi",
        metavar="NAME",
        help="a network for the kiosk to join; its passphrase in COLLECTOR_WIFI_PASSPHRASE",
    )
    enrol.set_defaults(command=_enrol)


def _add_exchange(group: _Commands, name: str, config: Path) -> None:
    take = group.add_parser("import", help=f"take {name} from a CSV file: all of it, or nothing")
    _config(take, config)
    take.add_argument("file", type=Path, help="CSV, UTF-8, as `export` writes it")
    take.set_defaults(command=_import, what=name)
    export = group.add_parser("export", help=f"write all {name} to a CSV file")
    _config(export, config)
    export.add_argument("file", type=Path, help="is replaced when it is there")
    export.set_defaults(command=_export, what=name)
    show = group.add_parser("list", help=f"show the {name}")
    _config(show, config)
    show.set_defaults(command=_list, what=name)


def _config(parser: argparse.ArgumentParser, default: Path) -> None:
    parser.add_argument("--config", type=Path, default=default, metavar="FILE")


def _registry(arguments: argparse.Namespace) -> "SqliteRegistry":
    from collector import config
    from collector.registry.sqlite_registry import SqliteRegistry

    return SqliteRegistry(config.load(arguments.config).registry.file)


def _import(arguments: argparse.Namespace) -> int:
    from collector.registry import exchange

    taken = exchange.take_in(
        _registry(arguments), arguments.what, arguments.file.read_bytes(), told_of("read")
    )
    print(f"mới {taken.new}, đổi {taken.changed}, như cũ {taken.same}", end=" / ")
    print(f"new {taken.new}, changed {taken.changed}, same {taken.same}")
    return 0


def _export(arguments: argparse.Namespace) -> int:
    from collector.registry import exchange
    from kiosk.durable_file import write_whole

    lines = list(exchange.lines(_registry(arguments), arguments.what))
    # persons responsible and their telephones stand in it
    write_whole(arguments.file, "".join(lines).encode(), 0o600)
    print(len(lines) - 1)
    return 0


def _list(arguments: argparse.Namespace) -> int:
    from collector.registry import exchange

    sheet = exchange.SHEETS[arguments.what]
    shown = [name for name in sheet.columns if name not in ("phone", "responsible")]
    for one in exchange.listed(_registry(arguments), arguments.what):
        cells = sheet.write(one)
        print("\t".join(cells[name] for name in shown))
    return 0


def _poster(arguments: argparse.Namespace) -> int:
    from collector import config
    from collector.registry import poster
    from kiosk.durable_file import write_whole

    settings = config.load(arguments.config)
    registry = _registry(arguments)
    chosen = [_there(registry.venue(one), one) for one in arguments.venue]
    wanted = chosen or registry.venues()
    arguments.out.mkdir(parents=True, exist_ok=True)
    progress = told_of("posters")
    for done, venue in enumerate(wanted, 1):
        drawn = poster.draw(venue, settings.portal.address)
        write_whole(arguments.out / f"{venue.id}.pdf", poster.pdf(drawn), 0o644)
        write_whole(arguments.out / f"{venue.id}.svg", poster.svg(drawn), 0o644)
        progress(done, len(wanted))
    return 0


def _enrol(arguments: argparse.Namespace) -> int:
    from collector import config
    from collector.days import local_text
    from collector.registry import enrolment
    from kiosk.durable_file import write_whole
    from kiosk.wire.enrolment import Wifi

    settings = config.load(arguments.config)
    registry = _registry(arguments)
    kiosk = _there(registry.kiosk(arguments.kiosk), arguments.kiosk)
    wifi = None
    if arguments.wifi:
        wifi = Wifi(arguments.wifi, os.environ.get("COLLECTOR_WIFI_PASSPHRASE", ""))
    permit = enrolment.permit(registry, kiosk, enrolment.site(settings), datetime.now(UTC), wifi)
    if arguments.svg is not None:
        svg = io.BytesIO()
        permit.qr.save(svg, kind="svg", scale=4, light="white")
        write_whole(arguments.svg, svg.getvalue(), 0o600)
    elif sys.stdout.isatty():
        permit.qr.terminal(compact=True)
    else:
        print(permit.text)
    print(f"đến / until {local_text(permit.expires_at)}", file=sys.stderr)
    return 0


def _there(found: T | None, name: str) -> T:
    from collector.registry.port import RegistryError

    if found is None:
        raise RegistryError(f"{name} is not registered")
    return found
