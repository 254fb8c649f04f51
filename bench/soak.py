"""One kiosk for a long time: 100,000 visits, and whether it is afterwards what it was before.

    python -m bench.soak [--visits N] [--quick] [--check] [--json FILE]

The real processes of a site (`kiosk run`, `kiosk uplink`, Mosquitto over TLS, the collector); in the camera's place
stand readings over the loop's own socket, as the eye sends them, each as soon as the one before has been answered.
3,000 people come again and again (--quick: 2,000 visits of 200): two of three show a card and have declared nothing,
the third shows a Pass. After each tenth the ledger is copied to a second place, and the door rests; there memory,
descriptors and files are looked at. The first fifth warms up: everybody has come by then, and what runs has taken the
room that it needs; the end is held against what was there then.
"""

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bench.faults.rig import Rig, rig
from bench.processes import cpu_s, descriptors, own_mb
from bench.report import Figure, Report, parser_of
from kiosk.credentials import health_pass
from kiosk.rehearsal.people import citizen_card, name_on_card
from kiosk.reports import EyeBeat, ReadingReport, Reporter
from kiosk.simulation.screen import Screen
from kiosk.telemetry import percentile

PARTS, WARM, THREE = 10, 2, 3
LOOKS, LOOK_EVERY_S = 10, 0.1
WATCHED = ("kiosk", "uplink", "collector")
# a person who comes again within it is told "already recorded": a second is the least a kiosk may be set to
REPEAT_S = 1.0
ANSWER_S, REST_S, DRAIN_S = 10.0, 20.0, 120.0


@dataclass(frozen=True)
class Size:
    visits: int
    people: int


FULL, QUICK = Size(100_000, 3_000), Size(2_000, 200)


@dataclass(frozen=True)
class Look:
    """Of a part, and at its end: each process by name, and the kiosk's database with its WAL."""

    memory_mb: dict[str, float]
    descriptors: dict[str, int]
    database_mb: float
    scan_ms: tuple[float, ...]
    cpu_ms: float  # of the kiosk, a visit


