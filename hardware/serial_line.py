"""A serial line as raw bytes: 8 data bits, no parity, one stop bit; the rate does not matter to USB."""

import termios
import tty


def rate_of(baud: int) -> int:
    """What termios calls this rate. Raise ValueError for one that it does not have."""
    rate = getattr(termios, f"B{baud}", None)
    if not isinstance(rate, int) or baud == 0:
        raise ValueError(f"a serial line cannot be run at {baud} baud")
    return rate


def set_up(device: int, rate: int) -> None:
    """Raw: no echo, no line editing, no translation of CR, and Ctrl-C is a byte like any other. Raise OSError."""
    try:
        tty.setraw(device, termios.TCSANOW)
        settings = termios.tcgetattr(device)
        settings[2] |= termios.CLOCAL | termios.CREAD
        settings[4] = settings[5] = rate
        termios.tcsetattr(device, termios.TCSANOW, settings)
    except termios.error as error:  # no OSError by birth, though it carries errno and text
        raise OSError(*error.args) from error
