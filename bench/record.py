"""What several runs of one benchmark have told, figure by figure: docs/benchmarks/NAME.json."""

import json
import statistics
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.report import Figure


@dataclass(frozen=True)
class Seen:
    """One figure over all runs: `figure` holds the medians, `low` and `high` the spread of its value."""

    figure: Figure
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Record:
    """`on` holds the facts of bench.machine, of the last run."""

    name: str
    quick: bool
    ended_at: datetime
    took_s: float
    on: Mapping[str, Any]
    runs: int
    seen: tuple[Seen, ...]

    @property
    def short(self) -> list[str]:
        """The figures that fall short of their goals."""
        return [one.figure.name for one in self.seen if one.figure.reached is False]


def write(path: Path, runs: Sequence[Mapping[str, Any]]) -> None:
    """`runs` as bench.report writes them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(list(runs), indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def read(path: Path) -> Record:
    """Raise OSError or ValueError when there is no record of a run in the file."""
    runs = json.loads(path.read_text(encoding="utf-8"))
    if not runs:
        raise ValueError(f"{path}: no run in it")
    last = runs[-1]
    told = [list(_each(run["figures"])) for run in runs]
    keys = dict.fromkeys(key for run in told for key, _ in run)
    return Record(
        name=last["benchmark"],
        quick=any(run["quick"] for run in runs),
        ended_at=datetime.fromisoformat(last["ended_at"]),
        took_s=statistics.median(run["took_s"] for run in runs),
        on=last,
        runs=len(runs),
        seen=tuple(
            _over([figure for run in told for own, figure in run if own == key]) for key in keys
        ),
    )


def _each(figures: Sequence[Mapping[str, Any]]) -> Iterator[tuple[tuple[str, int], Any]]:
    """Each figure of a run by its name, and by how many of that name ("the same, median") came before."""
    before: Counter[str] = Counter()
    for figure in figures:
        yield (figure["name"], before[figure["name"]]), figure
        before[figure["name"]] += 1


def _over(told: Sequence[Mapping[str, Any]]) -> Seen:
    """One figure over the runs that have told it."""
    values = [figure["value"] for figure in told if figure["value"] is not None]
    figure = {key: told[-1][key] for key in Figure.__dataclass_fields__}
    # a run that could not take the figure is no run that reached it
    figure["value"] = statistics.median(values) if len(values) == len(told) else None
    figure["peer_value"] = _median([one["peer_value"] for one in told])
    return Seen(Figure(**figure), min(values, default=None), max(values, default=None))


def _median(values: Sequence[float | None]) -> float | None:
    told = [value for value in values if value is not None]
    return statistics.median(told) if told else None
