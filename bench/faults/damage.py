"""Pages of the database are overwritten, its log is cut off: found at the start, set aside, and everybody is told.

What was on the pages is gone, so "shown is in the ledger" cannot hold for it; everything else must. The collector has
to name what is missing, for whatever the kiosk itself could know of.
"""

import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from bench.faults.outcome import Outcome
from bench.faults.rig import NotInTime, Rig, rig
from bench.faults.walk import Progress
from bench.report import Figure

CASES, QUICK = 200, 8
RECEIVED, WAITING, AFTER = 12, 30, 3
OPEN_GOAL_MS = 5_000.0
_PAGE = 4_096

Harm = Callable[[Path, random.Random], bool]


def run(n: int | None, quick: bool, progress: Progress) -> Outcome:
    outcome = Outcome("damage")
    cases = n or (QUICK if quick else CASES)
    dice = random.Random(20261124)
    harms = list(HARMS.items())
    slowest_ms, untold, silent = 0.0, 0, 0
    with rig() as site:
        site.start("broker", "collector")
        for number in range(cases):
            name, harm = harms[number % len(harms)]
            progress(f"damaged databases: {number} of {cases}")
            case = f"damage {number}, {name}"
            open_ms, aside, lost, named = _one(site, harm, dice, case, outcome)
            slowest_ms = max(slowest_ms, open_ms)
            untold += aside and lost > named
            silent += not aside and lost > named
    outcome.measured += [
        Figure("damage: slowest start, ms", slowest_ms, OPEN_GOAL_MS),
        Figure("damage: cases set aside that lost more than the collector names", untold, 0),
        Figure("damage: cases that lost something nobody could see", silent),
    ]
    return outcome


def _one(
    site: Rig, harm: Harm, dice: random.Random, case: str, outcome: Outcome
) -> tuple[float, bool, int, int]:
    """How long the start took in ms, whether a database was set aside, visits lost, numbers named as missing."""
    database = site.config.database
    for file in database.parent.glob("state.db*"):
        file.unlink()
    named_before = _missing(site)
    site.start("uplink")
    shown = site.visitors(RECEIVED)
    site.drained()
    site.stop("uplink")
    with site.door("--every-s", 0.005) as door:
        said = site.shown_files[-1]
        site.until(lambda: len(site.said("stored", said)) >= WAITING, 30.0, "nothing is stored")
        door.kill()
    outcome.hurt(harm(database, dice))
    shown += site.said("stored", said)
    after = site.visitors(AFTER)
    _, open_ms, aside = site.lines("open", site.shown_files[-1])[0]
    site.start("uplink")
    try:
        site.drained()
    except NotInTime as error:
        outcome.wrong.append(f"{case}: {error}")
    site.stop("uplink")
    ids = [event["id"] for event in site.ledger()]
    outcome.blame(case, [f"{each}, shown afterwards, is lost" for each in set(after) - set(ids)])
    outcome.blame(case, ["twice in the ledger"] if len(set(ids)) < len(ids) else [])
    outcome.blame(
        case, [f"shown before, received, and lost: {i}" for i in set(shown[:RECEIVED]) - set(ids)]
    )
    outcome.blame(case, site.tracebacks())
    lost = len(set(shown) - set(ids))
    return float(open_ms), aside != "0", lost, _missing(site) - named_before


def _missing(site: Rig) -> int:
    """How many numbers `collector ledger check` names as missing, and how many broken links of a chain."""
    config = str(site.site.collector_config)
    check = [sys.executable, "-m", "collector", "ledger", "check", "--config", config, "--json"]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    kiosks = json.loads(done.stdout)["kiosks"]
    gaps: list[dict[str, int]] = [gap for kiosk in kiosks for gap in kiosk["missing"]]
    breaks = [each for kiosk in kiosks for each in kiosk.get("breaks", ())]
    return sum(gap["last"] - gap["first"] + 1 for gap in gaps) + len(breaks)


# ---- the harm; each answers whether it did any


def _pages(file: Path, dice: random.Random, first: int = 0) -> bool:
    pages = file.stat().st_size // _PAGE if file.exists() else 0
    if pages <= first:
        return False
    with file.open("r+b") as opened:
        for page in dice.sample(range(first, pages), min(3, pages - first)):
            opened.seek(page * _PAGE)
            opened.write(dice.randbytes(_PAGE))
    return True


def _wal(database: Path) -> Path:
    return database.with_name(database.name + "-wal")


def _cut(file: Path, dice: random.Random) -> bool:
    size = file.stat().st_size if file.exists() else 0
    if size:
        with file.open("r+b") as opened:
            opened.truncate(dice.randrange(size))
    return size > 0


def _folded(database: Path) -> None:
    """The log emptied into the database, as the uplink does when the door is idle."""
    fold = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('PRAGMA wal_checkpoint(TRUNCATE)')"
    subprocess.run([sys.executable, "-c", fold, str(database)], check=True)


def _pages_of_a_folded(database: Path, dice: random.Random) -> bool:
    _folded(database)
    return _pages(database, dice)


def _later_pages(database: Path, dice: random.Random) -> bool:
    _folded(database)
    return _pages(database, dice, first=1)


def _zeroed(database: Path, dice: random.Random) -> bool:
    _folded(database)
    database.write_bytes(bytes(database.stat().st_size))
    return True


def _shortened(database: Path, dice: random.Random) -> bool:
    _folded(database)
    return _cut(database, dice)


HARMS: dict[str, Harm] = {
    "pages overwritten": _pages_of_a_folded,
    "pages overwritten, not the first": _later_pages,
    "pages of the log overwritten": lambda database, dice: _pages(_wal(database), dice),
    "log cut off": lambda database, dice: _cut(_wal(database), dice),
    "database cut off": _shortened,
    "all zeros": _zeroed,
}
