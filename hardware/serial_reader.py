"""A hand-held barcode reader on a serial line, or on USB as one (`/dev/ttyACM0`, best by `/dev/serial/by-id/...`).

The bytes of a code arrive as they are, Vietnamese text included, so this is the mode to set a reader to.
"""

from pathlib import Path

from hardware.device_reader import DeviceReader
from hardware.serial_line import rate_of, set_up

_SILENCE_S = 0.05


def serial_reader(path: Path, baud: int = 9600) -> DeviceReader:
    """A reader at that device. Raise ValueError for a rate that termios does not have."""
    rate = rate_of(baud)
    return DeviceReader(path, _SILENCE_S, lambda device: set_up(device, rate), lambda raw: raw)
