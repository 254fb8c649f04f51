"""A small TCP proxy that makes a long or a narrow road: a delay in each direction, or so many bytes a second."""

import contextlib
import select
import socket
import threading
import time
from collections import deque
from dataclasses import dataclass, field

CHUNK_BYTES = 4_096
TURN_S = 0.01


@dataclass(eq=False)
class _Pipe:
    """One direction of one connection."""

    source: socket.socket
    sink: socket.socket
    on_the_way: deque[tuple[float, bytes]] = field(default_factory=deque)
    free_at_s: float = 0.0


class Proxy:
    """Listens on a free port of 127.0.0.1 and leads to `target`. `open` starts its thread, `close` ends everything."""

    def __init__(self, target: int, *, delay_s: float = 0.0, bytes_per_s: float = 0.0) -> None:
        """`delay_s` is for each direction; `bytes_per_s` 0 is no limit."""
        self._target = target
        self._delay_s = delay_s
        self._bytes_per_s = bytes_per_s
        self._server = socket.socket()
        self._pipes: list[_Pipe] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="proxy")
        self.connections = 0

    def __enter__(self) -> "Proxy":
        self._server.bind(("127.0.0.1", 0))
        self._server.listen(16)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._server.close()
        self._hang_up(self._pipes)

    @property
    def port(self) -> int:
        return int(self._server.getsockname()[1])

    def _run(self) -> None:
        while not self._stop.is_set():
            readers = [self._server, *(pipe.source for pipe in self._pipes if self._has_room(pipe))]
            ready, _, _ = select.select(readers, [], [], TURN_S)
            if self._server in ready:
                self._accept()
            now_s = time.monotonic()
            for pipe in list(self._pipes):
                alive = self._take(pipe, now_s) if pipe.source in ready else True
                if not (self._give(pipe, now_s) and alive):
                    self._hang_up([p for p in self._pipes if pipe.source in (p.source, p.sink)])

    def _has_room(self, pipe: _Pipe) -> bool:
        """A narrow road holds back whoever wants to use it: a second of it may be on the way."""
        if not self._bytes_per_s:
            return True
        return sum(len(data) for _, data in pipe.on_the_way) < self._bytes_per_s

    def _accept(self) -> None:
        near, _ = self._server.accept()
        try:
            far = socket.create_connection(("127.0.0.1", self._target), timeout=5)
        except OSError:
            near.close()
            return
        for sock in (near, far):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connections += 1
        self._pipes += [_Pipe(near, far), _Pipe(far, near)]

    def _take(self, pipe: _Pipe, now_s: float) -> bool:
        try:
            data = pipe.source.recv(CHUNK_BYTES)
        except OSError:
            return False
        if not data:
            return False
        arrives_s = now_s + self._delay_s
        if self._bytes_per_s:
            pipe.free_at_s = max(pipe.free_at_s, now_s) + len(data) / self._bytes_per_s
            arrives_s = pipe.free_at_s + self._delay_s
        pipe.on_the_way.append((arrives_s, data))
        return True

    def _give(self, pipe: _Pipe, now_s: float) -> bool:
        while pipe.on_the_way and pipe.on_the_way[0][0] <= now_s:
            data = pipe.on_the_way.popleft()[1]
            try:
                pipe.sink.sendall(data)
            except OSError:
                return False
        return True

    def _hang_up(self, pipes: list[_Pipe]) -> None:
        for pipe in pipes:
            with contextlib.suppress(OSError):
                pipe.source.close()
        self._pipes = [pipe for pipe in self._pipes if pipe not in pipes]
