"""What a run comes to: one line a figure, ours beside what it should be."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` is None where it could not be taken. Without a goal it is there to be seen."""

    name: str
    value: float | None
    goal: float | None = None
    at_least: bool = True
    note: str = ""

    @property
    def is_reached(self) -> bool:
        if self.goal is None:
            return True
        if self.value is None:
            return False
        return self.value >= self.goal if self.at_least else self.value <= self.goal


def of_json(lines: Iterable[Mapping[str, Any]]) -> list[Figure]:
    """As `collector truth` prints them."""
    return [Figure(**line) for line in lines]


def table(figures: Iterable[Figure]) -> str:
    rows = [("figure", "ours", "goal", "reached", "note"), *map(_row, figures)]
    widths = [max(len(row[at]) for row in rows) for at in range(5)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def _row(figure: Figure) -> tuple[str, ...]:
    goal, reached = "-", "-"
    if figure.goal is not None:
        goal = f"{'≥' if figure.at_least else '≤'} {_number(figure.goal)}"
        reached = "yes" if figure.is_reached else "NO"
    return figure.name, _number(figure.value), goal, reached, figure.note or "-"


def _number(value: float | None) -> str:
    if value is None:
        return "none"
    return f"{value:,.0f}" if value == int(value) else f"{value:.4g}"
