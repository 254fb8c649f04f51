"""Keeps a connection to the broker and a committer behind it. A broker that is away is a state with a name."""

import logging
import queue
import random
import threading

from collector.inbox.committer import Committer
from collector.inbox.connection import Connection, Endpoint, Message
from collector.ledger.port import Ledger

log = logging.getLogger(__name__)

SUBSCRIBE_TIMEOUT_S = 10.0
LONGEST_PAUSE_S = 30.0


class Inbox:
    """`open` starts two threads; `close` ends them. `state` is `connected`, `broker_absent`, `refused` or a ledger's
    fault."""

    def __init__(self, endpoint: Endpoint, ledger: Ledger) -> None:
        self._endpoint = endpoint
        self._arrived: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._committer = Committer(ledger, self._arrived)
        self._stop = threading.Event()
        self._link = "broker_absent"
        self._threads = [
            threading.Thread(target=self._keep_connected, name="inbox-connection"),
            threading.Thread(target=self._committer.run, args=(self._stop,), name="inbox-commit"),
        ]
        self.connected_once = threading.Event()

    @property
    def state(self) -> str:
        return self._committer.fault or self._link

    def open(self) -> None:
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _keep_connected(self) -> None:
        attempt = 0
        while not self._stop.is_set():
            connection = Connection(self._endpoint, self._arrived)
            try:
                connection.open()
                attempt = self._use(connection, attempt)
            except OSError as error:
                self._say("broker_absent", str(error))
            finally:
                connection.close()
            # full jitter: many collectors and kiosks must not come back at the same moment
            self._stop.wait(random.uniform(0, min(LONGEST_PAUSE_S, 0.5 * 2**attempt)))  # noqa: S311 - no secret
            attempt = min(attempt + 1, 10)

    def _use(self, connection: Connection, attempt: int) -> int:
        """Until the connection is lost. How often it has failed before, counted from 0 after a good one."""
        if not _either(connection.subscribed, connection.lost, self._stop, SUBSCRIBE_TIMEOUT_S):
            self._say("refused", connection.refusal or "no answer from the broker")
            return attempt
        self._say("connected", "")
        self.connected_once.set()
        while not self._stop.is_set() and not connection.lost.wait(0.5):
            pass
        if not self._stop.is_set():
            self._say("broker_absent", connection.refusal)
        return 0

    def _say(self, state: str, why: str) -> None:
        if state != self._link:
            log.warning("broker: %s%s", state, f" ({why})" if why else "")
        self._link = state


def _either(
    good: threading.Event, bad: threading.Event, stop: threading.Event, timeout_s: float
) -> bool:
    """Whether `good` came first."""
    for _ in range(int(timeout_s / 0.05)):
        if good.wait(0.05):
            return True
        if bad.is_set() or stop.is_set():
            return False
    return False
