"""Telling systemd that this process is ready, alive and stopping (sd_notify(3), stdlib only).

Silent where there is no systemd. The watchdog is to be fed from evidence of work, never from a bare timer.
"""

import contextlib
import os
import socket
from collections.abc import Mapping


class Watchdog:
    """`interval_s` is how often `alive()` is to be called: half of what systemd allows, None when it does not watch."""

    def __init__(self, socket_address: str = "", interval_s: float | None = None) -> None:
        self._address = socket_address
        self.interval_s = interval_s

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Watchdog":
        """As systemd set NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID for this process."""
        return cls(environment.get("NOTIFY_SOCKET", ""), _interval_s(environment))

    def ready(self) -> None:
        self._say("READY=1")

    def alive(self) -> None:
        self._say("WATCHDOG=1")

    def stopping(self) -> None:
        self._say("STOPPING=1")

    def status(self, text: str) -> None:
        """One line for `systemctl status`. Never about a person."""
        self._say("STATUS=" + " ".join(text.split()))

    def _say(self, message: str) -> None:
        if not self._address.startswith(("/", "@")):
            return
        # a leading @ stands for the zero byte of an abstract socket
        address = "\0" + self._address[1:] if self._address[0] == "@" else self._address
        # what cannot be said is noticed by systemd itself: the unit times out
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            sock.sendto(message.encode(), address)


def _interval_s(environment: Mapping[str, str]) -> float | None:
    if environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None  # meant for another process of the unit
    try:
        allowed_us = int(environment["WATCHDOG_USEC"])
    except (KeyError, ValueError):
        return None
    return allowed_us / 2_000_000 if allowed_us > 0 else None
