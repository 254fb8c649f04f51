"""How a process of the kiosk is asked to end."""

import signal
import threading


def stop_on_signal() -> threading.Event:
    """Set by SIGTERM or SIGINT: every process of the kiosk ends by its own decision."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
