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
    rows = [("figure", "ours", "goal", "reached"), *map(_row, figures)]
    widths = [max(len(row[at]) for row in rows) for at in range(4)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def _row(figure: Figure) -> tuple[str, str, str, str]:
    if figure.goal is None:
        return figure.name, _number(figure.value), "-", "-"
    sign = "≥" if figure.at_least else "≤"
    reached = "yes" if figure.is_reached else "NO"
    return figure.name, _number(figure.value), f"{sign} {_number(figure.goal)}", reached


def _number(value: float | None) -> str:
    if value is None:
        return "none"
    return f"{value:,.0f}" if value == int(value) else f"{value:.4g}"
