"""Takes whatever has arrived, commits it in one transaction, then acknowledges, then sends receipts.

Batches find their size by themselves: one message at a quiet time, thousands under a flood. No timer, no setting.
"""

import logging
import queue
import threading
from collections.abc import Sequence
from datetime import UTC, datetime

from collector.errors import LedgerError
from collector.inbox.connection import Connection, Message
from collector.ledger.port import Arrived, Ledger
from kiosk.wire import receipts, status
from kiosk.wire.errors import WireError
from kiosk.wire.topics import Channel, parse, topic

log = logging.getLogger(__name__)

MAX_BATCH = 2000
POLL_S = 0.5
FAILED_PAUSE_S = 1.0


class Committer:
    """`run` returns when `stop` is set. `fault` is empty, or names why nothing is being committed."""

    def __init__(self, ledger: Ledger, arrived: "queue.SimpleQueue[Message]") -> None:
        self._ledger = ledger
        self._arrived = arrived
        self.fault = ""

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            batch = self._next_batch()
            if batch and not self._commit(batch):
                # not acknowledged: the broker hands the batch over again, and the kiosks keep every row of it
                stop.wait(FAILED_PAUSE_S)

    def _next_batch(self) -> list[Message]:
        batch: list[Message] = []
        try:
            batch.append(self._arrived.get(timeout=POLL_S))
            while len(batch) < MAX_BATCH:
                batch.append(self._arrived.get_nowait())
        except queue.Empty:
            pass
        return batch

    def _commit(self, batch: Sequence[Message]) -> bool:
        events = [message for message in batch if _channel(message) is Channel.EVENT]
        try:
            for message in batch:
                if _channel(message) is Channel.STATUS:
                    self._note_status(message)
            arrived = [Arrived(parse(message.topic)[0], message.payload) for message in events]
            due = self._ledger.ingest(arrived, datetime.now(UTC)) if arrived else []
        except LedgerError as error:
            log.error("%s", error)
            self.fault = "ledger_unavailable"
            return False
        self.fault = ""
        for message in batch:
            message.connection.acknowledge(message)
        connection = batch[-1].connection
        for kiosk, receipt in due:
            _send(connection, kiosk, receipt)
        return True

    def _note_status(self, message: Message) -> None:
        try:
            self._ledger.note_status(parse(message.topic)[0], status.decode(message.payload))
        except WireError as error:
            log.warning("a status was refused: %s", error.reason)


def _send(connection: Connection, kiosk: str, receipt: receipts.Receipt) -> None:
    connection.publish(topic(kiosk, Channel.RECEIPT), receipts.encode(receipt))


def _channel(message: Message) -> Channel | None:
    try:
        return parse(message.topic)[1]
    except WireError:
        return None
