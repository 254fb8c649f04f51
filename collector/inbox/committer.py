"""Takes whatever has arrived, commits it in one transaction, then acknowledges, then sends receipts.

Batches find their size by themselves: one message at a quiet time, thousands under a flood. No timer, no setting
(shared facts, collector section 5). While processes open the links of one batch, the one before is committed.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from collector.errors import CollectorError, LedgerError
from collector.inbox.connection import Message
from collector.inbox.heads import HeadVerifier
from collector.inbox.keyring import Keyring
from collector.inbox.openers import Begun, Openers
from collector.inbox.sorting import sort
from collector.inbox.tally import Tally
from collector.inbox.unsealing import Declared
from collector.ledger.port import Batch, Due, Ledger
from kiosk.wire import receipts
from kiosk.wire.topics import Channel, topic

log = logging.getLogger(__name__)

POLL_S = 0.5
RETRY_PAUSE_S = 1.0


_Work = tuple[Sequence[Message], Begun, float]  # and since when
Keep = Callable[[Batch, datetime], Batch]
"""What is done to a batch before it is stored. Raises CollectorError when it cannot be: then nothing is stored."""


def as_it_is(batch: Batch, now: datetime) -> Batch:
    return batch


class Committer:
    """`run` returns when `stop` is set. `has_ledger` is False while nothing can be committed; `turned_s` is the
    monotonic time of its last sign of life."""

    def __init__(
        self,
        ledger: Ledger,
        keyring: Keyring,
        heads: HeadVerifier,
        arrived: "queue.SimpleQueue[Message]",
        declared: Declared,
        openers: Openers,
        keep: Keep = as_it_is,
    ) -> None:
        self._keep = keep
        self._declared = declared
        self._openers = openers
        self._ledger = ledger
        self._keyring = keyring
        self._heads = heads
        self._arrived = arrived
        self.has_ledger = True
        self.turned_s = time.monotonic()
        self.tally = Tally()

    def run(self, stop: threading.Event) -> None:
        begun: _Work | None = None
        while not stop.is_set():
            self.turned_s = time.monotonic()
            messages = self._next_batch(0 if begun else POLL_S)
            self._keyring.refresh()
            following = self._begin(messages) if messages else None
            if begun is not None:
                self._settle(*begun, stop)
            elif following is None and self.has_ledger:
                self._tidy()
            if following is not None and not following[1].is_elsewhere:
                self._settle(*following, stop)
                following = None
            begun = following

    def _next_batch(self, wait_s: float) -> list[Message]:
        batch: list[Message] = []
        try:
            batch.append(self._arrived.get(block=wait_s > 0, timeout=wait_s))
            while len(batch) < self._ledger.largest_batch:
                batch.append(self._arrived.get_nowait())
        except queue.Empty:
            pass
        return batch

    def _begin(self, messages: Sequence[Message]) -> "_Work":
        since_s = time.monotonic()
        sorted_out = sort((message.topic, message.payload) for message in messages)
        batch = self._heads.verified(sorted_out, datetime.now(UTC))
        return messages, self._openers.begin(batch, self._keyring, self._declared), since_s

    def _settle(
        self, messages: Sequence[Message], begun: Begun, since_s: float, stop: threading.Event
    ) -> None:
        batch = begun.finish()
        due = self._commit(batch, stop)
        if due is None:
            return
        took_s = time.monotonic() - since_s
        self.tally.committed(len(batch.events), len(batch.poison), took_s)
        for message in messages:
            message.connection.acknowledge(message)
        for one in due:
            payload = receipts.sign(one.receipt, self._keyring.receipt)
            messages[-1].connection.publish(topic(one.kiosk, Channel.RECEIPT), payload)
        self.tally.receipted(len(due), time.time())
        for connection in {message.connection for message in messages}:
            connection.flush()

    def _tidy(self) -> None:
        """While nothing comes. What fails here is said by the next commit."""
        with suppress(LedgerError):
            while self._ledger.tidy() and self._arrived.empty():
                self.turned_s = time.monotonic()

    def _commit(self, batch: Batch, stop: threading.Event) -> Sequence[Due] | None:
        """Again and again until it is stored: what is not acknowledged does not come again while the connection lasts.
        None when told to stop before that."""
        while not stop.is_set():
            self.turned_s = time.monotonic()
            try:
                if not self.has_ledger:
                    self._ledger.close()
                    self._ledger.open()
                now = datetime.now(UTC)
                due = self._ledger.commit(self._keep(batch, now), now)
            except CollectorError as error:
                self._say(has_ledger=False, why=str(error))
                stop.wait(RETRY_PAUSE_S)
            else:
                self._say(has_ledger=True)
                return due
        return None

    def _say(self, *, has_ledger: bool, why: str = "") -> None:
        if self.has_ledger and not has_ledger:
            log.error("nothing is acknowledged until this is mended: %s", why)
        elif has_ledger and not self.has_ledger:
            log.warning("the ledger is back")
        self.has_ledger = has_ledger
