"""What came of one fault: how often it fired, what was wrong afterwards, what could not be tried and why."""

from dataclasses import dataclass, field

from bench.report import Figure


class CannotHere(Exception):
    """This machine cannot make the fault; the message says what is missing."""


@dataclass
class Outcome:
    """`tried` faults were meant to fire and `fired` did. `wrong` is empty when the invariant held."""

    name: str
    tried: int = 0
    fired: int = 0
    wrong: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    measured: list[Figure] = field(default_factory=list)

    def hurt(self, fired: bool) -> None:
        self.tried += 1
        self.fired += fired

    def blame(self, what: str, found: list[str]) -> None:
        """`what` is the case in which each of `found` was seen."""
        self.wrong += [f"{what}: {each}" for each in found]

    def take(self, other: "Outcome") -> None:
        """Another part of the same fault."""
        self.tried += other.tried
        self.fired += other.fired
        self.wrong += other.wrong
        self.skipped += other.skipped
        self.measured += other.measured

    @property
    def good(self) -> bool | None:
        """None when nothing at all could be tried here."""
        if self.skipped and not self.tried and not self.measured:
            return None
        held = not self.wrong and 0 < self.fired == self.tried
        return held and all(figure.reached is not False for figure in self.measured)

    def figures(self) -> list[Figure]:
        """As lines of the table that all benchmarks share."""
        skipped = [Figure(f"{self.name}: skipped", None, bound=why) for why in self.skipped]
        if self.good is None:
            return skipped
        unfired = self.tried - self.fired if self.fired else max(self.tried, 1)
        return [
            Figure(f"{self.name}: times it fired", self.fired),
            Figure(f"{self.name}: times it did not fire", unfired, goal=0),
            Figure(f"{self.name}: violations of the invariant", len(self.wrong), goal=0),
            *self.measured,
            *skipped,
        ]
