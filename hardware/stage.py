"""What stands in front of a simulated camera: scenes, and the socket through which they are put there.

A client connects to `stage.sock`, sends one request and gets one answer. A request is a length (four bytes, network
order), that many bytes of JSON, and `image_bytes` bytes of a PNG or JPEG. The answer is one line of JSON. Everything
is limited and checked before it is decoded: a stray program that connects costs the camera nothing.
"""

import json
import socket
import struct
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

import cv2

from hardware.errors import HardwareError
from hardware.picture_size import MAX_PICTURE_BYTES, picture_size
from hardware.ports import Luma

MAX_HEADER_BYTES = 4096
MAX_ANSWER_BYTES = 4096
_CLIENT_TIMEOUT_S = 5.0
_LENGTH = struct.Struct("!I")


class StageError(HardwareError):
    """No simulated camera listens there, or it refused the request; the message says which."""


class CameraFault(StrEnum):
    """What a simulated camera can be told to suffer from."""

    STALLED = "stalled"  # open, but no frame comes: CameraStalled
    ABSENT = "absent"  # unplugged: CameraAbsent, also from open()
    HUNG = "hung"  # a call that does not come back, whatever its timeout, as in a stuck driver
    BLACK = "black"
    FROZEN = "frozen"  # the same picture again and again


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture, held up by somebody: it comes in from outside, is held, and goes away.

    `image` is a PNG or JPEG of what is held (a bare code, a card, a phone). `scale` is its height as a share of the
    frame's; `motion` how much the hand shakes and the arm swings (0 = a stand, 1 = usual). The same `seed` gives the
    same path and the same noise; None lets the camera choose.
    """

    image: bytes = field(repr=False)
    appear_s: float = 0.5
    hold_s: float = 2.0
    leave_s: float = 0.4
    scale: float = 0.6
    motion: float = 1.0
    seed: int | None = None

    def __post_init__(self) -> None:
        picture_size(self.image)
        for name, low, high in (
            ("appear_s", 0.0, 60.0),
            ("hold_s", 0.0, 3600.0),
            ("leave_s", 0.0, 60.0),
            ("scale", 0.02, 2.0),
            ("motion", 0.0, 5.0),
        ):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError(f"{name} must be a number, not {type(value).__name__}")
            if not low <= value <= high:
                raise ValueError(f"{name} must be between {low} and {high}, not {value}")
        if self.seed is not None and not (type(self.seed) is int and 0 <= self.seed < 2**32):
            raise ValueError("seed must be a whole number of 32 bits, or null")

    @classmethod
    def of_luma(cls, luma: Luma, **script: Any) -> Self:
        """A scene of a (height_px, width_px) uint8 array; `script` are the other fields."""
        encoded, png = cv2.imencode(".png", luma)
        if not encoded:
            raise ValueError("the picture cannot be encoded")
        return cls(image=png.tobytes(), **script)


@dataclass(frozen=True, slots=True)
class Presented:
    """How a scene was taken up: frame k of it is, or will be, taken at `starts_at_ns + k * frame_interval_ns`.

    With `seed` and the camera's settings, hardware.presentation draws the very same frames again.
    """

    number: int
    seed: int
    starts_at_ns: int  # CLOCK_MONOTONIC
    frame_interval_ns: int


class Stage:
    """The client's end. Nothing here waits for a scene to be over; each call is one short connection."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def show(self, scene: Scene) -> int:
        """Put `scene` before the camera, in place of whatever is there. Return the presentation's number."""
        return self.present(scene).number

    def present(self, scene: Scene) -> Presented:
        """As `show`, and tell when each of its frames is taken."""
        return Presented(**self._ask(_scene_request("show", scene)))

    def queue(self, scene: Scene) -> Presented:
        """Put `scene` before the camera once those already there have gone."""
        return Presented(**self._ask(_scene_request("queue", scene)))

    def clear(self) -> None:
        """Nobody stands there any more, at once."""
        self._ask(_request({"do": "clear"}))

    def fail(self, fault: CameraFault, for_s: float) -> None:
        """Make the camera suffer from `fault` for so many seconds; 0 mends it."""
        self._ask(_request({"do": "fail", "fault": fault.value, "for_s": for_s}))

    def _ask(self, request: bytes) -> dict[str, Any]:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
                sock.settimeout(_CLIENT_TIMEOUT_S)
                sock.connect(str(self._path))
                sock.sendall(request)
                with sock.makefile("rb") as answers:
                    line = answers.readline(MAX_ANSWER_BYTES)
            answer: dict[str, Any] = json.loads(line)
        except (OSError, ValueError) as error:
            raise StageError(f"no simulated camera answers at {self._path}: {error}") from error
        if "refused" in answer:
            raise StageError(f"the simulated camera refused: {answer['refused']}")
        return answer


def _scene_request(do: str, scene: Scene) -> bytes:
    script = {f.name: getattr(scene, f.name) for f in fields(scene) if f.name != "image"}
    return _request({"do": do, **script}, scene.image)


def _request(header: dict[str, Any], image: bytes = b"") -> bytes:
    text = json.dumps({**header, "image_bytes": len(image)}).encode()
    return _LENGTH.pack(len(text)) + text + image


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asked for: `scene` with show and queue, `fault` and `for_s` with fail."""

    do: str
    scene: Scene | None = None
    fault: CameraFault | None = None
    for_s: float = 0.0


def receive(sock: socket.socket) -> Request:
    """One request from a connected client. Raise ValueError for anything that is none, OSError when it goes away."""
    (header_bytes,) = _LENGTH.unpack(_exactly(sock, _LENGTH.size))
    if not 2 <= header_bytes <= MAX_HEADER_BYTES:
        raise ValueError(f"a header of {header_bytes} bytes")
    try:
        header = json.loads(_exactly(sock, header_bytes))
    except RecursionError as error:
        raise ValueError("a header nested too deep") from error
    if not isinstance(header, dict):
        raise ValueError("a header that is no object")
    do, image_bytes = header.pop("do", None), header.pop("image_bytes", 0)
    if do in ("show", "queue"):
        if type(image_bytes) is not int or not 0 < image_bytes <= MAX_PICTURE_BYTES:
            raise ValueError(f"a picture must have 1 to {MAX_PICTURE_BYTES} bytes")
        _refuse_unknown(header, {f.name for f in fields(Scene)} - {"image"})
        return Request(do, scene=Scene(image=_exactly(sock, image_bytes), **header))
    if do == "fail":
        for_s = header.get("for_s")
        if not isinstance(for_s, int | float) or not 0 <= for_s <= 3600:
            raise ValueError("for_s must be between 0 and 3600")
        return Request(do, fault=CameraFault(str(header.get("fault"))), for_s=for_s)
    if do == "clear":
        return Request(do)
    raise ValueError("do must be show, queue, clear or fail")


def answer(sock: socket.socket, presented: Presented | None = None, refused: str = "") -> None:
    """The one line that a client waits for."""
    body: dict[str, Any] = asdict(presented) if presented is not None else {}
    if refused:
        body = {"refused": refused[:500]}
    sock.sendall(json.dumps(body).encode() + b"\n")


def _refuse_unknown(header: dict[str, Any], known: set[str]) -> None:
    if unknown := header.keys() - known:
        raise ValueError(f"{len(unknown)} unknown fields; known: {', '.join(sorted(known))}")


def _exactly(sock: socket.socket, wanted: int) -> bytes:
    received = bytearray()
    while len(received) < wanted:
        chunk = sock.recv(min(wanted - len(received), 65_536))
        if not chunk:
            raise ValueError("the request ended too early")
        received += chunk
    return bytes(received)
