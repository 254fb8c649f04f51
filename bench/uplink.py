"""From the visit to its receipt: what it costs, against bare SQLite and a blind paho in the same run.

    python -m bench.uplink [--quick] [--check] [--json FILE]

Bare SQLite is one INSERT and one COMMIT in WAL mode with synchronous=FULL, in turns with ours on the same disk. The
blind publisher is paho with QoS 1 and a window of 20 over the same TLS to the same broker, and nothing else: no store,
no receipts. Both bring up fresh events of the same kind, which the real collector commits.
"""

import contextlib
import json
import os
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from bench.faults.rig import Rig, door_command, rig
from bench.processes import cpu_s
from bench.report import Figure, Report, parser_of
from kiosk.domain.verdict import Outcome, Verdict
from kiosk.domain.visit import Direction, Visit
from kiosk.privacy.sealing import Context, Part, seal
from kiosk.simulation.site import KIOSK_ID
from kiosk.store.outbox import Outbox
from kiosk.store.stamp import read_boot_id, read_stamp
from kiosk.telemetry import percentile
from kiosk.wire.ids import uuid7
from kiosk.wire.keys import SealingKey

ROUNDS = 5
PAIRS, QUICK_PAIRS = 1_000, 200
BACKLOG, QUICK_BACKLOG = 100_000, 15_000
RATE, RATE_FOR_S = 500.0, 10
UNDER_LOAD = 10_000
ROW_BYTES = 600
# name, address and answers, as long as they get
LINK_BYTES, CONTACT_BYTES = 160, 700
DRAIN_LIMIT_S = 900.0


@dataclass(frozen=True)
class Run:
    """What bringing up so many events took."""

    events: int
    took_s: float
    cpu_s: float
    named_s: float = 0.0  # until the last receipt
    receipts: int = 0
    round_trips_ms: tuple[float, ...] = ()

    @property
    def rate(self) -> float:
        return self.events / self.took_s

    @property
    def cpu_us(self) -> float:
        return 1e6 * self.cpu_s / self.events


def main(argv: list[str] | None = None) -> int:
    # whoever ends us ends the processes and mounts that we have made, too
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    report = Report("uplink", parser_of("bench.uplink", __doc__ or "").parse_args(argv))
    quick = report.arguments.quick
    _commits(report, QUICK_PAIRS if quick else PAIRS)
    _sealing(report)
    with rig() as site:
        site.start("broker", "collector")
        _receipts(site, report)
        _drains(site, report, QUICK_BACKLOG if quick else BACKLOG)
    return report.finish()


# ---- the commit


def _commits(report: Report, pairs: int) -> None:
    ratios, ours_ms, bare_ms = [], [], []
    with (
        tempfile.TemporaryDirectory(prefix="bench-uplink-", dir=_disk()) as folder,
        Outbox(Path(folder, "state.db"), KIOSK_ID, owner=True) as outbox,
        contextlib.closing(_bare(Path(folder, "bare.db"))) as bare,
    ):
        for number in range(ROUNDS):
            report.progress(f"commits: round {number + 1} of {ROUNDS}")
            ours, others = _round(outbox, bare, pairs)
            ours_ms.append(percentile(ours, 0.99) or 0.0)
            bare_ms.append(percentile(others, 0.99) or 0.0)
            ratios.append(ours_ms[-1] / bare_ms[-1])
    report.add(
        Figure(
            "visit commit p99, times a bare SQLite commit's, median of 5 rounds",
            *(statistics.median(ratios), 1.3),
            peer="bare SQLite",
            peer_value=1.0,
        )
    )
    report.add(
        Figure(
            "visit commit p99, ms, median of 5 rounds",
            statistics.median(ours_ms),
            peer="bare SQLite",
            peer_value=statistics.median(bare_ms),
        )
    )


