"""Clocks that jump: 400 days back, two hours on, never set at all; boots that hear of the time late, or never.

Order must hold whatever the clock says. Once a boot has heard the time, the collector places its earlier events within
a second. libfaketime lies to the door about the wall clock only; the monotonic clocks go on truly, as on a device.
"""

import os
import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.faults import walk
from bench.faults.outcome import CannotHere, Outcome
from bench.faults.rig import Rig, rig
from bench.faults.walk import Progress
from bench.report import Figure

BOOTS, QUICK = 100, 6
VISITS = 4
ERROR_GOAL_S = 1.0
JUMPS = ("-400d", "+2h", "@1970-01-01 00:00:05")
_LIBRARY = "faketime/libfaketime.so.1"


def run(n: int | None, quick: bool, progress: Progress) -> Outcome:
    outcome = Outcome("clock")
    boots = n or (QUICK if quick else BOOTS)
    library = _library()
    set_later: list[str] = []
    with rig() as site:
        site.start("broker", "collector", "uplink")
        for number in range(boots):
            progress(f"clocks: {number} of {boots} boots")
            boot, jump = str(uuid.uuid4()), JUMPS[number % len(JUMPS)]
            lied = _boot(site, library, boot, jump)
            if number // len(JUMPS) % 2 == 0:
                set_later += lied
                site.visitors(1, "--boot", boot, "--synchronised")
        walk.settled(site, outcome)
        events = {event["id"]: event for event in site.ledger()}
        lies = [abs(_error_s(site, events, each, "at")) for each in site.shown if each in events]
        for _ in range(boots):
            outcome.hurt(bool(lies) and max(lies) > 3_600)
        outcome.measured.append(_placed(site, events, set_later))
    return outcome


def _boot(site: Rig, library: Path, boot: str, jump: str) -> list[str]:
    """Visitors of a boot whose clock is wrong."""
    lie = {
        **os.environ,
        "LD_PRELOAD": str(library),
        "FAKETIME": jump,
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_DONT_RESET": "1",
    }
    with site.door("--visits", VISITS, "--boot", boot, env=lie) as door:
        door.wait(60)
    return site.said("stored", site.shown_files[-1])


def _placed(site: Rig, events: dict[str, dict[str, Any]], ids: Sequence[str]) -> Figure:
    """The worst error of the collector's own placing, for boots whose clock was set in the end."""
    name = "clock: error of the placed time once the clock is set, worst, s"
    known = [each for each in ids if "placed_at" in events.get(each, {})]
    if not known:
        return Figure(name, None, ERROR_GOAL_S, bound="the ledger places nothing")
    return Figure(
        name, max(abs(_error_s(site, events, i, "placed_at")) for i in known), ERROR_GOAL_S
    )


def _error_s(site: Rig, events: dict[str, dict[str, Any]], visit: str, key: str) -> float:
    """How far off `key` is for a visit that the door has made at a known moment of the monotonic clock."""
    monotonic_s = {line[1]: float(line[3]) for line in site.lines("stored")}[visit]
    true_s = time.time() - (time.monotonic() - monotonic_s)
    said = datetime.fromisoformat(events[visit][key])
    return (said - datetime.fromtimestamp(true_s, UTC)).total_seconds()


def _library() -> Path:
    """Raise CannotHere when nobody can lie about the time."""
    for folder in sorted(Path("/usr/lib").glob("*-linux-gnu*")):
        if (folder / _LIBRARY).exists():
            return folder / _LIBRARY
    raise CannotHere("libfaketime is not installed (package faketime)")
