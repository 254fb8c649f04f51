"""Starts the processes of a site as children, as systemd does on a device: readiness, watchdog, restart, clean end.

Each child gets a NOTIFY_SOCKET of its own. READY=1 makes it ready; with a watchdog, silence on the socket for longer
than that is a hung process, which is killed and started again. A child is only ever signalled through the handle it
was started with.
"""

import contextlib
import logging
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.errors import KioskError

log = logging.getLogger(__name__)

STOP_TIMEOUT_S = 5.0
POLL_S = 0.1
# a program that ends this often before it was ever ready will not get ready
START_TRIES = 3


@dataclass(frozen=True)
class Program:
    """What to run. It is ready when it says READY=1, or, with a `port`, when it listens there (mosquitto says nothing).

    `watchdog_s` is None for a program that is not watched.
    """

    name: str
    argv: tuple[str, ...]
    watchdog_s: float | None = None
    port: int | None = None
    env: Mapping[str, str] = field(default_factory=dict)


class Child:
    """One running program, and the thread that keeps it running."""

    def __init__(self, program: Program, run_dir: Path, log_dir: Path) -> None:
        self._program = program
        self._log_file = log_dir / f"{program.name}.log"
        self._socket_path = run_dir / f"notify-{program.name}.sock"
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"child-{program.name}")
        self.restarts = 0

    @property
    def name(self) -> str:
        return self._program.name

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        self._thread.start()

    def wait_ready(self, timeout_s: float) -> None:
        """Raise KioskError with the end of its log when it is not ready in time, or keeps falling over."""
        deadline_s = time.monotonic() + timeout_s
        while not self._is_ready():
            if time.monotonic() > deadline_s or self.restarts >= START_TRIES:
                tail = "\n".join(self._log_file.read_text(errors="replace").splitlines()[-8:])
                raise KioskError(f"{self.name} does not start:\n{tail}")

    def _is_ready(self) -> bool:
        """Asked for POLL_S at most."""
        if self._program.port is None:
            return self._ready.wait(POLL_S)
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self._program.port), POLL_S).close()
            return True
        return self._stop.wait(POLL_S)

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _keep(self) -> None:
        self._socket_path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(str(self._socket_path))
            notify.settimeout(POLL_S)
            while not self._stop.is_set():
                self._run_once(notify)
        self._socket_path.unlink(missing_ok=True)

    def _run_once(self, notify: socket.socket) -> None:
        env = {**os.environ, **self._program.env, "NOTIFY_SOCKET": str(self._socket_path)}
        if self._program.watchdog_s is not None:
            env["WATCHDOG_USEC"] = str(int(self._program.watchdog_s * 1e6))
        with self._log_file.open("ab") as output:
            self._process = subprocess.Popen(
                self._program.argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=env,
                start_new_session=True,  # Ctrl-C reaches the supervisor only, which ends them in order
            )
        process = self._process
        alive_s = time.monotonic()
        while not self._stop.is_set() and process.poll() is None:
            if self._listen(notify):
                alive_s = time.monotonic()
            elif self._ready.is_set() and self._silent_too_long(alive_s):
                log.warning("%s is silent: killed", self.name)
                process.kill()
        _end(process)
        if not self._stop.is_set():
            self.restarts += 1
            log.warning("%s ended with %s: started again", self.name, process.returncode)
            self._stop.wait(0.5)

    def _listen(self, notify: socket.socket) -> bool:
        """Whether a sign of life came within POLL_S."""
        try:
            message = notify.recv(4096)
        except TimeoutError:
            return False
        if b"READY=1" in message:
            self._ready.set()
        return True

    def _silent_too_long(self, alive_s: float) -> bool:
        limit_s = self._program.watchdog_s
        return limit_s is not None and time.monotonic() - alive_s > limit_s


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_TIMEOUT_S)
    if process.poll() is None:
        process.kill()
    process.wait()


class Supervisor:
    """The children of one site, in the order they were started. Leaving the `with` block ends them all."""

    def __init__(self, run_dir: Path, log_dir: Path) -> None:
        self._run_dir = run_dir
        self._log_dir = log_dir
        self._children: list[Child] = []

    def __enter__(self) -> "Supervisor":
        return self

    def __exit__(self, *_: object) -> None:
        for child in reversed(self._children):
            child.stop()

    def start(self, program: Program) -> Child:
        child = Child(program, self._run_dir, self._log_dir)
        self._children.append(child)
        child.start()
        return child

    def child(self, name: str) -> Child:
        return next(child for child in self._children if child.name == name)

    def restarts(self) -> dict[str, int]:
        return {child.name: child.restarts for child in self._children}
