"""Every N of one system call of one process meets a fault, until there is no Nth call any more.

The process is started anew for each N with fresh visits to bring up; the rest of the site keeps running.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

from bench.faults import inject
from bench.faults.outcome import Outcome
from bench.faults.rig import POLL_S, NotInTime, Rig, beat_is_idle

VISITS = 3
ONE_CASE_S = 40.0
Progress = Callable[[str], None]


def door(rig: Rig, call: str, fault: str, step: int, progress: Progress) -> Outcome:
    """The scan's side. What it wrote is brought up later, all in one."""
    outcome = Outcome(f"door {call} {fault}")
    files = inject.database_files(rig.config.database)
    for nth in count(1, step):
        trace = rig.site.root / "trace"
        with rig.door(
            "--visits", VISITS, wrap=inject.wrapper(trace, call, fault, nth, files)
        ) as one:
            one.wait(ONE_CASE_S)
        if not inject.fired(trace):
            break
        outcome.hurt(True)
        progress(f"door, {call} {fault}: {nth}")
    if len(rig.said("stored", rig.shown_files[-1])) != VISITS:
        outcome.wrong.append(
            f"door {call} {fault}: without a fault it did not store {VISITS} visits"
        )
    return outcome


def uplink(rig: Rig, call: str, fault: str, step: int, progress: Progress) -> Outcome:
    """The uplink's side: connect, send, take the receipt, clean up."""
    return _service(rig, "uplink", call, fault, step, progress)


def collector(rig: Rig, call: str, fault: str, step: int, progress: Progress) -> Outcome:
    """The other end: take in, commit, acknowledge, give the receipt. Needs a running uplink."""
    return _service(rig, "collector", call, fault, step, progress)


def _service(rig: Rig, name: str, call: str, fault: str, step: int, progress: Progress) -> Outcome:
    outcome = Outcome(f"{name} {call} {fault}")
    files = _files(rig, name) if call in ("pwrite64", "fdatasync") else []
    for nth in count(1, step):
        trace = rig.site.root / "trace"
        trace.unlink(missing_ok=True)
        rig.visitors(VISITS)
        command = [*inject.wrapper(trace, call, fault, nth, files), *rig.program(name).argv]
        case = f"{name} {call} {fault} at {nth}"
        with (rig.site.log_dir / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
            try:
                _until_dead_or_drained(rig, process, case, outcome)
            finally:
                _end(process)
        if not inject.fired(trace):
            break
        outcome.hurt(True)
        progress(f"{name}, {call} {fault}: {nth}")
    return outcome


def _files(rig: Rig, name: str) -> list[Path]:
    collector = rig.site.root / "collector" / "ledger.db"
    return inject.database_files(rig.config.database if name == "uplink" else collector)


def _until_dead_or_drained(
    rig: Rig, process: "subprocess.Popen[bytes]", case: str, outcome: Outcome
) -> None:
    began_s = time.monotonic()
    while process.poll() is None:
        if any(at_s > began_s + 1.0 and beat_is_idle(beat) for at_s, beat in rig.beats[-3:]):
            return
        if time.monotonic() > began_s + ONE_CASE_S:
            outcome.wrong.append(f"{case}: neither dead nor drained, {rig.beats[-1:]}")
            return
        time.sleep(POLL_S)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """The whole session: strace alone would leave what it has started behind."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def settled(rig: Rig, outcome: Outcome, limit_s: float = 60.0) -> None:
    """Everything runs unhurt; what has been stored arrives, and the invariant holds."""
    try:
        rig.drained(limit_s)
    except NotInTime as error:
        outcome.wrong.append(f"{outcome.name}: {error}")
    outcome.blame(outcome.name, rig.verdict())