def main(argv: list[str] | None = None) -> int:
    parser = parser_of("bench.soak", __doc__ or "")
    parser.add_argument("--visits", type=int, metavar="N", help="so many, in place of either")
    report = Report("soak", parser.parse_args(argv))
    size = QUICK if report.arguments.quick else FULL
    if report.arguments.visits:
        visits = report.arguments.visits
        size = Size(visits, min(size.people, visits * WARM // PARTS))
    began_s = time.monotonic()
    with rig(
        {"[uplink]": f"[policy]\nrepeat_window_s = {REPEAT_S}\n\n[uplink]"}, for_the_loop=False
    ) as site:
        looks, came = _soaked(site, size, report.progress)
    took_s = time.monotonic() - began_s
    report.add(Figure("visits", size.visits))
    first, last = looks[WARM - 1], looks[-1]
    for name in WATCHED:
        grown = 100 * (last.memory_mb[name] / first.memory_mb[name] - 1)
        begun_mb = first.memory_mb[name]
        report.add(
            Figure(
                f"memory of {name} grown, %",
                grown,
                5.0,
                bound=f"{begun_mb:.0f} MB when warm",
            )
        )
    for name in WATCHED:
        more = last.descriptors[name] - first.descriptors[name]
        report.add(Figure(f"descriptors of {name} more than when warm", more, 0.0))
    largest_mb = max(look.database_mb for look in looks)
    report.add(
        Figure(
            "database and WAL of the kiosk, MB, the largest",
            largest_mb,
            64.0,
            bound="visits of the day",
        )
    )
    early, late = looks[WARM : WARM + THREE], looks[-THREE:]
    # the second tells work that has grown from neighbours that took the processor
    for name, of, goal in (
        ("scan to light p95", _p95_ms, 1.1),
        ("CPU of kiosk a visit", lambda look: look.cpu_ms, None),
    ):
        began_ms, ended_ms = (median(map(of, part)) for part in (early, late))
        report.add(Figure(f"{name}, ms", ended_ms, peer="when warm", peer_value=began_ms))
        report.add(Figure(f"{name}, times when warm", ended_ms / began_ms, goal))
    report.add(Figure("visits answered but not in the ledger", size.visits - came, 0.0))
    report.add(
        Figure("visits a second, rests included", size.visits / took_s, higher_is_better=True)
    )
    return report.finish()


def _soaked(site: Rig, size: Size, progress: Callable[[str], None]) -> tuple[list[Look], int]:
    """What was seen after each part, and how many visits the ledger holds in the end."""
    people = _people(site, size.people)
    looks: list[Look] = []
    site.start("broker", "collector", "kiosk", "uplink")
    with _at_the_door(site) as (reporter, screen):
        for part in range(PARTS):
            count = size.visits // PARTS
            scans_ms, began_cpu_s = [], cpu_s(site.pid("kiosk"))
            for number in range(count):
                scans_ms.append(
                    _shown(reporter, screen, people[(part * count + number) % len(people)])
                )
                if number % 200 == 0:
                    progress(f"visits: {part * count + number} of {size.visits}")
            cpu_ms = 1000 * (cpu_s(site.pid("kiosk")) - began_cpu_s) / count
            progress(f"part {part + 1} of {PARTS} rests: {_sizes(looks)}")
            _archive(site, part)
            screen.wait(lambda shown: shown["screen"] == "idle", screen.seq, REST_S)
            looks.append(_look(site, scans_ms, cpu_ms))
    _until(lambda: _is_sent(site), DRAIN_S)
    return looks, sum(".visit." in event["type"] for event in site.ledger())


def _people(site: Rig, count: int) -> Sequence[bytes]:
    """What each of them holds up."""
    pem = (site.site.root / "kiosk" / "passes" / "pass.key").read_bytes()
    key = load_pem_private_key(pem, password=None)
    assert isinstance(key, Ed25519PrivateKey)
    now = datetime.now(UTC)

    def code(number: int) -> bytes:
        if number % 3:
            return citizen_card(number)
        issued = health_pass.issue(
            key,
            pass_id=number.to_bytes(health_pass.PASS_ID_BYTES, "big"),
            name=name_on_card(number),
            not_before=now,
            not_after=now + timedelta(days=1),
            policy_version=0,
        )
        return issued.encode()

    return [code(number) for number in range(count)]


@contextmanager
def _at_the_door(site: Rig) -> Iterator[tuple[Reporter, Screen]]:
    """The eye's end of the loop's socket, with an eye that beats, and the visitor's screen."""
    reporter, beats = Reporter(site.config.report_socket), Reporter(site.config.report_socket)
    stop = threading.Event()

    def beat() -> None:
        while not stop.wait(0.5):
            beats.send(EyeBeat("ok", False, 30.0, 0.0, 1.0, 2.0, 0))

    pulse = threading.Thread(target=beat)
    with ExitStack() as stack:
        stack.callback(reporter.close)
        stack.callback(beats.close)
        screen = stack.enter_context(Screen(site.site.ports.screen))
        pulse.start()
        stack.callback(pulse.join)
        stack.callback(stop.set)
        assert screen.wait(lambda shown: shown["screen"] == "idle", -1, REST_S), "no kiosk"
        yield reporter, screen


def _shown(reporter: Reporter, screen: Screen, code: bytes) -> float:
    """Milliseconds from the scan to the light of somebody who holds this up."""
    before = screen.seq
    assert reporter.send(ReadingReport("QRCode", code, time.monotonic_ns(), 1.0)), "not heard"
    answered = screen.wait(lambda shown: "scan_to_light_ms" in shown, before, ANSWER_S)
    assert answered is not None, "no answer in time"
    return float(answered["scan_to_light_ms"])


def _archive(site: Rig, part: int) -> None:
    """A copy of the ledger in a second place: what it holds need not stay at the kiosk."""
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        command = [sys.executable, "-m", "collector", "backup", "--to", f"{folder}/{part}.db"]
        config = ["--config", str(site.site.collector_config)]
        subprocess.run([*command, *config], check=True, capture_output=True)


def _look(site: Rig, scans_ms: Sequence[float], cpu_ms: float) -> Look:
    pids = {name: site.pid(name) for name in WATCHED}
    files = site.config.database.parent.glob(f"{site.config.database.name}*")
    return Look(
        {name: own_mb(pid) for name, pid in pids.items()},
        {name: _kept_open(pid) for name, pid in pids.items()},
        sum(file.stat().st_size for file in files) / 1e6,
        tuple(scans_ms),
        cpu_ms,
    )


def _kept_open(pid: int) -> int:
    """Descriptors that stay: what is open for a moment only is no growth."""
    seen = []
    for _ in range(LOOKS):
        seen.append(descriptors(pid))
        time.sleep(LOOK_EVERY_S)
    return min(seen)


def _p95_ms(look: Look) -> float:
    return percentile(list(look.scan_ms), 0.95) or 0.0


def _sizes(looks: Sequence[Look]) -> str:
    """What was seen last, for whoever watches."""
    if not looks:
        return ""
    last = looks[-1]
    sizes = ", ".join(f"{name} {mb:.1f} MB" for name, mb in last.memory_mb.items())
    return f"{sizes}; scan to light p95 {_p95_ms(last):.1f} ms, CPU {last.cpu_ms:.1f} ms a visit"


def _is_sent(site: Rig) -> bool:
    return site.waiting() == 0


def _until(holds: Callable[[], bool], limit_s: float) -> None:
    deadline_s = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < deadline_s, "not in time"
        time.sleep(0.5)


if __name__ == "__main__":
    raise SystemExit(main())
