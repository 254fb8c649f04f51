"""The camera's end of the stage: one thread that takes requests and keeps what stands before the camera.

The camera asks `at(tick)` for each frame. Ticks are the camera's own: frame n is taken at tick n.
"""

import contextlib
import socket
import stat
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from hardware.presentation import Presentation
from hardware.stage import CameraFault, Presented, Request, Scene, answer, receive

_CLIENT_TIMEOUT_S = 2.0
_MAX_QUEUED = 100


@dataclass(frozen=True, slots=True)
class OnStage:
    """A presentation and the tick of its first frame."""

    presentation: Presentation
    starts_at_tick: int

    @property
    def ends_at_tick(self) -> int:
        return self.starts_at_tick + self.presentation.frames


@dataclass(slots=True)
class Faults:
    """The fault that was asked for last, and until when. Outlives a camera that is closed and opened again."""

    fault: CameraFault | None = None
    until_s: float = 0.0  # monotonic
    changed: threading.Condition = field(default_factory=threading.Condition)

    def now(self) -> CameraFault | None:
        return self.fault if time.monotonic() < self.until_s else None

    def set(self, fault: CameraFault | None, for_s: float) -> None:
        with self.changed:
            self.fault, self.until_s = fault, time.monotonic() + for_s
            self.changed.notify_all()


class StageServer:
    """Listens on a Unix stream socket at `path` while open.

    `present` makes a Presentation of a scene and a seed; `next_tick` and `taken_at_ns` are the camera's clock.
    """

    def __init__(
        self,
        path: Path,
        faults: Faults,
        present: Callable[[Scene, int], Presentation],
        next_tick: Callable[[], int],
        taken_at_ns: Callable[[int], int],
        first_seed: int,
    ) -> None:
        self._path = path
        self._faults = faults
        self._present = present
        self._next_tick = next_tick
        self._taken_at_ns = taken_at_ns
        self._seed = first_seed
        self._number = 0
        self._lock = threading.Lock()
        self._shown: list[OnStage] = []
        self._listener: socket.socket | None = None
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        """Raise OSError when the path cannot be bound."""
        with contextlib.suppress(FileNotFoundError):
            # left behind by a process that died; anything but a socket is not ours to remove
            if stat.S_ISSOCK(self._path.lstat().st_mode):
                self._path.unlink()
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listener.bind(str(self._path))
            self._path.chmod(0o660)
            listener.listen(8)
        except OSError:
            listener.close()
            raise
        self._listener = listener
        self._thread = threading.Thread(
            target=self._serve, args=(listener,), name="stage", daemon=True
        )
        self._thread.start()

    def at(self, tick: int) -> OnStage | None:
        """What is to be seen at that tick."""
        with self._lock:
            while self._shown and self._shown[0].ends_at_tick <= tick:
                self._shown.pop(0)
            first = self._shown[0] if self._shown else None
        return first if first is not None and first.starts_at_tick <= tick else None

    def close(self) -> None:
        if self._listener is not None:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread in accept()
            if self._thread is not None:
                self._thread.join(timeout=2 * _CLIENT_TIMEOUT_S)
            self._listener.close()
            self._listener = self._thread = None
            self._path.unlink(missing_ok=True)

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return  # closed
            with client:
                client.settimeout(_CLIENT_TIMEOUT_S)
                with contextlib.suppress(OSError):  # whoever goes away early gets no answer
                    self._answer(client)

    def _answer(self, client: socket.socket) -> None:
        try:
            presented = self._carry_out(receive(client))
        except (ValueError, TypeError) as error:
            answer(client, refused=str(error))
        else:
            answer(client, presented)

    def _carry_out(self, request: Request) -> Presented | None:
        if request.do == "fail":
            self._faults.set(request.fault, request.for_s)
        elif request.do == "clear":
            with self._lock:
                self._shown.clear()
        elif request.scene is not None:
            return self._put(request.scene, queued=request.do == "queue")
        return None

    def _put(self, scene: Scene, queued: bool) -> Presented:
        number = self._number + 1
        seed = scene.seed if scene.seed is not None else (self._seed + number) % 2**32
        presentation = self._present(scene, seed)  # takes milliseconds: outside the lock
        with self._lock:
            starts_at_tick = self._next_tick()
            if queued:
                if len(self._shown) >= _MAX_QUEUED:
                    raise ValueError(f"{_MAX_QUEUED} scenes are waiting already")
                if self._shown:
                    starts_at_tick = max(starts_at_tick, self._shown[-1].ends_at_tick)
            else:
                self._shown.clear()
            self._shown.append(OnStage(presentation, starts_at_tick))
            self._number = number
        starts_at_ns = self._taken_at_ns(starts_at_tick)
        interval_ns = self._taken_at_ns(1) - self._taken_at_ns(0)
        return Presented(number, seed, starts_at_ns, interval_ns)
