"""By which names and addresses a phone on the venue's network reaches this machine."""

import fcntl
import socket
import struct

# ioctl_list(2): the IPv4 address of an interface
_SIOCGIFADDR = 0x8915
_NAME_BYTES, _ADDRESS = 15, slice(20, 24)


def local_name() -> str:
    """As mDNS (avahi-daemon) announces it."""
    return f"{socket.gethostname().partition('.')[0].lower()}.local"


def ipv4_addresses() -> list[str]:
    """Of every interface but the loopback, in their order."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            if name == "lo":
                continue
            asked = struct.pack("256s", name[:_NAME_BYTES].encode())
            try:
                told = fcntl.ioctl(probe.fileno(), _SIOCGIFADDR, asked)
            except OSError:
                continue  # it has none
            found.append(socket.inet_ntoa(told[_ADDRESS]))
    return found
