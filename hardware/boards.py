"""Board profiles: which pin drives what, and which way round. The wiring itself is in docs/wiring.md.

Pins carry gpiozero's names ("GPIO17" is the Broadcom number). All outputs are on GPIO9 to GPIO27, which the Pi pulls
down from power-on until a program claims them (BCM2835 ARM Peripherals, section 6.2): lamps, buzzer and door stay off.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from hardware.rhythm import Lamp


class BuzzerKind(StrEnum):
    PASSIVE = "passive"  # a bare disc: plays the pitch it is given
    ACTIVE = "active"  # has its own oscillator: one pitch, on or off


@dataclass(frozen=True, slots=True)
class Output:
    pin: str
    active_high: bool = True


@dataclass(frozen=True, slots=True)
class BuzzerOutput:
    pin: str
    kind: BuzzerKind = BuzzerKind.PASSIVE
    active_high: bool = True  # of an active buzzer; a passive one rests at low level


@dataclass(frozen=True, slots=True)
class ButtonInput:
    """A push button to ground (`pull_up`) or to 3.3 V."""

    pin: str
    pull_up: bool = True
    bounce_s: float = 0.05


@dataclass(frozen=True, slots=True)
class Board:
    name: str
    lamps: Mapping[Lamp, Output]
    buzzer: BuzzerOutput
    relay: Output | None = None
    button: ButtonInput | None = None
    lid: ButtonInput | None = None  # pressed while the box is shut
    barrier: ButtonInput | None = None  # pressed while somebody stands in the beam


_LAMPS: Mapping[Lamp, Output] = {
    "green": Output("GPIO17"),
    "amber": Output("GPIO27"),
    "red": Output("GPIO22"),
}
_PASSIVE = BuzzerOutput("GPIO18")
_ACTIVE = BuzzerOutput("GPIO18", BuzzerKind.ACTIVE)
_RELAY, _BUTTON = Output("GPIO23"), ButtonInput("GPIO24")
# a lid that trembles is no lid that opens; a bag behind its owner is one passer-by
_LID, _BARRIER = ButtonInput("GPIO25", bounce_s=0.2), ButtonInput("GPIO16", bounce_s=0.3)

BOARDS = {
    board.name: board
    for board in (
        Board("entrance-v1", _LAMPS, _PASSIVE),
        Board("entrance-v1-relay", _LAMPS, _PASSIVE, _RELAY, _BUTTON),
        Board("entrance-v1-active-buzzer", _LAMPS, _ACTIVE),
        Board("entrance-v1-watched", _LAMPS, _PASSIVE, lid=_LID, barrier=_BARRIER),
    )
}


def board(name: str) -> Board:
    """The profile of that name. Raise ValueError, which lists the known ones, when there is none."""
    try:
        return BOARDS[name]
    except KeyError:
        known = ", ".join(sorted(BOARDS))
        raise ValueError(f"there is no board profile {name!r}; known: {known}") from None
