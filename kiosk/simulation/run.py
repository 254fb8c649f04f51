"""`kiosk simulate`: a site on this machine, with somebody to look at it or with a crowd of made-up visitors."""

import argparse
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from hardware.stage import Stage
from kiosk.bootstrap.uplink import stored_visits
from kiosk.config import load
from kiosk.errors import KioskError
from kiosk.rehearsal.people import visitor
from kiosk.simulation import site as sites
from kiosk.simulation.crowd import Crowd, Tally
from kiosk.simulation.screen import Screen
from kiosk.simulation.supervisor import Supervisor
from kiosk.simulation.touch import Declarer
from kiosk.telemetry import percentile

READY_TIMEOUT_S = 60.0
DRAIN_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Options:
    headless: bool
    visitors: int
    check: bool
    door: str
    folder: Path | None
    seed: int
    fps: float
    ports: sites.Ports

    @classmethod
    def from_arguments(cls, arguments: argparse.Namespace) -> "Options":
        if arguments.visitors < 1:
            raise KioskError("--visitors must be at least 1")
        usual = {"screen": 8080, "bench": 8081, "collector": 8090, "broker": 8883}
        ports = {
            name: _first(getattr(arguments, f"{name}_port"), 0 if arguments.headless else port)
            for name, port in usual.items()
        }
        return cls(
            headless=arguments.headless,
            visitors=arguments.visitors,
            check=arguments.check,
            door=arguments.door,
            folder=arguments.dir,
            seed=arguments.seed,
            fps=arguments.fps,
            ports=sites.Ports(**ports),
        )


def simulate(options: Options, stop: threading.Event) -> int:
    """0 when all went well; 1 when a visit is missing or double, or a visitor was not answered."""
    ports = sites.choose_ports(options.ports)
    with sites.folder(options.folder) as root:
        site = sites.lay_out(root, ports, door=options.door, seed=options.seed, fps=options.fps)
        try:
            with Supervisor(site.run_dir, site.log_dir) as supervisor:
                start(site, supervisor)
                if not options.headless:
                    _say(_welcome(site))
                    stop.wait()
                    _say("\nEnding every process it started ...")
                    return 0
                return _headless(site, supervisor, options, stop)
        finally:
            site.remove()


def start(site: sites.Site, supervisor: Supervisor) -> None:
    """Every process of the site, one after the other, each once the one before is ready."""
    for program in sites.programs(site):
        _say(f"  starting {program.name} ...")
        supervisor.start(program).wait_ready(READY_TIMEOUT_S)


def _headless(
    site: sites.Site, supervisor: Supervisor, options: Options, stop: threading.Event
) -> int:
    began_s = time.monotonic()
    stage = Stage(site.run_dir / "stage.sock")
    with Screen(site.ports.screen) as screen:
        if screen.wait(lambda shown: shown["screen"] in ("idle", "reading"), -1, 30.0) is None:
            raise KioskError("the kiosk does not come to rest; see the logs with --dir")
        crowd = Crowd(stage, screen, Declarer(site.ports.screen))
        for number in range(options.visitors):
            if stop.is_set():
                return 130
            crowd.play(visitor(number))
            if sys.stdout.isatty() or (number + 1) % 10 == 0:
                _say(f"  {number + 1} of {options.visitors} visitors")
        took_s = time.monotonic() - began_s
        stored = stored_visits(load(site.kiosk_config))
        ledger = _drained(site, len(stored), stop)
    return _report(options, crowd.tally, took_s, stored, ledger, supervisor.restarts())


def _drained(site: sites.Site, stored: int, stop: threading.Event) -> list[str]:
    """The ledger's visits once it holds as many as the kiosk has stored, or after the time allowed."""
    deadline_s = time.monotonic() + DRAIN_TIMEOUT_S
    while True:
        visits = sites.ledger_visits(site)
        if len(visits) >= stored or time.monotonic() > deadline_s or stop.is_set():
            return visits
        stop.wait(0.5)


def _report(
    options: Options,
    tally: Tally,
    took_s: float,
    stored: list[str],
    ledger: list[str],
    restarts: dict[str, int],
) -> int:
    p50, p95 = (percentile(tally.scan_to_light_ms, share) for share in (0.50, 0.95))
    verdicts = ", ".join(f"{name} {count}" for name, count in tally.shown.most_common())
    exact = sorted(ledger) == sorted(stored) and len(set(ledger)) == len(ledger)
    _say(
        f"\n{options.visitors} visitors in {took_s:.1f} s\n"
        f"  shown          {verdicts}\n"
        f"  scan to light  p50 {_ms(p50)}, p95 {_ms(p95)}\n"
        f"  visits         {len(stored)} stored by the kiosk, {len(ledger)} in the ledger,"
        f" {len(set(ledger))} of them different"
    )
    troubles = list(tally.unexpected)
    if tally.unanswered:
        troubles.append(f"{tally.unanswered} times nothing was shown within the visitor's patience")
    if not exact:
        troubles.append("the ledger does not hold every visit exactly once")
    troubles += [f"{name} was restarted {n} times" for name, n in restarts.items() if n]
    bound_ms = 1000 / options.fps + 25
    if options.check and (p95 is None or p95 > bound_ms):
        troubles.append(f"scan to light p95 is over its bound of {bound_ms:.0f} ms")
    for trouble in troubles:
        _say(f"  NOT GOOD       {trouble}")
    if not troubles:
        _say("  good           every visit is in the ledger exactly once")
    return 1 if troubles else 0


def _welcome(site: sites.Site) -> str:
    return f"""
The kiosk is running, with simulated hardware and real software. Open in a browser on this machine:

  bench page         {site.url(site.ports.bench)}/         pick a visitor, watch the lights
  visitor's screen   {site.url(site.ports.screen)}/         what a visitor sees and touches
  staff page         {site.url(site.ports.screen)}/staff    how the kiosk is doing
  staff phone        https://127.0.0.1:{site.ports.staff}/        the first PIN: hold the screen's upper left corner
  collector          {site.url(site.ports.collector)}/         the visits arriving

What to do next: on the bench page pick a visitor who has not declared. The lamp turns amber; declare on the visitor's
screen; pick the same visitor again and see green. Logs are in {site.log_dir}
Ctrl-C ends everything.
"""


def _first(*values: int | None) -> int:
    return next(value for value in values if value is not None)


def _ms(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.0f} ms"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
