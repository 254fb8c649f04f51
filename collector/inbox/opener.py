"""Opens the links of visits for the inbox, in a process of its own: `python -m collector.inbox.opener DESCRIPTOR`.

Opening is most of what an event costs, and holds Python's lock while it lasts. Keys and links come in through the
socket that the inbox has made, pseudonyms go out by it, and nothing else does: no identifier comes back, nothing is
written anywhere. It ends when the inbox closes the socket or is no more.
"""

import pickle
import signal
import socket
import struct
import sys
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from collector.inbox.unsealing import PSEUDONYM_BYTES, people_of
from kiosk.privacy.sealing import Context
from kiosk.wire.data import Sealed

_LENGTH = struct.Struct("!I")
_UNOPENED = 255

People = list[list[bytes] | None]  # of each job; None where no key opened it


class Job(NamedTuple):
    """One link, and the event that it belongs to."""

    key: str
    ciphertext: bytes
    event_id: str
    kiosk: str
    stream: str
    seq: int


class Keys(NamedTuple):
    """Raw private keys by their ids, and the pseudonym key."""

    opening: Mapping[str, bytes]
    pseudonym: bytes


def main(descriptor: int) -> None:
    # whoever stops the inbox may signal all its processes: what is being opened is still wanted
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    with socket.socket(fileno=descriptor) as inbox:
        try:
            send(inbox, b"")  # ready
            _serve(inbox)
        except (EOFError, ConnectionError):
            return


def _serve(inbox: socket.socket) -> None:
    opening: dict[str, X25519PrivateKey] = {}
    pseudonym = b""
    while True:
        keys, jobs = pickle.loads(receive(inbox))  # noqa: S301 - of our own parent
        if keys is not None:
            from_raw = X25519PrivateKey.from_private_bytes
            opening = {name: from_raw(raw) for name, raw in keys.opening.items()}
            pseudonym = keys.pseudonym
        send(inbox, packed([_opened(job, opening, pseudonym) for job in jobs]))


def _opened(
    job: Job, opening: Mapping[str, X25519PrivateKey], pseudonym: bytes
) -> list[bytes] | None:
    context = Context(job.event_id, job.kiosk, job.stream, job.seq)
    return people_of(Sealed(job.key, job.ciphertext), context, opening, pseudonym)


# ---- what goes through the socket


def asked(keys: Keys | None, jobs: Sequence[Job]) -> bytes:
    """`keys` when they are others than before."""
    return pickle.dumps((keys, list(jobs)))


def packed(people: People) -> bytes:
    """How many they are, and they themselves, for each job."""
    parts = []
    for each in people:
        parts.append(bytes([_UNOPENED]) if each is None else bytes([len(each)]))
        parts.extend(each or ())
    return b"".join(parts)


def unpacked(answer: bytes, count: int) -> People:
    """Raise ValueError when it is not the answer to so many jobs."""
    found: People = []
    at = 0
    while at < len(answer):
        number, at = answer[at], at + 1
        if number == _UNOPENED:
            found.append(None)
            continue
        end = at + number * PSEUDONYM_BYTES
        found.append([answer[i : i + PSEUDONYM_BYTES] for i in range(at, end, PSEUDONYM_BYTES)])
        at = end
    if at != len(answer) or len(found) != count:
        raise ValueError("an answer to another question")
    return found


def send(peer: socket.socket, message: bytes) -> None:
    peer.sendall(_LENGTH.pack(len(message)) + message)


def receive(peer: socket.socket) -> bytes:
    """Raise EOFError when there is nobody any more, OSError when it takes too long."""
    (length,) = _LENGTH.unpack(_exactly(peer, _LENGTH.size))
    return _exactly(peer, length)


def _exactly(peer: socket.socket, length: int) -> bytes:
    message = bytearray()
    while len(message) < length:
        piece = peer.recv(min(length - len(message), 1 << 18))
        if not piece:
            raise EOFError
        message += piece
    return bytes(message)


if __name__ == "__main__":
    main(int(sys.argv[1]))
