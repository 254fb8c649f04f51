"""A bare Debian tree becomes a door: what a technician types and waits for, and what the door then costs.

    python -m bench.device [--suite SUITE] [--trees FOLDER] [--quick] [--check] [--json FILE]

As root. The tree is booted with systemd (bench/booted_tree.py); broker and collector run beside it. Times of packages
hang on the mirror, so those of the rest stand apart. No Raspberry Pi: simulated camera and pins.
"""

import re
import sys
import tempfile
import time
from pathlib import Path

from bench.booted_tree import ROOT, SUITES, Tree, machine, missing, wait_for
from bench.door_in_tree import Door, door
from bench.processes import cpu_s, pss_mb
from bench.report import Figure, Report, parser_of

PROCESSES = ("kiosk", "kiosk-eye", "kiosk-uplink")
_STATIC_S = {True: 20.0, False: 60.0}
_STARTS = {True: 1, False: 5}
_PACKAGES = re.compile(r"^Debian packages .* (\d+) s$", re.M)


def main() -> int:
    parser = parser_of("bench.device", __doc__ or "")
    parser.add_argument("--suite", choices=SUITES, default="trixie")
    parser.add_argument("--trees", type=Path, default=Path("/var/tmp/bare-trees"))  # noqa: S108
    arguments = parser.parse_args()
    if why := missing(arguments.trees, arguments.suite):
        print(f"cannot be measured here: {why}", file=sys.stderr)
        return 2
    report = Report("device", arguments)
    report.add(Figure("commands typed, by docs/install.md", len(_typed()), goal=2))
    with tempfile.TemporaryDirectory(prefix="bench-device-", dir="/var/tmp") as room:
        report.progress("unpacking and booting a bare tree")
        tar = arguments.trees / f"{arguments.suite}.tar"
        with machine(Path(room) / "tree", tar) as tree:
            _installing(tree, report)
            with door(tree, Path(room) / "site") as at:
                _running(tree, at, report, quick=arguments.quick)
    return report.finish()


def _typed() -> list[str]:
    """The command lines of the first code block in the technician's page."""
    page = (ROOT / "docs/install.md").read_text(encoding="utf-8")
    block = page.partition("## One device")[2].partition("\n    ")[2].partition("\n\n")[0]
    return block.splitlines()


def _installing(tree: Tree, report: Report) -> None:
    report.progress("installing")
    began_s = time.monotonic()
    said = tree.setup("install --unattended", 1800)
    took_s = time.monotonic() - began_s
    if said.returncode != 0:
        raise RuntimeError(said.stderr)
    packages_s = sum(map(float, _PACKAGES.findall(said.stdout)))
    report.add(Figure("install on a bare tree, s", took_s, goal=300))
    report.add(Figure("of which ours (not Debian packages), s", took_s - packages_s, goal=60))
    began_s = time.monotonic()
    again = tree.setup("install --unattended")
    report.add(Figure("second run, s", time.monotonic() - began_s, goal=10))
    changes = re.search(r"Setup: (\d+) changes", again.stdout)
    report.add(Figure("changes of a second run", float(changes[1]) if changes else None, goal=0))


def _running(tree: Tree, at: Door, report: Report, *, quick: bool) -> None:
    said = tree.setup(f"install {at.give_identity()}")
    if said.returncode != 0:
        raise RuntimeError(said.stderr)
    # no panel here: Chromium would only take this machine's time
    tree.run("systemctl stop kiosk-display")
    report.progress("a visitor declares")
    at.one_declares()
    starts = []
    for number in range(_STARTS[quick]):
        report.progress(f"start to first accepted visit: {number + 1}")
        tree.run("systemctl stop kiosk-eye kiosk-uplink kiosk")
        began_s = time.monotonic()
        tree.run("systemctl start --no-block kiosk kiosk-eye kiosk-uplink")
        at.comes_again()
        starts.append(time.monotonic() - began_s)
    report.add(Figure("start of the units to first accepted visit, s, worst", max(starts), goal=10))
    wait_for(lambda: all(tree.show(unit, "ActiveState") == "active" for unit in PROCESSES), 60)
    time.sleep(10)
    report.progress("nobody at the door")
    pids = [tree.host_pid(unit) for unit in PROCESSES]
    before, began_s = cpu_s(*pids), time.monotonic()
    time.sleep(_STATIC_S[quick])
    share = (cpu_s(*pids) - before) / (time.monotonic() - began_s)
    for unit, pid in zip(PROCESSES, pids, strict=True):
        report.add(Figure(f"memory (PSS) of {unit}, MB", pss_mb(pid)))
    report.add(Figure("memory (PSS) of the three, MB", sum(map(pss_mb, pids)), goal=220))
    report.add(Figure("CPU of the three, 15 fps, static, % of a core", 100 * share, goal=5))


if __name__ == "__main__":
    sys.exit(main())
