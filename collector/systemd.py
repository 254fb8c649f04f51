"""A word to whoever started this process: sd_notify(3), a datagram to $NOTIFY_SOCKET."""

import contextlib
import os
import socket


def notify(message: str) -> None:
    """`READY=1`, `WATCHDOG=1`, `STOPPING=1`. Nothing happens where nobody listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):  # an abstract socket
        address = "\0" + address[1:]
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.sendto(message.encode(), address)
