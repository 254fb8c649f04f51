"""A whole day of visitors who carry marks; then the power is cut, and every mark is searched in all that is left.

Searched are the raw image of the kiosk's disk, the folder under /run, what the processes have said (on a device: the
journal), and the profile of a browser that showed the screen all day. What stays in the memory of live processes is
told, and not held against anybody. One mark is planted on purpose: a search that does not find it proves nothing.
"""

import base64
import contextlib
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from bench.faults import marks
from bench.faults.disk import disk_of
from bench.faults.outcome import CannotHere, Outcome
from bench.faults.rig import READY_S, Rig, rig
from bench.faults.visitors import ANSWERS, STEMS, marked
from bench.faults.walk import Progress
from bench.report import Figure
from hardware.stage import Stage
from kiosk.simulation.crowd import Crowd
from kiosk.simulation.screen import Screen
from kiosk.simulation.touch import Declarer

VISITORS, QUICK = 500, 4
DISK_MIB = 96
QUIET_S, QUICK_QUIET_S = 60.0, 2.0
_PROCESSES = ("kiosk", "eye", "uplink")


def run(n: int | None, quick: bool, progress: Progress) -> Outcome:
    """`n` visitors."""
    outcome = Outcome("canary")
    visitors = n or (QUICK if quick else VISITORS)
    with contextlib.ExitStack() as stack:
        disk = stack.enter_context(disk_of(DISK_MIB))
        settings = {'state_dir = "state"': f'state_dir = "{disk}"'}
        site = stack.enter_context(rig(settings, for_the_loop=False))
        site.start("broker", "collector", "kiosk", "eye", "uplink")
        profile = site.site.root / "profile"
        try:
            stack.enter_context(_browser(site.site.ports.screen, profile))
        except CannotHere as reason:
            outcome.skipped.append(str(reason))
        shown = _day(site, visitors, progress, outcome)
        _arrived(site, shown, outcome)
        time.sleep(QUICK_QUIET_S if quick else QUIET_S)
        remembered = sum(len(_in_memory(site.pid(name))) for name in _PROCESSES)
        outcome.measured.append(Figure("canary: marks in the memory of processes", remembered))
        kept = site.site.root / "run-copy"
        shutil.copytree(site.site.run_dir, kept, ignore=_sockets)
        for name in _PROCESSES:
            site.kill(name)
            site.stop(name)
        image = disk.with_suffix(".img")
        left = (image, disk, kept, profile, site.site.log_dir)
        outcome.blame("canary", marks.hits([path for path in left if path.exists()], STEMS))
        outcome.hurt(_finds_what_is_planted(disk))
    return outcome


def _day(site: Rig, visitors: int, progress: Progress, outcome: Outcome) -> int:
    """How many visits must be in the ledger for what the visitors were shown."""
    stage = Stage(site.site.run_dir / "stage.sock")
    port = site.site.ports.screen
    with Screen(port) as screen:
        screen.wait(lambda shown: shown["screen"] == "idle", -1, READY_S)
        crowd = Crowd(stage, screen, Declarer(port, ANSWERS))
        for number in range(visitors):
            progress(f"canary day: {number} of {visitors} visitors")
            crowd.play(marked(number))
    tally = crowd.tally
    outcome.hurt(tally.unanswered == 0 and tally.visits >= visitors)
    outcome.wrong += [f"canary: {each}" for each in tally.unexpected]
    return tally.visits


def _arrived(site: Rig, shown: int, outcome: Outcome) -> None:
    """The marks have gone all the way: sealed, sent, received."""
    deadline_s = time.monotonic() + READY_S
    while (arrived := _visits(site)) < shown and time.monotonic() < deadline_s:
        time.sleep(1.0)
    if arrived != shown:
        outcome.wrong.append(f"canary: {shown} visits were shown, {arrived} are in the ledger")


def _visits(site: Rig) -> int:
    return sum(".visit." in event["type"] for event in site.ledger())


def _finds_what_is_planted(disk: Path) -> bool:
    planted = disk / "planted"
    planted.write_bytes(b"x" + base64.b64encode(b"to be found: " + STEMS[0] + b" 1"))
    return bool(marks.hits([planted], STEMS))


def _sockets(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if Path(folder, name).is_socket()]


def _in_memory(pid: int) -> set[tuple[bytes, str]]:
    """Which marks a live process still holds."""
    found: set[tuple[bytes, str]] = set()
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, rights = line.split()[:2]
            if "w" not in rights:
                continue
            first, last = (int(end, 16) for end in span.split("-"))
            with contextlib.suppress(OSError, OverflowError, ValueError):  # device memory
                memory.seek(first)
                data = memory.read(last - first)
                found |= {(stem, "memory") for stem in STEMS if stem in data}
    return found


@contextlib.contextmanager
def _browser(port: int, profile: Path) -> Iterator[None]:
    """Chromium on the visitor's screen, all day."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise CannotHere("chromium is not installed: no browser profile was searched")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        context = started.chromium.launch_persistent_context(
            profile, executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        page = context.pages[0]
        page.goto(f"http://127.0.0.1:{port}/")
        yield
        context.close()
