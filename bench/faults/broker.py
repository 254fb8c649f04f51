"""The broker is killed every few seconds; and a broker that acknowledges everything and then forgets it all."""

import contextlib
import time

from bench.faults import walk
from bench.faults.outcome import Outcome
from bench.faults.rig import NotInTime, Rig, change, rig
from bench.faults.walk import Progress
from bench.report import Figure

FOR_S, QUICK_S = 120, 16
EVERY_S = 5.0
DRAINED_S = 30.0
FORGOTTEN = 200


def run(n: int | None, quick: bool, progress: Progress) -> Outcome:
    """`n` seconds of kills."""
    outcome = Outcome("broker")
    outcome.take(killed(n or (QUICK_S if quick else FOR_S), progress))
    outcome.take(forgets(progress))
    return outcome


def killed(for_s: float, progress: Progress) -> Outcome:
    outcome = Outcome("broker killed")
    with rig() as site:
        site.start("broker", "collector", "uplink")
        with site.door("--every-s", 0.1) as door:
            ends_s = time.monotonic() + for_s
            while time.monotonic() < ends_s:
                time.sleep(EVERY_S)
                outcome.hurt(site.kill("broker"))
                progress(f"broker killed: {outcome.fired} times")
            door.kill()
        _drained_in_time(site, outcome)
    return outcome


def forgets(progress: Progress) -> Outcome:
    """It says Success to every message, nobody has read them, and it dies with all of them."""
    outcome = Outcome("broker forgets")
    progress("broker forgets: all that it has acknowledged")
    with rig(settings={"resend_s = 5.0": "resend_s = 5.0\nhealth_every_s = 1.0"}) as site:
        conf = site.site.root / "broker" / "mosquitto.conf"
        change(conf, {"persistence true": "persistence false"})
        # the collector's session exists, so that the broker answers Success and not "no matching subscribers"
        site.start("broker", "collector", "uplink")
        site.visitors(2)
        site.drained()
        site.stop("collector")
        shown = site.visitors(FORGOTTEN)
        try:
            site.until(lambda: _sent(site, len(shown)), 30.0, "the broker does not take the visits")
        except NotInTime as error:
            outcome.wrong.append(str(error))
        before = {event["id"] for event in site.ledger()}
        outcome.hurt(not before & set(shown) and site.kill("broker"))
        site.start("collector")
        _drained_in_time(site, outcome)
    return outcome


def _sent(site: Rig, least: int) -> bool:
    """Long enough ago handed over that everything has been acknowledged: rows wait and there is no fault."""
    recent = [beat for at_s, beat in site.beats if at_s > time.monotonic() - 3.0]
    return len(recent) >= 3 and all(
        beat.connected and beat.waiting >= least and beat.fault in ("", "no_receipts")
        for beat in recent
    )


def _drained_in_time(site: Rig, outcome: Outcome) -> None:
    with contextlib.suppress(NotInTime):  # `settled` says it
        took_s = site.drained(DRAINED_S)
        outcome.measured.append(Figure(f"{outcome.name}: drained after, s", took_s, DRAINED_S))
    walk.settled(site, outcome)
