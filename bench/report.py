"""The form that all benchmarks share: progress while it runs, a table for people, JSON, and a check that can fail.

    python -m bench.NAME [--quick] [--check] [--json FILE]

A figure without a goal is there to be seen; `--check` exits 1 when one with a goal falls short or could not be taken.
"""

import argparse
import json
import sys
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bench import machine

_COLUMNS = ("figure", "ours", "peer", "bound", "goal", "reached")


@dataclass(frozen=True)
class Figure:
    """One line of the table. Its name holds the unit; `value` is None when nothing could be measured.

    `peer` and `peer_value` are what it is held against, in the same run; `bound` says, in words, what limits it.
    """

    name: str
    value: float | None
    goal: float | None = None
    higher_is_better: bool = False
    peer: str = ""
    peer_value: float | None = None
    bound: str = ""

    @property
    def reached(self) -> bool | None:
        """None for a figure without a goal."""
        if self.goal is None:
            return None
        if self.value is None:
            return False
        return self.value >= self.goal if self.higher_is_better else self.value <= self.goal


@dataclass
class Report:
    """Gathers the figures of one run. `arguments` are those of `parser_of`."""

    name: str
    arguments: argparse.Namespace
    figures: list[Figure] = field(default_factory=list)
    _began_s: float = field(default_factory=time.monotonic)
    _said: str = ""

    def progress(self, text: str) -> None:
        """What is being done now: one line on a terminal that is written over, a line each in a log."""
        if sys.stderr.isatty():
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
        elif text.partition(":")[0] != self._said:
            self._said = text.partition(":")[0]  # in a log, the beginning of each part is enough
            print(f"{time.monotonic() - self._began_s:6.1f} s  {text}", file=sys.stderr, flush=True)

    def add(self, figure: Figure) -> None:
        self.figures.append(figure)

    def finish(self) -> int:
        """Print the table, write the JSON, and give the exit status."""
        if sys.stderr.isatty():
            print("\r\x1b[K", end="", file=sys.stderr)
        took_s = time.monotonic() - self._began_s
        kind = "quick run" if self.arguments.quick else "full run"
        print(f"bench.{self.name}, {kind}, {took_s:.0f} s, {machine.in_short()}\n")
        print(table(self.figures))
        if self.arguments.json is not None:
            self.arguments.json.write_text(
                json.dumps(self._as_json(took_s), indent=1, ensure_ascii=False) + "\n",
                encoding="utf-8",
            )
        short = [figure.name for figure in self.figures if figure.reached is False]
        if short and self.arguments.check:
            print(f"\nfalls short: {'; '.join(short)}")
            return 1
        return 0

    def _as_json(self, took_s: float) -> dict[str, object]:
        return {
            "benchmark": self.name,
            "quick": self.arguments.quick,
            **machine.described(),
            "ended_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "took_s": round(took_s, 1),
            "figures": [{**asdict(figure), "reached": figure.reached} for figure in self.figures],
        }


def parser_of(name: str, description: str) -> argparse.ArgumentParser:
    """`name` as one types it after `python -m`; `description` is the module's docstring."""
    parser = argparse.ArgumentParser(
        prog=f"python -m {name}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="about a minute, coarser figures")
    parser.add_argument("--check", action="store_true", help="exit 1 when a figure falls short")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE too")
    return parser


def table(figures: list[Figure]) -> str:
    """Markdown, with columns padded so that a terminal shows them straight."""
    rows = [_COLUMNS, *(_row(figure) for figure in figures)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(_COLUMNS))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def _row(figure: Figure) -> tuple[str, ...]:
    peer = number_text(figure.peer_value)
    better = "at least" if figure.higher_is_better else "at most"
    return (
        figure.name,
        number_text(figure.value),
        f"{peer} ({figure.peer})" if figure.peer else "-",
        figure.bound or "-",
        "-" if figure.goal is None else f"{better} {number_text(figure.goal)}",
        {None: "-", True: "yes", False: "NO"}[figure.reached],
    )


def number_text(value: float | None) -> str:
    """Three figures of a small number, thousands in groups of a large one."""
    if value is None:
        return "none"
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
