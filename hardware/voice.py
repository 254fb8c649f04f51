"""A loudspeaker through ALSA: WAV files played by `aplay` (Debian's alsa-utils), each in a process of its own.

A thread starts and awaits the players, so that whoever calls `play` waits for nothing, not even for a fork.
"""

import logging
import subprocess
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Self

log = logging.getLogger(__name__)

# no prompt is longer; a sound card that takes no data for this long has hung
_LONGEST_S = 15.0

READY = "ready"
NO_PLAYER = "no_player"
NO_SOUND = "no_sound"


class AlsaSpeaker:
    """Implements hardware.ports.Speaker. `open` starts one thread, "voice"; `close` ends the sound and the thread."""

    def __init__(self, device: str = "default", player: str = "aplay") -> None:
        """`device` is a name of ALSA's, as `aplay -L` lists them."""
        self._command = (player, "--quiet", "--device", device)
        self._change = threading.Condition()
        self._number = 0  # of the newest request
        self._clips: tuple[bytes, ...] = ()
        self._process: subprocess.Popen[bytes] | None = None
        self._state = READY
        self._running = False
        self._thread: threading.Thread | None = None

    @property
    def state(self) -> str:
        return self._state

    def open(self) -> None:
        if self._thread is not None:
            return
        self._running = True
        self._thread = threading.Thread(target=self._work, name="voice", daemon=True)
        self._thread.start()

    def play(self, clips: Sequence[bytes]) -> None:
        """As hardware.ports.Speaker says."""
        with self._change:
            self._number += 1
            self._clips = tuple(clips)
            self._hush()
            self._change.notify_all()

    def close(self) -> None:
        """Silent at once. May be called twice."""
        with self._change:
            self._running = False
            self._number += 1
            self._hush()
            self._change.notify_all()
        if self._thread is not None:
            self._thread.join(timeout=2.0)
            self._thread = None

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.close()

    def _hush(self) -> None:
        if self._process is not None:
            self._process.kill()

    def _work(self) -> None:
        done = 0
        while True:
            with self._change:
                while self._running and self._number == done:
                    self._change.wait()
                if not self._running:
                    return
                done, clips = self._number, self._clips
            for clip in clips:
                if not self._played(clip, done):
                    break

    def _played(self, clip: bytes, number: int) -> bool:
        """Whether `clip` was heard to its end."""
        if number != self._number:
            return False
        try:
            process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
        except OSError as error:
            self._found(NO_PLAYER, f"{self._command[0]}: {error.strerror}")
            return False
        with self._change:
            self._process = process
            if number != self._number:
                process.kill()
        complaint, in_time = _fed(process, clip)
        with self._change:
            self._process = None
            interrupted = number != self._number
        if interrupted:
            return False
        heard = in_time and process.returncode == 0
        self._found(READY if heard else NO_SOUND, complaint)
        return heard

    def _found(self, state: str, complaint: str) -> None:
        if state != self._state:
            log.warning("voice %s %s", state, complaint)
        self._state = state


def _fed(process: subprocess.Popen[bytes], clip: bytes) -> tuple[str, bool]:
    """(what the player complained of, whether it ended by itself). The process has ended after this."""
    try:
        _, complaint = process.communicate(clip, timeout=_LONGEST_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return "the sound card takes no data", False
    return complaint.decode(errors="replace").strip().partition("\n")[0], True
