"""How many have passed the light barrier in this hour: the measure of how many scan (kiosk.domain.coverage)."""

from collections.abc import Callable
from datetime import datetime


class PassersThisHour:
    """`count` rises with everybody who passes, and is None where there is no barrier; `here` is the time on the wall.
    For one thread. The hour in which it begins counts from there on."""

    def __init__(self, count: Callable[[], int | None], here: Callable[[], datetime]) -> None:
        self._count = count
        self._here = here
        self._hour: tuple[int, int] = (-1, -1)
        self._before = 0

    def __call__(self) -> int | None:
        count, here = self._count(), self._here()
        if count is None:
            return None
        hour = (here.toordinal(), here.hour)
        if hour != self._hour:
            self._hour, self._before = hour, count
        return count - self._before
