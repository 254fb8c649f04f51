"""Lays out a throw-away province in one folder: authority, broker, registry, collector, a certificate for each kiosk.

All by the `collector` command, as a province would; and how to run its inbox by the province's clock.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk.errors import KioskError
from kiosk.simulation.fleet.province import ORGANISATIONS, Fate, Province
from kiosk.simulation.site import COLLECTOR, COLLECTOR_NAME, collector_says, make_keys
from kiosk.simulation.supervisor import Program

# a command line holds so many ids at once
_AT_ONCE = 200


@dataclass(frozen=True)
class Ground:
    """`root` holds all that is to be looked at afterwards, `state_dir` what the kiosks have on their disks."""

    root: Path
    state_dir: Path
    port: int
    postgresql: str = ""  # a connection string; else the ledger is a file

    @property
    def collector_config(self) -> Path:
        return self.root / "collector" / "collector.toml"

    @property
    def clock_file(self) -> Path:
        return self.state_dir / "clock"

    @property
    def tls(self) -> Path:
        return self.root / "tls"

    @property
    def log_dir(self) -> Path:
        return self.root / "log"


def lay_out(ground: Ground, province: Province) -> None:
    """Raise KioskError with the words of the command that failed."""
    root, authority = ground.root, ground.root / "authority"
    for folder in ("log", "collector", "registry"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    kiosks = list(province.kiosks)
    collector_says("authority", "init", "--dir", authority)
    names = [COLLECTOR_NAME, *kiosks]
    for begin in range(0, len(names), _AT_ONCE):
        some = names[begin : begin + _AT_ONCE]
        collector_says(
            *("authority", "issue", "--dir", authority),
            *("--out", ground.tls, "--name", *some),
        )
    collector_says(
        *("broker", "setup", "--authority", authority, "--out", root / "broker"),
        *("--port", ground.port, "--collector", COLLECTOR_NAME, "--kiosk", *kiosks),
    )
    make_keys(root, authority)
    ground.collector_config.write_text(_settings(ground), encoding="utf-8")
    for name, rows in _sheets(province).items():
        file = root / "registry" / f"{name}.csv"
        file.write_text(_csv(rows), encoding="utf-8")
        collector_says(name, "import", "--config", ground.collector_config, file)


def inbox(ground: Ground) -> Program:
    """The collector, whose clock is the time of the file `clock`; what it waits for, it waits for by the clock of this
    machine. Raise KioskError without libfaketime."""
    library = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
    if library is None:
        raise KioskError("the province has a clock of its own: install Debian's package faketime")
    # a factor (`x60`) would shorten every wait by as much: a socket would be given up at once
    env = {
        "LD_PRELOAD": str(library),
        "FAKETIME": "%",
        "FAKETIME_FOLLOW_FILE": str(ground.clock_file),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }
    argv = (*COLLECTOR, "inbox", "--config", str(ground.collector_config))
    return Program("collector", argv, env=env)


def hold_against_truth(
    ground: Ground, truth: Mapping[str, Any], parts: Sequence[str]
) -> list[dict[str, Any]]:
    """The figures of `collector truth`."""
    file = ground.root / "truth.json"
    file.write_text(json.dumps(truth, ensure_ascii=False, indent=1), encoding="utf-8")
    said = collector_says("truth", *parts, "--config", ground.collector_config, "--truth", file)
    return [json.loads(line) for line in said.splitlines()]


def _sheets(province: Province) -> dict[str, list[Sequence[str]]]:
    columns = ("id", "name", "type", "organisation", "commune", "district", "address", "hours")
    venues = [
        (
            *(one.id, one.name, one.kind.type, one.kind.organisation),
            *(one.commune, one.district, "đường Mẫu", one.hours),
        )
        for one in province.venues
    ]
    # of those that never joined every other one has no device at all
    doors = [
        (kiosk, venue.id, f"Cổng {at}")
        for number, venue in enumerate(province.venues)
        for at, kiosk in enumerate(venue.kiosks, 1)
        if venue.fate is not Fate.NEVER_ENROLLED or number % 2
    ]
    return {
        "organisations": [("id", "name", "kind"), *ORGANISATIONS],
        "venues": [columns, *venues],
        "kiosks": [("id", "venue", "door"), *doors],
    }


def _csv(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _settings(ground: Ground) -> str:
    ledger = f'postgresql = "{ground.postgresql}"' if ground.postgresql else 'file = "ledger.db"'
    return f"""\
[ledger]
{ledger}

[broker]
host = "127.0.0.1"
port = {ground.port}
name = "{COLLECTOR_NAME}"
ca_file = "../tls/ca.pem"
certificate_file = "../tls/{COLLECTOR_NAME}.pem"
key_file = "../tls/{COLLECTOR_NAME}.key"

[inbox]
keys_folder = "keys"
state_file = "inbox.json"
people_socket = "people.sock"

[documents]
folder = "documents"

[registry]
file = "registry.db"

[audit]
file = "audit.db"

[cases]
file = "cases.db"

[people]
file = "people.db"

[report]
folder = "reports"
"""
