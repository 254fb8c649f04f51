"""Pin factories for gpiozero: the header of this Pi, or mock pins that behave the same on any machine.

gpiozero would pick a driver by itself and fall back silently to another; here one is named, and its failure is loud.
"""

import contextlib
from typing import Any

from hardware.errors import LightsAbsent


def mock_pins() -> Any:
    """Pins of no board. `factory.pin("GPIO17").state` is what a wire there would carry."""
    from gpiozero.pins.mock import MockFactory, MockPWMPin

    return MockFactory(pin_class=MockPWMPin)


def header_pins() -> Any:
    """The Pi's own header through lgpio. Raise LightsAbsent, with the remedy, where there is none.

    lgpio makes a named pipe in the working directory (joan2937/lg#22): the service needs a writable one, or LG_WD.
    """
    try:
        from gpiozero.pins.lgpio import LGPIOFactory

        return LGPIOFactory()
    except ImportError as error:
        raise LightsAbsent(
            "the GPIO driver is missing: apt install python3-lgpio, or set lights.mock_pins"
        ) from error
    except Exception as error:  # lgpio and gpiozero raise classes of their own for a missing chip
        raise LightsAbsent(
            f"the GPIO header cannot be opened ({error}): is this a Raspberry Pi, is the user in group gpio, "
            "is the working directory writable?"
        ) from error


def header_again(lost: Any) -> Any:
    """The header once more, after pins of `lost` have failed. Raise LightsAbsent as `header_pins`.

    gpiozero keeps the pins of a chip that is gone for the next factory, and closes the chip only after them: they are
    forgotten first. A chip that was lost as a whole comes back under another number while lgpio 0.2.2 holds it (seen on
    a PL061): that needs another process.
    """
    lost.pins.clear()
    with contextlib.suppress(Exception):
        lost.close()
    return header_pins()
