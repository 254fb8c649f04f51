"""Keeps a connection to the broker and a committer behind it. A broker that is away is a state with a name."""

import logging
import queue
import random
import ssl
import threading
import time
from collections.abc import Callable
from enum import StrEnum

from collector.config import BrokerSection
from collector.errors import CollectorError
from collector.inbox.committer import Committer
from collector.inbox.connection import Connection, Message
from collector.ledger.port import Ledger

log = logging.getLogger(__name__)

# about ten full batches; a bound for memory, for mosquitto 2.0.11 does not keep to the window it was told
MAX_WAITING = 20_000
LOW_WATER = 2_000
SUBSCRIBE_TIMEOUT_S = 10.0
LONGEST_PAUSE_S = 30.0
GOOD_CONNECTION_S = 60.0
POLL_S = 0.2
# a commit of a full batch takes well under a second
HUNG_AFTER_S = 30.0


class State(StrEnum):
    """How the inbox is. The words are those of docs/collector.md and of the office page."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    BROKER_ABSENT = "broker_absent"  # no answer at its address
    REFUSED = "refused"  # it answers, but will not have us, or cannot be trusted
    CATCHING_UP = (
        "catching_up"  # more arrived than could be committed: the rest waits at the broker
    )
    LEDGER_UNAVAILABLE = "ledger_unavailable"  # nothing is acknowledged, kiosks keep their visits


class Inbox:
    """`open` starts two threads, `close` ends them. `settled` is set once it is known whether there is a broker."""

    def __init__(self, broker: BrokerSection, ledger: Ledger) -> None:
        self._broker = broker
        self._arrived: queue.Queue[Message] = queue.Queue(MAX_WAITING)
        self._committer = Committer(ledger, self._arrived)
        self._stop = threading.Event()
        self._link = State.CONNECTING
        self._failed = ""
        self._threads: list[threading.Thread] = []
        self.settled = threading.Event()

    @property
    def state(self) -> State:
        return self._link if self._committer.has_ledger else State.LEDGER_UNAVAILABLE

    def open(self) -> None:
        """Raise CollectorError when certificate or key cannot be used at all."""
        context = _tls(self._broker)
        self._stop.clear()
        self._threads = [
            self._thread("inbox-connection", lambda: self._keep_connected(context)),
            self._thread("inbox-committer", lambda: self._committer.run(self._stop)),
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """May be called twice. What is not yet committed stays with broker and kiosks."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._threads = []

    def check(self) -> None:
        """Raise CollectorError when it cannot go on: a process that only seems to live is the worst of all."""
        if self._failed:
            raise CollectorError(f"the inbox has failed: {self._failed}")
        if time.monotonic() - self._committer.turned_s > HUNG_AFTER_S:
            raise CollectorError(f"the inbox hangs: no commit has ended for {HUNG_AFTER_S:.0f} s")

    def _thread(self, name: str, work: Callable[[], None]) -> threading.Thread:
        def run() -> None:
            try:
                work()
            except Exception as error:  # the edge of a thread: `check` hands it on to the process
                log.exception("the thread %s has failed", name)
                self._failed = f"{name}: {type(error).__name__}"

        return threading.Thread(target=run, name=name)

    def _keep_connected(self, context: ssl.SSLContext) -> None:
        failures = 0
        while not self._stop.is_set():
            began_s = time.monotonic()
            self._connect_once(context)
            self._catch_up()
            failures = failures + 1 if time.monotonic() - began_s < GOOD_CONNECTION_S else 0
            # full jitter: many collectors and kiosks must not come back at the same moment
            longest_s = min(LONGEST_PAUSE_S, 0.5 * 2 ** min(failures, 10))
            self._stop.wait(random.uniform(0, longest_s))  # noqa: S311 - no secret

    def _connect_once(self, context: ssl.SSLContext) -> None:
        connection = Connection(self._broker, context, self._arrived)
        try:
            connection.open()
            self._use(connection)
        except ssl.SSLError as error:
            self._say(State.REFUSED, f"its certificate: {error.reason or 'no TLS'}")
        except OSError as error:
            self._say(State.BROKER_ABSENT, error.strerror or str(error))
        finally:
            connection.close()

    def _use(self, connection: Connection) -> None:
        """Until the connection ends, or this is told to stop."""
        deadline_s = time.monotonic() + SUBSCRIBE_TIMEOUT_S
        while not (connection.subscribed.is_set() or connection.has_ended or self._stop.is_set()):
            if time.monotonic() > deadline_s:
                self._say(State.REFUSED, "it does not answer")
                return
            connection.wait(0.02)
        if not connection.subscribed.is_set():
            self._say(State.REFUSED, connection.why)
            return
        self._say(State.CONNECTED)
        while not (connection.has_ended or self._stop.is_set()):
            connection.wait(POLL_S)
        behind = self._arrived.qsize() > LOW_WATER
        self._say(State.CATCHING_UP if behind else State.BROKER_ABSENT, connection.why)

    def _catch_up(self) -> None:
        """Not to be handed over again what already waits here."""
        while self._arrived.qsize() > LOW_WATER and not self._stop.is_set():
            self._stop.wait(POLL_S)

    def _say(self, state: State, why: str = "") -> None:
        if self._stop.is_set():
            return
        if state is not self._link:
            level = logging.INFO if state is State.CONNECTED else logging.WARNING
            log.log(level, "broker: %s%s", state, f" ({why})" if why else "")
        self._link = state
        self.settled.set()


def _tls(broker: BrokerSection) -> ssl.SSLContext:
    for file in (broker.ca_file, broker.certificate_file, broker.key_file):
        try:
            file.open("rb").close()
        except OSError as error:
            raise CollectorError(
                f"{file} cannot be read ({error.strerror}): `collector authority issue` makes it"
            ) from error
    try:
        context = ssl.create_default_context(cafile=str(broker.ca_file))
        context.load_cert_chain(broker.certificate_file, broker.key_file)
    except ssl.SSLError as error:
        raise CollectorError(
            f"{broker.certificate_file} and its key do not go together, or are damaged"
        ) from error
    return context
