"""The network is gone, half gone, lossy, slow or narrow, while visitors come and a week of visits waits.

The visitor must not notice, nothing may be lost, and what the link can carry must be used.
"""

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from bench.faults import netns, walk
from bench.faults.netns import FAR, Cable
from bench.faults.outcome import CannotHere, Outcome
from bench.faults.proxy import Proxy
from bench.faults.rig import Rig, change, rig
from bench.faults.walk import Progress
from bench.report import Figure
from kiosk.telemetry import percentile
from kiosk.uplink.window import MAX_UNANSWERED

BACKLOG, QUICK = 21_000, 600  # seven days of 3,000
VISITORS, EVERY_S = 200, 0.05
SCAN_GOAL_MS = 5.0
DRAIN_GOAL = 200.0
KBIT = 64
DELAY_S = 1.0  # each way: a round trip of 2 s
SHARE_OF_BYTES, SHARE_OF_WINDOW = 0.7, 0.8
WATCHED_S = 60.0
DRAIN_LIMIT_S = 300.0
AGAIN_S = 150.0  # after a long cut the uplink waits up to two minutes between attempts
FEW = 50


def run(n: int | None, quick: bool, progress: Progress) -> Outcome:
    """`n` events wait when the link comes back."""
    backlog = n or (QUICK if quick else BACKLOG)
    watched_s = 15.0 if quick else WATCHED_S
    outcome = Outcome("network")
    some = min(backlog, 4_000)
    for part in (
        partial(cut_off, backlog, progress),
        partial(narrow, some, watched_s, progress),
        partial(far_away, some, watched_s, progress),
    ):
        try:
            outcome.take(part())
        except CannotHere as reason:
            outcome.skipped.append(str(reason))
    return outcome


def cut_off(backlog: int, progress: Progress) -> Outcome:
    """Each way of losing the network, with visitors at the door; then the whole backlog over the healthy link."""
    outcome = Outcome("network")
    with netns.cable() as cable, _two_places(cable) as site:
        site.start("uplink")
        hurts: list[tuple[str, Callable[[], None]]] = [
            ("link down", lambda: cable.link(up=False)),
            ("half-open", cable.drop),
            ("30 % loss", lambda: cable.drop(0.3)),
            ("reset", cable.reset),
        ]
        for name, hurt in hurts:
            progress(f"network: {name}")
            hurt()
            ours_ms, twin_ms = _both_p95_ms(site)
            outcome.hurt(name == "link down" or cable.packets_hurt() > 0)
            outcome.measured.append(_scan(f"network, {name}", ours_ms, twin_ms))
            cable.mend()
            _arrives(site, outcome, name)
        outcome.take(_backlog(site, cable, backlog, progress))
    return outcome


def _backlog(site: Rig, cable: Cable, backlog: int, progress: Progress) -> Outcome:
    """A week without a network, and then the link is back: visitors come while everything goes up."""
    outcome = Outcome("network, backlog")
    cable.link(up=False)
    progress(f"network: a backlog of {backlog} events")
    site.visitors(_visits_of(backlog))
    # what has been asked of the broker is over before the link is up again
    site.until(lambda: not site.beats[-1][1].connected, 90.0, "the cut is not noticed")
    waiting = site.waiting()
    cable.link(up=True)
    site.until(lambda: site.beats[-1][1].connected, AGAIN_S, "it does not connect again")
    began_s = time.monotonic()
    with site.door("--every-s", EVERY_S) as ours, site.twin("--every-s", EVERY_S) as twin:
        try:
            site.until(lambda: site.beats[-1][1].waiting < FEW, DRAIN_LIMIT_S, "it does not drain")
            rate = waiting / (time.monotonic() - began_s)
            said = (site.shown_files[-1], site.twin_said)
            site.until(
                lambda: all(site.lines("stored", file) for file in said), 30.0, "nobody came"
            )
        finally:
            ours.kill()
            twin.kill()
    name = "network: events a second over the healthy link, visitors beside"
    outcome.measured.append(Figure(name, rate, DRAIN_GOAL, True))
    both_ms = [_p95(site, file) for file in said]
    outcome.measured.append(_scan("network, while it drains", *both_ms))
    outcome.hurt(waiting >= backlog)
    walk.settled(site, outcome)
    return outcome


def narrow(backlog: int, watched_s: float, progress: Progress) -> Outcome:
    """64 kbit/s: what of it arrives as events."""
    outcome = Outcome(f"network, {KBIT} kbit/s")
    progress(f"network: {KBIT} kbit/s")
    with netns.cable() as cable, _two_places(cable) as site:
        site.visitors(_visits_of(backlog))
        cable.narrow(KBIT)
        outcome.hurt(True)
        site.start("uplink")
        rate, size = _rate(site, watched_s)
        share = rate * size / (KBIT * 1_000 / 8)
        outcome.measured.append(
            Figure(
                f"network, {KBIT} kbit/s: share of it that is events", share, SHARE_OF_BYTES, True
            )
        )
        cable.mend()
        walk.settled(site, outcome, DRAIN_LIMIT_S)
    return outcome


