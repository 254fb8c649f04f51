"""All benchmarks, one after the other, each in a process of its own, and their pages.

    python -m bench [NAME ...] [--quick] [--runs N] [--check] [--draw]

Each run's figures go to docs/benchmarks/NAME.json; from them the table and the picture of that benchmark in
docs/benchmarks.md are written anew. What cannot be measured here keeps the record that was there. `--draw` runs nothing
and writes page and pictures from the records.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import page, plot, record
from bench.machine import ROOT

# in this order: those that need the quietest machine first
NAMES = (
    "line",
    "reading",
    "screen",
    "uplink",
    "collector",
    "tracing",
    "tracing_postgres",
    "staff",
    "device",
    "rollups",
    "soak",
    "fleet",
)
DOCS = ROOT / "docs"


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", nargs="*", help=f"which (default: all): {', '.join(NAMES)}")
    parser.add_argument("--quick", action="store_true", help="coarser figures, a minute each")
    parser.add_argument(
        "--runs", type=int, default=1, metavar="N", help="of each; the median counts"
    )
    parser.add_argument("--check", action="store_true", help="exit 1 when a figure falls short")
    parser.add_argument("--draw", action="store_true", help="from the records that are there")
    arguments = parser.parse_args(argv)
    if unknown := [name for name in arguments.name if name not in NAMES]:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(NAMES)}")
    failed, short = [], []
    names = arguments.name or NAMES
    for number, name in enumerate(names, 1):
        path = DOCS / "benchmarks" / f"{name}.json"
        if not arguments.draw:
            print(f"[{number} of {len(names)}] {name}", file=sys.stderr, flush=True)
            runs = _runs(name, arguments.runs, quick=arguments.quick)
            if runs is None:
                failed.append(name)
                continue
            record.write(path, runs)
        elif not path.exists():
            continue
        taken = record.read(path)
        page.write(DOCS, taken, plot.svg(taken))
        short += [f"{name}: {figure}" for figure in taken.short]
    if failed:
        print(f"not measured: {', '.join(failed)}", file=sys.stderr)
    if short:
        print("falls short:", *short, sep="\n  ")
    return 1 if failed or (short and arguments.check) else 0


def _runs(name: str, count: int, *, quick: bool) -> list[dict[str, Any]] | None:
    """What each run has told; None when one could not be made, which it has said itself."""
    told = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for number in range(1, count + 1):
            file = Path(folder) / f"{number}.json"
            command = [sys.executable, "-m", f"bench.{name}", "--json", str(file)]
            began_s = time.monotonic()
            done = subprocess.run(
                [*command, *(["--quick"] if quick else [])], cwd=ROOT, check=False
            )
            took_s = time.monotonic() - began_s
            print(f"run {number} of {count}: {took_s:.0f} s", file=sys.stderr, flush=True)
            if done.returncode != 0 or not file.exists():
                return None
            told.append(json.loads(file.read_text(encoding="utf-8")))
    return told


if __name__ == "__main__":
    sys.exit(main())
