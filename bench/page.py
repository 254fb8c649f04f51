"""The records in docs/benchmarks.md, between marks of their own: what stands around them is written by hand."""

import re
from pathlib import Path
from typing import Any

from bench.record import Record, Seen
from bench.report import number_text

_HEAD = "| figure | ours, median | lowest to highest | peer | goal | reached | what limits it |"


class NoPlace(ValueError):
    """The page has no marks for this benchmark."""


def with_record(page: str, record: Record) -> str:
    """The page with this record in the place of the one before. Raise NoPlace."""
    begin, end = f"<!-- bench {record.name} -->", f"<!-- /bench {record.name} -->"
    before, has_begin, rest = page.partition(begin)
    _, has_end, after = rest.partition(end)
    if not (has_begin and has_end):
        raise NoPlace(f"docs/benchmarks.md has no {begin} ... {end}")
    return f"{before}{begin}\n{block(record)}{end}{after}"


def named(page: str) -> list[str]:
    """The benchmarks that have a place in it."""
    return re.findall(r"<!-- bench (\w+) -->", page)


def block(record: Record) -> str:
    """Table, picture, and on what it was seen."""
    rows = "\n".join(_row(one, record.runs) for one in record.seen)
    picture = f"![The figures of bench.{record.name} as bars](benchmarks/{record.name}.svg)"
    return f"{_on(record)}\n\n{_HEAD}\n|{'---|' * 7}\n{rows}\n\n{picture}\n"


def _on(record: Record) -> str:
    on: Any = record.on
    kind = "Quick run" if record.quick else "Full run"
    often = f", the median of {record.runs}" if record.runs > 1 else ""
    versions = ", ".join(f"{name} {version}" for name, version in on["versions"].items())
    return (
        f"{kind}{often} ({record.took_s:.0f} s) of {record.ended_at:%d/%m/%Y, %H:%M} UTC, commit {on['commit']}: "
        f"{on['machine']}, {on['processor']}, {on['system']}, load average {on['load']} at its end, "
        f"`json.loads` of 1 kB in {on['yardstick_us']} µs; {versions}."
    )


def _row(one: Seen, runs: int) -> str:
    figure = one.figure
    peer = "–"
    if figure.peer_value is not None:
        peer = (
            f"{number_text(figure.peer_value)}, {figure.peer}"
            if figure.peer
            else number_text(figure.peer_value)
        )
    elif figure.peer:
        peer = f"none, {figure.peer}"
    spread = f"{number_text(one.low)} to {number_text(one.high)}" if runs > 1 else "–"
    side = "≥" if figure.higher_is_better else "≤"
    goal = "–" if figure.goal is None else f"{side} {number_text(figure.goal)}"
    reached = {None: "–", True: "yes", False: "**no**"}[figure.reached]
    cells = (
        figure.name,
        number_text(figure.value),
        spread,
        peer,
        goal,
        reached,
        figure.bound or "–",
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def write(folder: Path, record: Record, picture: str) -> None:
    """Page and picture in the folder of documents. Raise NoPlace before anything is written."""
    path = folder / "benchmarks.md"
    page = with_record(path.read_text(encoding="utf-8"), record)
    (folder / "benchmarks").mkdir(exist_ok=True)
    (folder / "benchmarks" / f"{record.name}.svg").write_text(picture, encoding="utf-8")
    path.write_text(page, encoding="utf-8")
