"""What hangs on the wires of the board: lamps, and what it feels."""

import logging
from contextlib import ExitStack, suppress
from typing import Any

from hardware.boards import BOARDS, Board
from hardware.errors import LightsAbsent, SensorsAbsent
from hardware.lights import Lights
from hardware.pins import header_again, header_pins, mock_pins
from hardware.sensors import Sensors
from kiosk.config import LightsSettings
from kiosk.errors import ConfigError

log = logging.getLogger(__name__)


def wired(section: LightsSettings, stack: ExitStack, notes: list[str]) -> tuple[Lights, Sensors]:
    """Opened; mock pins when the header cannot be had, for the screen alone is better than nothing."""
    board = BOARDS.get(section.board)
    if board is None:
        known = ", ".join(sorted(BOARDS))
        raise ConfigError([f"lights.board {section.board!r} is not a board; known: {known}"])
    if not section.mock_pins:
        try:
            return _on_header(board, stack, notes)
        except LightsAbsent as error:
            log.error("no lamps: %s", error)
            notes.append("lights_absent")
    pins = mock_pins()
    return stack.enter_context(Lights(board, pins)), _sensors(board, pins, stack, notes)


def _on_header(board: Board, stack: ExitStack, notes: list[str]) -> tuple[Lights, Sensors]:
    """They share a chip, and what is lost with it is had again together."""
    pins = header_pins()
    sensors = Sensors(board, pins)

    def again(lost: Any) -> Any:
        sensors.close()
        found = header_again(lost)
        with suppress(SensorsAbsent):  # their own state says so
            sensors.open(found)
        return found

    lights = stack.enter_context(Lights(board, pins, again=again))
    _open(sensors, stack, notes)
    return lights, sensors


def _sensors(board: Board, pins: Any, stack: ExitStack, notes: list[str]) -> Sensors:
    sensors = Sensors(board, pins)
    _open(sensors, stack, notes)
    return sensors


def _open(sensors: Sensors, stack: ExitStack, notes: list[str]) -> None:
    try:
        sensors.open()
    except SensorsAbsent as error:
        log.error("no lid switch or light barrier: %s", error)
        notes.append("sensors_absent")
    stack.callback(sensors.close)
