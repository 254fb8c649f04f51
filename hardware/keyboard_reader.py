"""A hand-held barcode reader that acts as a USB keyboard, read through evdev and held exclusively.

Exclusively, because what it types would otherwise land in whatever has the screen's focus. Name the device by
`/dev/input/by-id/...-event-kbd`. How the reader has to be set for Vietnamese text: docs/wiring.md.
"""

import fcntl
from pathlib import Path

from hardware.device_reader import DeviceReader
from hardware.key_codes import Keys

# _IOW('E', 0x90, int), linux/input.h
_EVIOCGRAB = 0x40044590
# a reader types a key every 1 to 10 ms; a person is slower than this
_SILENCE_S = 0.1


def keyboard_reader(path: Path, exclusive: bool = True) -> DeviceReader:
    """A reader at that device. `exclusive=False` is for what cannot be held, such as a recording in a named pipe."""
    keys = Keys()

    def set_up(device: int) -> None:
        keys.forget()
        if exclusive:
            fcntl.ioctl(device, _EVIOCGRAB, 1)

    return DeviceReader(path, _SILENCE_S, set_up, keys.typed)
