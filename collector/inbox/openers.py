"""Shares the opening of links out to processes, where much has come at once. While they open one batch, the inbox reads
the next and commits the one before.

Nothing depends on them: what one that is killed, hangs or has not started yet does not answer is opened here.
"""

import logging
import select
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from collector.inbox import opener
from collector.inbox.keyring import Keyring
from collector.inbox.opener import Job, Keys, People
from collector.inbox.unsealing import Declared, Told, one_unsealed, tell_nobody, with_people
from collector.ledger.port import Batch, Taken
from kiosk.wire.data import VisitData

log = logging.getLogger(__name__)

# visits; fewer are opened here before they would have come back
LEAST = 64
ANSWER_TIMEOUT_S = 10.0
START_AGAIN_S = 5.0
END_TIMEOUT_S = 2.0


class Openers:
    """For one thread. No process is started before there is enough for it to do; `close` ends them all."""

    def __init__(self, count: int, answer_timeout_s: float = ANSWER_TIMEOUT_S) -> None:
        self._count = count
        self._answer_timeout_s = answer_timeout_s
        self._helpers: list[_Helper] = []
        self._start_again_s = 0.0

    @property
    def pids(self) -> list[int]:
        return [helper.pid for helper in self._helpers]

    def begin(self, batch: Batch, keyring: Keyring, declared: Declared = tell_nobody) -> "Begun":
        """Declarations are opened here: what they say besides pseudonyms leaves this process in no direction."""
        places = [place for place, taken in enumerate(batch.events) if _job(taken) is not None]
        if not self._count or len(places) < LEAST or keyring.pseudonym is None:
            return Begun(batch, keyring, declared, [])
        helpers = self._ready()
        shares = []
        for number, helper in enumerate(helpers):
            share = places[number :: len(helpers)]
            if helper.ask([job for i in share if (job := _job(batch.events[i]))], keyring):
                shares.append((helper, share))
        return Begun(batch, keyring, declared, shares)

    def close(self) -> None:
        for helper in self._helpers:
            helper.end()
        self._helpers = []

    def _ready(self) -> list["_Helper"]:
        """Those that can be asked now. Others may be on their way: nobody waits for them."""
        lost = [helper for helper in self._helpers if helper.is_lost]
        for helper in lost:
            helper.end()
            self._helpers.remove(helper)
        if len(self._helpers) < self._count and time.monotonic() >= self._start_again_s:
            self._start_again_s = time.monotonic() + START_AGAIN_S
            with suppress(OSError):  # no process to be had: all is opened here
                while len(self._helpers) < self._count:
                    self._helpers.append(_Helper(self._answer_timeout_s))
        return [helper for helper in self._helpers if helper.is_ready]


class Begun:
    """A batch whose links are being opened. `is_elsewhere` while others are at it: until `finish` there is time for
    something else."""

    def __init__(
        self,
        batch: Batch,
        keyring: Keyring,
        declared: Declared,
        shares: Sequence[tuple["_Helper", Sequence[int]]],
    ) -> None:
        self._batch = batch
        self._keyring = keyring
        self._declared = declared
        self._shares = shares

    @property
    def is_elsewhere(self) -> bool:
        return bool(self._shares)

    @property
    def processes(self) -> int:
        """That are at it."""
        return len(self._shares)

    def finish(self) -> Batch:
        told: list[Told] = []
        shared = {place for _, share in self._shares for place in share}
        events = [  # those of others wait, and they work meanwhile
            taken if place in shared else one_unsealed(taken, self._keyring, told)
            for place, taken in enumerate(self._batch.events)
        ]
        for helper, share in self._shares:
            answer = helper.answer(len(share))
            for number, place in enumerate(share):
                taken = events[place]
                events[place] = (
                    one_unsealed(taken, self._keyring, told)
                    if answer is None
                    else with_people(taken, answer[number])
                )
        if told:
            self._declared(told)
        return replace(self._batch, events=events)


class _Helper:
    """One process. Raise OSError when there is none to be had."""

    def __init__(self, answer_timeout_s: float) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs:
            descriptor = str(theirs.fileno())
            self._process = subprocess.Popen(
                [sys.executable, "-m", "collector.inbox.opener", descriptor],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        self._socket.settimeout(answer_timeout_s)
        self._said_ready = False
        self._keys: object = None  # those that it was given last
        self.is_lost = False

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_ready(self) -> bool:
        if not self._said_ready and select.select([self._socket], [], [], 0)[0]:
            self._said_ready = self._received() is not None
        return self._said_ready and not self.is_lost

    def ask(self, jobs: Sequence[Job], keyring: Keyring) -> bool:
        """False when it cannot be asked."""
        opening, pseudonym = keyring.opening, keyring.pseudonym or b""
        keys = None
        if self._keys != (opening, pseudonym):
            raw = {name: private.private_bytes_raw() for name, private in opening.items()}
            keys = Keys(raw, pseudonym)
        try:
            opener.send(self._socket, opener.asked(keys, jobs))
        except OSError as error:
            self._lose(error)
            return False
        self._keys = (opening, pseudonym)
        return True

    def answer(self, count: int) -> People | None:
        """The people in each of the `count` links that it was asked for; None when it does not say."""
        answer = self._received()
        try:
            return None if answer is None else opener.unpacked(answer, count)
        except ValueError as error:
            self._lose(error)
            return None

    def end(self) -> None:
        self._socket.close()
        try:
            self._process.wait(0 if self.is_lost else END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _received(self) -> bytes | None:
        if self.is_lost:
            return None
        try:
            return opener.receive(self._socket)
        except (OSError, EOFError) as error:
            self._lose(error)
            return None

    def _lose(self, error: Exception) -> None:
        log.warning("a process that opens links is lost (%s)", type(error).__name__)
        self.is_lost = True


def _job(taken: Taken) -> Job | None:
    event = taken.event
    data = event.data
    if not isinstance(data, VisitData) or data.link is None:
        return None
    link = data.link
    return Job(link.key, link.ciphertext, event.id, event.kiosk, event.stream, event.seq)
