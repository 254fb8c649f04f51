"""Keeps a connection to the broker and a committer behind it. A broker that is away is a state with a name."""

import logging
import queue
import random
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from enum import StrEnum

from collector.config import BrokerSection
from collector.documents import Outgoing
from collector.errors import CollectorError
from collector.inbox.commands import Spoken
from collector.inbox.committer import Committer, Keep, as_it_is
from collector.inbox.connection import Connection, Message
from collector.inbox.heads import HeadVerifier
from collector.inbox.keyring import Keyring
from collector.inbox.openers import Openers
from collector.inbox.tally import Tally
from collector.inbox.tls import tls_context
from collector.inbox.unsealing import Declared, tell_nobody
from collector.ledger.port import Ledger

log = logging.getLogger(__name__)

# ten full batches: a bound for memory while the ledger cannot be written
MAX_WAITING = 20_000
LONGEST_PAUSE_S = 30.0
GOOD_CONNECTION_S = 60.0
# a commit of a full batch takes well under a second
HUNG_AFTER_S = 30.0


class State(StrEnum):
    """How the inbox is. The words are those of docs/collector.md and of the office page."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    BROKER_ABSENT = "broker_absent"  # no answer at its address
    REFUSED = "refused"  # it answers, but will not have us, or cannot be trusted
    LEDGER_UNAVAILABLE = "ledger_unavailable"  # nothing is acknowledged, kiosks keep their visits


class Inbox:
    """`open` starts two threads, `close` ends them. `settled` is set once it is known whether there is a broker."""

    def __init__(
        self,
        broker: BrokerSection,
        ledger: Ledger,
        keyring: Keyring,
        documents: Callable[[], Sequence[Outgoing]] = tuple,
        declared: Declared = tell_nobody,
        *,
        commands: Callable[[], Sequence[Spoken]] = tuple,
        max_waiting: int = MAX_WAITING,
        openers: int = 0,
        keep: Keep = as_it_is,
    ) -> None:
        """`documents` are what is said to the kiosks, asked for now and then, and so are `commands`, each of which is
        given once; `declared` hears of each declaration.
        About `max_waiting` messages wait here at most; the rest stays with broker and kiosks. `openers` is how many
        processes open links beside this one when much comes at once; `keep` is done to a batch before it is stored."""
        self._broker = broker
        self._max_waiting = max_waiting
        self._arrived: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._keyring = keyring
        self._documents = documents
        self._commands = commands
        self._heads = HeadVerifier(broker.ca_file)
        self._openers = Openers(openers)
        self._committer = Committer(
            ledger, keyring, self._heads, self._arrived, declared, self._openers, keep
        )
        self._stop = threading.Event()
        self._link = State.CONNECTING
        self._failed = ""
        self._threads: list[threading.Thread] = []
        self.settled = threading.Event()

    @property
    def state(self) -> State:
        return self._link if self._committer.has_ledger else State.LEDGER_UNAVAILABLE

    @property
    def tally(self) -> Tally:
        return self._committer.tally

    @property
    def waiting(self) -> int:
        """How many messages have come and are in no batch yet."""
        return self._arrived.qsize()

    def open(self) -> None:
        """Raise CollectorError when certificate or keys cannot be used at all."""
        context = tls_context(self._broker)
        self._heads.open()
        self._keyring.open()
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
        self._openers.close()

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
            failures = failures + 1 if time.monotonic() - began_s < GOOD_CONNECTION_S else 0
            # full jitter: many collectors and kiosks must not come back at the same moment
            longest_s = min(LONGEST_PAUSE_S, 0.5 * 2 ** min(failures, 10))
            self._stop.wait(random.uniform(0, longest_s))  # noqa: S311 - no secret

    def _connect_once(self, context: ssl.SSLContext) -> None:
        """One connection until it ends; afterwards the state says how it ended."""
        connection = Connection(
            self._broker,
            context,
            self._arrived,
            self._max_waiting,
            ready=lambda: self._say(State.CONNECTED),
            documents=self._documents,
            commands=self._commands,
        )
        try:
            connection.run(self._stop)
        except ssl.SSLError as error:
            self._say(State.REFUSED, f"TLS: {error.reason or type(error).__name__}")
        except OSError as error:
            self._say(State.BROKER_ABSENT, error.strerror or str(error))
        else:
            ended = State.BROKER_ABSENT if connection.is_ready else State.REFUSED
            self._say(ended, connection.why)

    def _say(self, state: State, why: str = "") -> None:
        if self._stop.is_set():
            return
        if state is not self._link:
            level = logging.INFO if state is State.CONNECTED else logging.WARNING
            log.log(level, "broker: %s%s", state, f" ({why})" if why else "")
        self._link = state
        self.settled.set()
