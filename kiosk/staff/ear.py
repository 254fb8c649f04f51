"""Who hears of what happens at the door: the desk of the staff pages, or nobody."""

from collections.abc import Mapping
from typing import Any, Protocol

from kiosk.domain.occupancy import Level
from kiosk.domain.passage import Answer
from kiosk.domain.staff_act import Act
from kiosk.domain.visit import Visit


class StaffEar(Protocol):
    """For the loop's thread; none of it may block."""

    def visited(self, visit: Visit, name: str) -> None:
        """A visit that is on the disk, and the name in clear."""

    def called(self) -> None:
        """A visitor calls for staff."""

    def acted(self, act: Act) -> None:
        """Somebody's act that is on the disk."""

    def passed(self, answer: Answer) -> None:
        """Whether somebody who was let in went through, once that is on the disk."""

    def turned(self, status: Mapping[str, Any]) -> None:
        """The loop's state, in each of its turns."""

    def level(self) -> Level:
        """How full the venue is."""


class NobodyWatches:
    """Where there are no staff pages."""

    def visited(self, visit: Visit, name: str) -> None:
        pass

    def called(self) -> None:
        pass

    def acted(self, act: Act) -> None:
        pass

    def passed(self, answer: Answer) -> None:
        pass

    def turned(self, status: Mapping[str, Any]) -> None:
        pass

    def level(self) -> Level:
        return Level.NONE