def far_away(backlog: int, watched_s: float, progress: Progress) -> Outcome:
    """A round trip of two seconds: a full window must be on the way all the time."""
    outcome = Outcome("network, far away")
    progress("network: a round trip of 2 s")
    with rig() as site, Proxy(site.site.ports.broker, delay_s=DELAY_S) as proxy:
        change(
            site.site.kiosk_config, {f"port = {site.site.ports.broker}\n": f"port = {proxy.port}\n"}
        )
        site.start("broker", "collector")
        site.visitors(_visits_of(backlog))
        site.start("uplink")
        rate, _ = _rate(site, watched_s)
        outcome.hurt(proxy.connections > 0)
        most = MAX_UNANSWERED / (2 * DELAY_S)
        outcome.measured.append(
            Figure(
                "network, 2 s away: events a second, share of window / round trip",
                rate / most,
                SHARE_OF_WINDOW,
                True,
            )
        )
        site.stop("uplink")
        change(
            site.site.kiosk_config, {f"port = {proxy.port}\n": f"port = {site.site.ports.broker}\n"}
        )
        site.start("uplink")
        walk.settled(site, outcome, DRAIN_LIMIT_S)
    return outcome


def _visits_of(events: int) -> int:
    """Every other visit comes with a declaration."""
    return -(-events * 2 // 3) + 1


def _rate(site: Rig, watched_s: float) -> tuple[float, float]:
    """Events a second that arrive in the ledger, and the bytes of one, once the connection has settled."""
    site.until(lambda: site.beats and site.beats[-1][1].connected, 60.0, "it does not connect")
    site.until(site.ledger, 60.0, "nothing arrives")
    began_s, before = time.monotonic(), len(site.ledger())
    time.sleep(watched_s)
    arrived = len(site.ledger()) - before
    return arrived / (time.monotonic() - began_s), _event_bytes(site)


def _event_bytes(site: Rig) -> float:
    """The mean payload, as the kiosk has stored it."""
    from kiosk.store.outbox import Outbox

    with Outbox(site.config.database, site.config.kiosk.id, owner=False) as outbox:
        rows = outbox.waiting(0, 200)
    return sum(len(row.payload) for row in rows) / max(1, len(rows))


def _both_p95_ms(site: Rig) -> tuple[float | None, float | None]:
    """What visitors wait here, and at the same time at a twin of the kiosk that has no uplink at all."""
    options = ("--visits", VISITORS, "--every-s", EVERY_S)
    with site.door(*options) as ours, site.twin(*options) as twin:
        ours.wait()
        twin.wait()
    return _p95(site, site.shown_files[-1]), _p95(site, site.twin_said)


def _p95(site: Rig, said: Path) -> float | None:
    return percentile([float(line[2]) for line in site.lines("stored", said)], 0.95)


def _scan(name: str, ours_ms: float | None, twin_ms: float | None) -> Figure:
    """What a visitor waits for the disk, beyond what one waits at the twin in the same seconds."""
    more = None if ours_ms is None or twin_ms is None else ours_ms - twin_ms
    name = f"{name}: a visitor waits longer, p95, ms"
    return Figure(name, more, SCAN_GOAL_MS, peer="no uplink, same time", peer_value=twin_ms)


def _arrives(site: Rig, outcome: Outcome, name: str) -> None:
    part = Outcome(f"network, {name}")
    walk.settled(site, part, DRAIN_LIMIT_S)
    outcome.wrong += part.wrong


@contextlib.contextmanager
def _two_places(cable: Cable) -> Iterator[Rig]:
    """Broker and collector in one network, the uplink in the other; the broker's certificate names its address."""
    with rig() as site:
        root, port = site.site.root, site.site.ports.broker
        change(
            root / "broker" / "mosquitto.conf",
            {f"listener {port} 127.0.0.1": f"listener {port} {FAR}"},
        )
        change(
            root / "collector" / "collector.toml",
            {f'host = "127.0.0.1"\nport = {port}': f'host = "{FAR}"\nport = {port}'},
        )
        change(
            site.site.kiosk_config,
            {f'host = "127.0.0.1"\nport = {port}': f'host = "{FAR}"\nport = {port}'},
        )
        issue = (
            "authority",
            "issue",
            "--dir",
            root / "authority",
            "--name",
            "broker",
            "--out",
            root / "broker",
        )
        names = ("--server", "localhost", "127.0.0.1", FAR)
        subprocess.run(
            [sys.executable, "-m", "collector", *map(str, (*issue, *names))],
            check=True,
            capture_output=True,
        )
        site.wrap = {
            "broker": cable.inside(cable.far),
            "collector": cable.inside(cable.far),
            "uplink": cable.inside(cable.near),
        }
        site.start("broker", wait=False)
        site.start("collector")
        yield site
