"""Lays out a throw-away site in one folder: authority, broker, collector, one kiosk; and says how to run each.

The collector and the broker are set up through the `collector` command, as a province would: the kiosk never
imports it.
"""

import contextlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from kiosk.errors import KioskError
from kiosk.simulation.ports import free_port, is_free
from kiosk.simulation.supervisor import Program

KIOSK_ID = "try-1"
VENUE = "Chợ Mẫu"
COLLECTOR_NAME = "collector"
# generous: a loaded machine of two cores must not look like a hung process
WATCHDOG_S = 20.0


@dataclass(frozen=True)
class Ports:
    broker: int
    collector: int
    screen: int
    bench: int
    devices: int = 0
    staff: int = 0


@dataclass(frozen=True)
class Site:
    root: Path
    run_dir: Path  # Unix sockets: their paths may be no longer than 107 bytes, so not under `root`
    ports: Ports

    @property
    def kiosk_config(self) -> Path:
        return self.root / "kiosk" / "kiosk.toml"

    @property
    def collector_config(self) -> Path:
        return self.root / "collector" / "collector.toml"

    @property
    def log_dir(self) -> Path:
        return self.root / "log"

    def url(self, port: int) -> str:
        return f"http://127.0.0.1:{port}"

    def remove(self) -> None:
        shutil.rmtree(self.run_dir, ignore_errors=True)


def choose_ports(wanted: Ports) -> Ports:
    """`wanted`, with 0 replaced by a free port. Raise KioskError naming a port that is in use."""
    chosen = []
    for name, port in vars(wanted).items():
        if port and not is_free(port):
            raise KioskError(
                f"port {port} ({name}) is in use: stop what uses it, or choose another with --{name}-port"
            )
        chosen.append(port or free_port())
    return Ports(*chosen)


