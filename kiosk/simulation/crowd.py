"""Visitors come to the simulated door one after the other, and it is written down what they were shown."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from hardware.stage import Scene, Stage
from kiosk.rehearsal.people import Behaviour, Visitor
from kiosk.rehearsal.pictures import phone
from kiosk.simulation.screen import Screen, Shown
from kiosk.simulation.touch import Declarer

# A made-up hand: it is there after this, holds still for that long and is gone.
APPEAR_S, HOLD_S, LEAVE_S = 0.3, 4.0, 0.2
# nobody waits longer for an answer before walking on
PATIENCE_S = 10.0

RESULTS = {"accepted", "already_recorded", "missing", "refer", "invalid", "not_personal", "goodbye"}


@dataclass
class Tally:
    """What the visitors were shown."""

    shown: Counter[str] = field(default_factory=Counter)
    unanswered: int = 0
    unexpected: list[str] = field(default_factory=list)
    scan_to_light_ms: list[float] = field(default_factory=list)

    @property
    def visits(self) -> int:
        """How many visits must stand in the ledger for what was shown."""
        return sum(self.shown[screen] for screen in ("accepted", "missing", "refer", "goodbye"))


class Crowd:
    def __init__(self, stage: Stage, screen: Screen, declarer: Declarer) -> None:
        self._stage = stage
        self._screen = screen
        self._declarer = declarer
        self.tally = Tally()

    def play(self, visitor: Visitor) -> None:
        """One visitor, from stepping up to walking on."""
        match visitor.behaviour:
            case Behaviour.SHOWS_BANK_CODE:
                self._expect("not_personal", visitor, lambda: self._present(visitor))
            case Behaviour.WALKS_ON:
                self._expect("missing", visitor, lambda: self._present(visitor))
            case Behaviour.DECLARES:
                self._declares(visitor, "accepted", symptoms=False)
            case Behaviour.HAS_SYMPTOMS:
                self._declares(visitor, "refer", symptoms=True)
            case Behaviour.COMES_BACK:
                self._declares(visitor, "accepted", symptoms=False)
                self._gone()
                self._expect("already_recorded", visitor, lambda: self._present(visitor))
        self._stage.clear()

    def _declares(self, visitor: Visitor, result: str, *, symptoms: bool) -> None:
        shown = self._expect("missing", visitor, lambda: self._present(visitor))
        if shown is None:
            return
        self._stage.clear()
        seq = int(shown["seq"])
        self._expect(result, visitor, lambda: self._declarer.declare(seq, symptoms=symptoms))

    def _present(self, visitor: Visitor) -> None:
        self._stage.show(
            Scene.of_luma(
                phone(visitor.code), appear_s=APPEAR_S, hold_s=HOLD_S, leave_s=LEAVE_S, scale=0.7
            )
        )

    def _gone(self) -> None:
        """Out of view for long enough that the next showing is a new one."""
        self._stage.clear()
        self._screen.wait(lambda _: False, self._screen.seq, 1.3)

    def _expect(self, result: str, visitor: Visitor, act: Callable[[], None]) -> Shown | None:
        before = self._screen.seq
        act()
        shown = self._screen.wait(lambda s: s["screen"] in RESULTS, before, PATIENCE_S)
        if shown is None:
            self.tally.unanswered += 1
            return None
        self.tally.shown[shown["screen"]] += 1
        if "scan_to_light_ms" in shown:
            self.tally.scan_to_light_ms.append(float(shown["scan_to_light_ms"]))
        if shown["screen"] != result:
            self.tally.unexpected.append(
                f"{visitor.label}: {result} wanted, {shown['screen']} shown"
            )
        return shown
