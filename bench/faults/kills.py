"""SIGKILL at every write, sync and send between scan and receipt, and at random moments.

A killed process proves nothing about the power: the kernel still holds what it wrote. That is bench.faults.power.
"""

import random
import signal
import time

from bench.faults import inject, walk
from bench.faults.outcome import Outcome
from bench.faults.rig import rig
from bench.faults.walk import Progress

RANDOM, QUICK = 1_000, 12
QUICK_STEP = 17
AFTERWARDS_S = 600.0
CALLS = ("pwrite64", "fdatasync", "write", "sendto")


def run(n: int | None, quick: bool, progress: Progress) -> Outcome:
    """`n` random kills after the walk over all points; quick: every 17th point."""
    outcome = Outcome("kills")
    step = QUICK_STEP if quick else 1
    outcome.take(walked(step, "signal=KILL", CALLS, progress))
    outcome.take(at_random(n or (QUICK if quick else RANDOM), progress))
    return outcome


def walked(step: int, fault: str, calls: tuple[str, ...], progress: Progress) -> Outcome:
    inject.needs_strace()
    outcome = Outcome(f"walk, {fault}")
    with rig() as site:
        site.start("broker")
        for call in calls[:2]:  # a door sends nothing
            outcome.take(walk.door(site, call, fault, step, progress))
        site.start("collector")
        for call in calls:
            outcome.take(walk.uplink(site, call, fault, step, progress))
        site.start("uplink")
        walk.settled(site, outcome)
        site.stop("collector")
        for call in calls:
            outcome.take(walk.collector(site, call, fault, step, progress))
        site.start("collector")
        walk.settled(site, outcome)
    return outcome


def at_random(n: int, progress: Progress) -> Outcome:
    outcome = Outcome("random kills")
    dice = random.Random(20261124)
    with rig() as site:
        site.start("broker", "collector", "uplink")
        door = site.door("--every-s", 0.02)
        try:
            for number in range(n):
                time.sleep(dice.uniform(0.0, 1.2))
                victim = dice.choice(("door", "uplink", "collector", "broker"))
                if victim == "door":
                    door.kill()
                    outcome.hurt(door.wait() == -signal.SIGKILL)
                    door = site.door("--every-s", 0.02)
                else:
                    outcome.hurt(site.kill(victim))
                progress(f"random kills: {number + 1} of {n}")
        finally:
            door.kill()
            door.wait()
        # kills all the time leave thousands behind: what counts is that all of it arrives
        walk.settled(site, outcome, AFTERWARDS_S)
    return outcome
