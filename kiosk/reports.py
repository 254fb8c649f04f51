"""What the other processes tell the loop: readings and heartbeats, over one Unix socket.

One SOCK_SEQPACKET message is one report, JSON, at most `MAX_REPORT_BYTES`. The loop listens; the eye and the uplink
connect, and connect again when the loop has been restarted. A report that cannot be delivered is dropped: the next
frame brings the next reading, and a heartbeat is only worth something while it is fresh.
"""

import base64
import contextlib
import json
import os
import socket
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

# a QR code holds 2,953 bytes at most, 3,940 in base64; the rest of a report is small
MAX_REPORT_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class ReadingReport:
    """One code read in one frame. `data` never appears in a repr."""

    symbology: str
    data: bytes
    taken_at_ns: int  # CLOCK_MONOTONIC of the frame that was read
    read_ms: float  # from that frame to the bytes

    def __repr__(self) -> str:
        return f"ReadingReport({self.symbology}, {len(self.data)} bytes, {self.read_ms:.1f} ms)"


@dataclass(frozen=True, slots=True)
class EyeBeat:
    """The eye's evidence of work, at least once a second."""

    camera: str  # "ok", or the named state: absent, stalled, black, frozen
    motion: bool
    fps: float
    frame_age_s: float
    read_ms_p50: float
    read_ms_p95: float
    reader_errors: int
    guidance: str = ""  # "", too_far, too_close, too_dark, glare, hold_still


@dataclass(frozen=True, slots=True)
class UplinkBeat:
    """The uplink's evidence of work, at least every two seconds."""

    connected: bool
    waiting: int
    parked: int
    oldest_s: float  # age of the oldest row without a receipt, 0 when there is none
    receipt_age_s: float  # since the last receipt, -1 when there was none yet
    fault: str = ""  # a named state: broker_absent, refused, no_listener, clock, not_authorized ...


@dataclass(frozen=True, slots=True)
class DocumentNews:
    """A newer document lies in the folder of documents."""

    document: str  # its kind, a wire DocumentKind
    version: int


@dataclass(frozen=True, slots=True)
class CommandGiven:
    """A command truly given to this kiosk, to be done and answered once; with a `refusal`, only answered."""

    id: str
    name: str
    refusal: str  # "", expired, unknown


Report = ReadingReport | EyeBeat | UplinkBeat | DocumentNews | CommandGiven
_KINDS: dict[str, type[Report]] = {
    "reading": ReadingReport,
    "eye": EyeBeat,
    "uplink": UplinkBeat,
    "document": DocumentNews,
    "command": CommandGiven,
}


def encode(report: Report) -> bytes:
    fields: dict[str, Any] = asdict(report)
    if isinstance(report, ReadingReport):
        fields["data"] = base64.b64encode(report.data).decode("ascii")
    kind = next(name for name, cls in _KINDS.items() if isinstance(report, cls))
    return json.dumps({"kind": kind, **fields}).encode()


def decode(message: bytes) -> Report | None:
    """None for anything that is no report: the loop does not fall over a stray message."""
    try:
        fields = json.loads(message)
        cls = _KINDS[fields.pop("kind")]
        if cls is ReadingReport:
            fields["data"] = base64.b64decode(fields["data"], validate=True)
        return cls(**fields)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


class Reporter:
    """The sending end. `send` never blocks for long and never raises: it answers whether the report went out."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._socket: socket.socket | None = None

    def send(self, report: Report) -> bool:
        message = encode(report)
        if len(message) > MAX_REPORT_BYTES:
            return False
        for _ in range(2):  # once on the standing connection, once on a fresh one
            try:
                self._connected().send(message)
            except OSError:
                self.close()
            else:
                return True
        return False

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _connected(self) -> socket.socket:
        if self._socket is None:
            sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            sock.settimeout(0.5)
            try:
                sock.connect(str(self._path))
            except OSError:
                sock.close()
                raise
            self._socket = sock
        return self._socket


class ReportListener:
    """The loop's end: hands every report to `deliver`, from a thread of its own for each sender."""

    def __init__(self, path: Path, deliver: Callable[[Report], None]) -> None:
        self._path = path
        self._deliver = deliver
        self._server: socket.socket | None = None
        self._peers: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._closing = False

    def open(self) -> None:
        self._path.unlink(missing_ok=True)
        server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        server.bind(str(self._path))
        # the eye and the uplink run as other users of the same group
        os.chmod(self._path, 0o660)  # noqa: PTH101 - a socket path, not a regular file
        server.listen(8)
        self._server = server
        self._start(self._accept, "reports-accept", server)

    def close(self) -> None:
        self._closing = True
        with self._lock:
            sockets = [*self._peers, *([self._server] if self._server else [])]
        for sock in sockets:
            with contextlib.suppress(OSError):  # the peer may have gone first
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        for thread in self._threads:
            thread.join(timeout=2)
        self._path.unlink(missing_ok=True)

    def _start(self, target: Callable[..., None], name: str, *args: object) -> None:
        thread = threading.Thread(target=target, name=name, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, server: socket.socket) -> None:
        while not self._closing:
            try:
                peer, _ = server.accept()
            except OSError:
                return
            with self._lock:
                self._peers.add(peer)
            self._start(self._receive, "reports-receive", peer)

    def _receive(self, peer: socket.socket) -> None:
        while not self._closing:
            try:
                message = peer.recv(MAX_REPORT_BYTES)
            except OSError:
                break
            if not message:
                break
            report = decode(message)
            if report is not None:
                self._deliver(report)
        with self._lock:
            self._peers.discard(peer)
        peer.close()
