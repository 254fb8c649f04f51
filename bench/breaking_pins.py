"""Mock pins that can break: every call to one is then the error of a line whose chip is gone."""

import errno
import os

from gpiozero.pins.mock import MockFactory, MockPWMPin


class BreakingPin(MockPWMPin):  # type: ignore[misc]
    def _set_state(self, value: float) -> None:
        self._works()
        super()._set_state(value)

    def _set_frequency(self, value: float | None) -> None:
        self._works()
        super()._set_frequency(value)

    def _get_function(self) -> str:
        self._works()
        return str(super()._get_function())

    def _set_function(self, value: str) -> None:
        self._works()
        super()._set_function(value)

    def _works(self) -> None:
        if self.info.name in self.factory.broken:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))


class BreakingPins(MockFactory):  # type: ignore[misc]
    """`broken` names those that fail now: `GPIO17`."""

    def __init__(self) -> None:
        super().__init__(pin_class=BreakingPin)
        self.broken: frozenset[str] = frozenset()