def _round(outbox: Outbox, bare: sqlite3.Connection, pairs: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each commit, ours and the bare ones."""
    boot_id = read_boot_id()
    ours: list[float] = []
    others: list[float] = []
    for number in range(pairs):
        stamp = read_stamp(boot_id)
        visit = Visit(
            uuid7(time.time_ns() // 1_000_000, os.urandom(10)),
            *(stamp.at, Direction.IN, Verdict(Outcome.ACCEPTED, "kiosk_form"), "cccd"),
        )
        steps: list[tuple[list[float], Callable[[], object]]] = [
            (ours, partial(outbox.append_visit, visit, stamp)),
            (others, partial(_insert, bare, os.urandom(ROW_BYTES))),
        ]
        # whoever comes second may find the disk busy with the first
        for taken, step in steps if number % 2 else reversed(steps):
            taken.append(_took_ms(step))
    return ours, others


def _bare(path: Path) -> sqlite3.Connection:
    bare = sqlite3.connect(path)
    bare.execute("PRAGMA journal_mode=WAL").fetchone()
    bare.execute("PRAGMA synchronous=FULL")
    bare.execute("CREATE TABLE row (id INTEGER PRIMARY KEY, payload BLOB)")
    return bare


def _insert(bare: sqlite3.Connection, row: bytes) -> None:
    with bare:
        bare.execute("INSERT INTO row (payload) VALUES (?)", [row])


def _took_ms(step: Callable[[], object]) -> float:
    began_s = time.perf_counter()
    step()
    return 1000 * (time.perf_counter() - began_s)


def _disk() -> str | None:
    """Beside the checkout: the temporary folder may lie in RAM, where a sync costs nothing."""
    return str(Path.cwd()) if os.access(Path.cwd(), os.W_OK) else None


# ---- sealing


def _sealing(report: Report) -> None:
    report.progress("sealing: both parts")
    key = SealingKey(X25519PrivateKey.generate().public_key(), datetime.now(UTC))
    context = Context(uuid7(0, bytes(10)), KIOSK_ID, "0" * 32, 1)
    link, contact = os.urandom(LINK_BYTES), os.urandom(CONTACT_BYTES)

    def both() -> None:
        seal(Part.LINK, link, key, context)
        seal(Part.CONTACT, contact, key, context)

    rounds = [statistics.median(_took_ms(both) for _ in range(300)) for _ in range(ROUNDS)]
    report.add(Figure("sealing both parts of a visit, ms", statistics.median(rounds), 0.4))


# ---- the line


def _receipts(site: Rig, report: Report) -> None:
    report.progress(f"receipts: {RATE:.0f} events a second")
    calm = _blind(site, _payloads(site, int(RATE * RATE_FOR_S)), "--rate", RATE, "--listen")
    p50_ms, p99_ms = (percentile(list(calm.round_trips_ms), share) for share in (0.5, 0.99))
    report.add(Figure("event to receipt at 500 a second, p50, ms", p50_ms, 10.0))
    report.add(Figure("the same, p99, ms", p99_ms))
    report.progress("receipts: as fast as it goes")
    load = _blind(site, _payloads(site, UNDER_LOAD), "--listen")
    report.add(Figure("receipts per event under load", load.receipts / load.events, 0.2))


def _drains(site: Rig, report: Report, backlog: int) -> None:
    """Ours, then the peer's, in parts, so that both meet the same machine."""
    ours, blind = [], []
    for number in range(ROUNDS):
        report.progress(f"drain: part {number + 1} of {ROUNDS}")
        blind.append(_blind(site, _payloads(site, backlog // ROUNDS), "--listen"))
        ours.append(_ours(site, backlog // ROUNDS))
    report.add(
        Figure(
            f"drain of {backlog} rows, events a second, times a blind publisher's",
            *(statistics.median(o.rate / b.rate for o, b in zip(ours, blind, strict=True)), 0.5),
            higher_is_better=True,
            peer="blind paho",
            peer_value=1.0,
        )
    )
    report.add(
        Figure(
            "drain, events a second",
            statistics.median(run.rate for run in ours),
            higher_is_better=True,
            peer="blind paho",
            peer_value=statistics.median(run.rate for run in blind),
        )
    )
    report.add(
        Figure(
            "the same, until the blind publisher's last receipt",
            statistics.median(run.rate for run in ours),
            higher_is_better=True,
            peer="blind paho and collector",
            peer_value=statistics.median(run.events / run.named_s for run in blind),
        )
    )
    ratio = statistics.median(o.cpu_us / b.cpu_us for o, b in zip(ours, blind, strict=True))
    report.add(
        Figure(
            "uplink CPU per event, times a blind publisher's",
            *(ratio, 2.0),
            peer="blind paho",
            peer_value=1.0,
        )
    )
    report.add(
        Figure(
            "uplink CPU per event, us",
            statistics.median(run.cpu_us for run in ours),
            peer="blind paho",
            peer_value=statistics.median(run.cpu_us for run in blind),
        )
    )


def _ours(site: Rig, events: int) -> Run:
    """`kiosk uplink` itself, from its connection to the last receipt."""
    _door(site.site.kiosk_config, events)
    told = len(site.beats)
    with Outbox(site.config.database, KIOSK_ID, owner=False) as outbox:
        waiting = _waiting(outbox)
        site.start("uplink")
        pid = site.pid("uplink")
        # it tells of its connection in the very turn in which it hands over the first rows
        site.until(lambda: any(b.connected for _, b in site.beats[told:]), 60.0, "no connection")
        began_s, began_cpu_s = time.monotonic(), cpu_s(pid)
        site.until(lambda: _waiting(outbox) == 0, DRAIN_LIMIT_S, "it does not drain")
        run = Run(waiting, time.monotonic() - began_s, cpu_s(pid) - began_cpu_s)
    site.stop("uplink")
    return run


def _waiting(outbox: Outbox) -> int:
    return outbox.counts(read_stamp(read_boot_id())).waiting


def _blind(site: Rig, payloads: Path, *options: object) -> Run:
    command = [
        *(sys.executable, "-m", "bench.blind_publisher", "--kiosk", KIOSK_ID),
        *("--port", site.site.ports.broker, "--tls", site.site.root / "kiosk" / "tls"),
        *("--payloads", payloads, *options),
    ]
    done = subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True)
    told = json.loads(done.stdout)
    return Run(**{**told, "round_trips_ms": tuple(told["round_trips_ms"])})


def _payloads(site: Rig, events: int) -> Path:
    """Fresh events of another stream of the same kiosk, one a line."""
    with tempfile.TemporaryDirectory(prefix="bench-uplink-") as folder:
        config = site.twin_config(Path(folder))
        _door(config, events)
        with Outbox(Path(folder) / "state.db", KIOSK_ID, owner=False) as outbox:
            rows = outbox.waiting(0, events)
    file = site.site.root / "payloads"
    file.write_bytes(b"\n".join(row.payload for row in rows))
    return file


def _door(config: Path, events: int) -> None:
    """Two visits of three come with a declaration. The rows are many, so they are stored without syncs."""
    visits = -(-events * 2 // 3)
    command = [*door_command(config), "--visits", str(visits), "--forgetful"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    raise SystemExit(main())
