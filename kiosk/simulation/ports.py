"""Free ports for servers that are started a little later, on loopback.

A port that the kernel hands out (`bind` to 0) may go to any outgoing connection before its server starts: in a whole
test run with a few hundred servers that happened. So they are looked for below the range of outgoing connections
(`ip_local_port_range`, Linux ip-sysctl), at random, so that two runs on one machine seldom meet.
"""

import random
import socket
from pathlib import Path

from kiosk.errors import KioskError

_OUTGOING = Path("/proc/sys/net/ipv4/ip_local_port_range")
_USUAL_OUTGOING = 32_768  # Linux' own setting
_LOWEST = 10_240  # below are services that people know
_TRIES = 1_000

_given: set[int] = set()


def is_free(port: int) -> bool:
    """Whether a server could listen on loopback at `port` now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port that nothing uses, that no outgoing connection will get, and that this process has not been given before.
    Raise KioskError if none is found."""
    dice = (
        random.SystemRandom()
    )  # tests set the seed of `random`: two runs would look at the same ports
    for _ in range(_TRIES):
        port = dice.randrange(_LOWEST, first_outgoing())
        if port not in _given and is_free(port):
            _given.add(port)
            return port
    raise KioskError(
        f"no free port between {_LOWEST} and {first_outgoing()}: look at what listens (ss -ltn)"
    )


def first_outgoing() -> int:
    try:
        lowest = int(_OUTGOING.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return _USUAL_OUTGOING
    return lowest if lowest > _LOWEST + _TRIES else 65_536