def lay_out(root: Path, ports: Ports, *, door: str, seed: int, fps: float) -> Site:
    """Make everything the processes need. Raise KioskError with the words of the command that failed."""
    site = Site(root, make_run_dir(), ports)
    for folder in ("log", "kiosk/state", "collector"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    authority = root / "authority"
    collector_says("authority", "init", "--dir", authority)
    with ThreadPoolExecutor() as beside:  # most of each is the start of a process
        parts = [
            beside.submit(_certificates, root, authority),
            beside.submit(_broker, root, authority, ports),
            beside.submit(make_keys, root, authority),
            beside.submit(_passes, root),
        ]
    for part in parts:
        part.result()
    site.kiosk_config.write_text(_kiosk_toml(site, door, seed, fps), encoding="utf-8")
    site.collector_config.write_text(_collector_toml(site), encoding="utf-8")
    return site


def _certificates(root: Path, authority: Path) -> None:
    issue = ("authority", "issue", "--dir", authority, "--name")
    collector_says(*issue, KIOSK_ID, "--out", root / "kiosk/tls")
    collector_says(*issue, COLLECTOR_NAME, "--out", root / "collector/tls")
    collector_says(*issue, "devices", "--out", root / "collector/tls", "--server", "127.0.0.1")


def _broker(root: Path, authority: Path, ports: Ports) -> None:
    collector_says(
        *("broker", "setup", "--authority", authority, "--out", root / "broker"),
        *("--port", ports.broker, "--collector", COLLECTOR_NAME, "--kiosk", KIOSK_ID),
    )


def _passes(root: Path) -> None:
    collector_says("passes", "authority", "--dir", root / "passes")
    collector_says(
        *("passes", "delegate", "--dir", root / "passes", "--venue", VENUE),
        *("--out", root / "kiosk/passes"),
    )


@contextlib.contextmanager
def folder(wanted: Path | None) -> Iterator[Path]:
    """The one that is wanted, or one that is thrown away."""
    if wanted is not None:
        wanted.mkdir(parents=True, exist_ok=True)
        yield wanted.absolute()
        return
    with tempfile.TemporaryDirectory(prefix="kiosk-site-") as made:
        yield Path(made)


def make_run_dir() -> Path:
    """In RAM where this machine has some to offer, as /run is on a kiosk: people are kept there and nowhere else."""
    shared_memory = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
    has_ram = shared_memory.is_dir() and os.access(shared_memory, os.W_OK)
    return Path(tempfile.mkdtemp(prefix="kiosk-", dir=shared_memory if has_ram else None))


def make_keys(root: Path, authority: Path) -> None:
    """All of the collector's, and the officer's beside them: here one machine plays every part."""
    keys = root / "collector/keys"
    kinds = ("receipt", "command", "ingest", "pseudonym")
    collector_says("keys", "new", *kinds, "--dir", keys)
    officer = root / "officer"
    passphrase = {"COLLECTOR_PASSPHRASE": secrets.token_hex(16)}
    collector_says("keys", "tracing", "new", "--dir", officer, environment=passphrase)
    for public in officer.glob("tracing-*.pub"):
        shutil.copy(public, keys)
    collector_says(
        *("keys", "publish", "--authority", authority, "--dir", keys),
        *("--documents", root / "collector/documents"),
    )


def programs(site: Site) -> list[Program]:
    """What to run, in this order."""
    kiosk = (sys.executable, "-m", "kiosk")
    config = ("--config", str(site.kiosk_config))
    collector = (*COLLECTOR, "serve", "--config", str(site.collector_config))
    return [
        broker(site.root, site.ports.broker),
        Program("collector", collector),
        Program("kiosk", (*kiosk, "run", *config), WATCHDOG_S),
        Program("eye", (*kiosk, "eye", *config), WATCHDOG_S),
        Program("uplink", (*kiosk, "uplink", *config), WATCHDOG_S),
    ]


def broker(root: Path, port: int) -> Program:
    """The mosquitto of the folder that `collector broker setup` has made. Raise KioskError where there is none."""
    mosquitto = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if mosquitto is None:
        raise KioskError("mosquitto is not installed: run ./provisioning/setup.sh try")
    return Program("broker", (mosquitto, "-c", str(root / "broker" / "mosquitto.conf")), port=port)


def ledger_visits(site: Site) -> list[str]:
    """The ids of all visits in the ledger, as often as they stand there."""
    return [event["id"] for event in ledger_events(site) if ".visit." in event["type"]]


def ledger_events(site: Site) -> list[dict[str, Any]]:
    """What the ledger holds of this kiosk, by the words of the `collector` command."""
    lines = collector_says(
        *("ledger", "events", "--config", site.collector_config, "--kiosk", KIOSK_ID, "--json")
    )
    return [json.loads(line) for line in lines.splitlines()]


COLLECTOR = (sys.executable, "-m", "collector")


def collector_says(
    *arguments: object, environment: Mapping[str, str] = MappingProxyType({})
) -> str:
    """What a `collector` command prints. Raise KioskError with its words when it fails."""
    done = subprocess.run(
        [*COLLECTOR, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )
    if done.returncode != 0:
        raise KioskError(f"collector {arguments[0]} {arguments[1]}: {done.stderr.strip()}")
    return done.stdout


def _kiosk_toml(site: Site, door: str, seed: int, fps: float) -> str:
    return f"""\
[kiosk]
id = "{KIOSK_ID}"
door = "{door}"
venue_name = "{VENUE}"
state_dir = "state"
run_dir = "{site.run_dir}"
require_durable_state = false

[camera]
kind = "simulated"
fps = {fps}
seed = {seed}

[trust]
folder = "passes"

[passes]
key_file = "passes/pass.key"
delegation_file = "passes/pass.delegation"

[authority]
key_file = "tls/authority.pub"

[lights]
mock_pins = true

[printer]
kind = "simulated"

[staff]
port = {site.ports.staff}
host = "127.0.0.1"

[screen]
port = {site.ports.screen}
bench_port = {site.ports.bench}
near_communes = ["Phường Trà Vinh"]
collector_url = "{site.url(site.ports.collector)}"

[uplink]
host = "127.0.0.1"
port = {site.ports.broker}
ca_file = "tls/ca.pem"
certificate_file = "tls/{KIOSK_ID}.pem"
key_file = "tls/{KIOSK_ID}.key"
spread_s = 2.0
resend_s = 5.0

[tags]
host = "127.0.0.1"
port = {site.ports.devices}
"""


def _collector_toml(site: Site) -> str:
    return f"""\
[ledger]
file = "ledger.db"

[broker]
host = "127.0.0.1"
port = {site.ports.broker}
name = "{COLLECTOR_NAME}"
ca_file = "tls/ca.pem"
certificate_file = "tls/{COLLECTOR_NAME}.pem"
key_file = "tls/{COLLECTOR_NAME}.key"

[inbox]
keys_folder = "keys"
state_file = "inbox.json"
people_socket = "people.sock"

[documents]
folder = "documents"

[registry]
file = "registry.db"

[devices]
port = {site.ports.devices}
certificate_file = "tls/devices.pem"
key_file = "tls/devices.key"
tags_file = "tags.db"

[office]
port = {site.ports.collector}
open_here = true
"""
