"""What a connection tells the uplink. Each item carries the generation of its connection: message ids begin at 1 in
every new one, so an answer to an old connection must never be taken for an answer to the new."""

from dataclasses import dataclass

from kiosk.uplink.faults import Fault


@dataclass(frozen=True, slots=True)
class Opened:
    """The broker has accepted us, with these limits."""

    generation: int
    receive_maximum: int
    packet_bytes: int


@dataclass(frozen=True, slots=True)
class Subscribed:
    """Whether each subscription was granted, in the order in which they were asked for: receipts first."""

    generation: int
    granted: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A PUBACK: `code` is its reason, 0 for success, which needs no name."""

    generation: int
    mid: int
    code: int
    name: str


@dataclass(frozen=True, slots=True)
class Arrived:
    generation: int
    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Ended:
    """The connection is over, or never began. `over_a_packet`: something that was said ended it, not the network."""

    generation: int
    fault: Fault
    detail: str
    over_a_packet: bool = False


News = Opened | Subscribed | Acknowledged | Arrived | Ended
