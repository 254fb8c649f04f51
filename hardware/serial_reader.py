"""A hand-held barcode reader on a serial line, or on USB as one (`/dev/ttyACM0`, best by `/dev/serial/by-id/...`).

The bytes of a code arrive as they are, Vietnamese text included, so this is the mode to set a reader to. 8 data bits,
no parity, one stop bit; the rate does not matter to USB.
"""

import termios
import tty
from pathlib import Path

from hardware.device_reader import DeviceReader

_SILENCE_S = 0.05


def serial_reader(path: Path, baud: int = 9600) -> DeviceReader:
    """A reader at that device. Raise ValueError for a rate that termios does not have."""
    rate = getattr(termios, f"B{baud}", None)
    if not isinstance(rate, int) or baud == 0:
        raise ValueError(f"a serial line cannot be run at {baud} baud")
    return DeviceReader(path, _SILENCE_S, lambda device: _set_up(device, rate), lambda raw: raw)


def _set_up(device: int, rate: int) -> None:
    """Raw: no echo, no line editing, no translation of CR, and Ctrl-C is a byte like any other."""
    try:
        tty.setraw(device, termios.TCSANOW)
        settings = termios.tcgetattr(device)
        settings[2] |= termios.CLOCAL | termios.CREAD
        settings[4] = settings[5] = rate
        termios.tcsetattr(device, termios.TCSANOW, settings)
    except termios.error as error:  # no OSError by birth, though it carries errno and text
        raise OSError(*error.args) from error
