"""Whether those who were let in went through, as the light barrier tells it: asked in each turn of the loop, written
down when nobody waits for the loop (kiosk.domain.passage)."""

from collections import deque
from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

from hardware.sensors import Beam
from kiosk.domain.passage import Answer, Passage, admitted, broken, over
from kiosk.domain.shown import Screen
from kiosk.domain.visit import Direction, Visit
from kiosk.staff.ear import StaffEar

# what lets somebody in; whoever leaves comes from behind the barrier, and is no answer
ADMITTING = (Screen.ACCEPTED, Screen.ALREADY)
# a beam that is broken for so long is no visitor
BLOCKED_S = 30.0
# answers that could not be written down yet; beyond it the oldest stay unknown
MOST_UNWRITTEN = 64


class Notices(Protocol):
    """That of kiosk.record.Record."""

    def device_notice(self, notice: str, reason: str, **extra: str | int) -> bool: ...


class Barrier(StrEnum):
    """How the barrier does, for staff."""

    NONE = ""  # there is none
    OK = "ok"
    BLOCKED = "blocked"  # broken without an end: something stands in it, or it is dirty
    SILENT = "silent"  # people are let in, and it sees nobody


class Threshold:
    """Who stepped over it. For the loop's thread. Without a barrier, or with no time to wait, nothing is ever said."""

    def __init__(self, beam: Callable[[], Beam] = lambda: Beam(), within_s: float = 0.0) -> None:
        """`beam` tells how often it was broken and whether it is; whoever is let in has `within_s` to pass it."""
        self._beam = beam
        self._within_s = within_s
        self._passage = Passage()
        self._count: int | None = None
        self._broken_since_s: float | None = None
        self._unwritten: deque[Answer] = deque(maxlen=MOST_UNWRITTEN)
        self.state = Barrier.NONE

    def shown(self, screen: Screen, visit: Visit, now_s: float) -> None:
        """What a visitor has just seen of their visit. Whoever passed before them is counted first."""
        self._look(now_s)
        is_let_in = screen in ADMITTING and visit.direction is not Direction.OUT
        if self._count is not None and self._within_s and is_let_in:
            self._passage = admitted(self._passage, visit.id, now_s + self._within_s)

    def turn(self, now_s: float, record: Notices, staff: StaffEar, is_quiet: bool) -> None:
        """One answer is written down a turn, and only when it `is_quiet`; then staff hear of it."""
        is_broken = self._look(now_s)
        self._passage, ended = over(self._passage, now_s, is_blind=is_broken)
        self._unwritten.extend(ended)
        if not (is_quiet and self._unwritten):
            return
        answer = self._unwritten[0]
        if record.device_notice("passed", answer.passed, visit=answer.visit):
            self._unwritten.popleft()
            staff.passed(answer)

    def _look(self, now_s: float) -> bool:
        """Takes in who has passed. Whether the beam is broken now."""
        beam = self._beam()
        if beam.count is None:
            self._count, self.state = None, Barrier.NONE
            return False
        before, self._count = self._count, beam.count
        for _ in range(beam.count - before if before is not None else 0):
            self._passage, answer = broken(self._passage)
            if answer is not None:
                self._unwritten.append(answer)
        if not beam.is_broken:
            self._broken_since_s = None
        elif self._broken_since_s is None:
            self._broken_since_s = now_s
        self.state = self._how(now_s)
        return beam.is_broken

    def _how(self, now_s: float) -> Barrier:
        since_s = self._broken_since_s
        if since_s is not None and now_s - since_s >= BLOCKED_S:
            return Barrier.BLOCKED
        return Barrier.SILENT if self._passage.is_dumb else Barrier.OK
