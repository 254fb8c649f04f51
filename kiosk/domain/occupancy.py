"""How many are inside, by what was scanned and by what staff have said. Begins anew each day."""

from dataclasses import dataclass, replace
from enum import StrEnum

from kiosk.domain.staff_act import Act, ActKind

# from this share of the limit on it is nearly full
NEARLY = 0.9


class Level(StrEnum):
    NONE = "none"  # there is no limit
    OK = "ok"
    NEAR = "near"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Occupancy:
    """`scanned` are accepted entries less exits. `by_staff` is what their acts have added; it may be negative."""

    scanned: int = 0
    by_staff: int = 0

    @property
    def inside(self) -> int:
        """Never below nobody: more exits than entries only say that somebody came in unseen."""
        return max(0, self.scanned + self.by_staff)


def after(now: Occupancy, act: Act) -> Occupancy:
    match act.kind:
        case ActKind.PAPER:
            return replace(now, by_staff=now.by_staff + act.number)
        case ActKind.EXIT:
            return replace(now, by_staff=now.by_staff - min(act.number, now.inside))
        case ActKind.OCCUPANCY:
            return replace(now, by_staff=act.number - now.scanned)
    return now


def level(inside: int, limit: int) -> Level:
    """`limit` 0 is none."""
    if limit <= 0:
        return Level.NONE
    if inside >= limit:
        return Level.FULL
    return Level.NEAR if inside >= NEARLY * limit else Level.OK
