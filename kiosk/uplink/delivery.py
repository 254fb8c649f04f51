"""Takes rows from the outbox to the broker, and out of the outbox when their receipt has come.

Nothing here decides by a PUBACK that a row is done. What concerns the store waits here while the store fails, and is
tried again: no receipt and no answer is lost by that.
"""

import logging
from collections import deque
from collections.abc import Callable, Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.store.outbox import ChainDiffers, Outbox
from kiosk.store.rows import Row
from kiosk.uplink import faults
from kiosk.uplink.backoff import reconnect_wait_s, resend_wait_s
from kiosk.uplink.connection import Connection
from kiosk.uplink.faults import Fault
from kiosk.uplink.news import Acknowledged, Ended, Opened
from kiosk.uplink.settings import UplinkSettings
from kiosk.uplink.suspects import Suspects
from kiosk.uplink.window import Window, named_by, says_all_of
from kiosk.wire import events, receipts, topics
from kiosk.wire.errors import Refusal, WireError
from kiosk.wire.receipts import Receipt

log = logging.getLogger(__name__)

READ_AHEAD = 100
RETRY_S = 1.0
# fixed header, lengths, message id and property ids around topic, content type and payload (OASIS standard, 3.3)
PACKET_OVERHEAD_BYTES = 32
_FORGED = (Refusal.BAD_SIGNATURE, Refusal.UNKNOWN_KEY)


class Delivery:
    """`draw` gives random numbers from 0 to 1. All times are monotonic seconds."""

    def __init__(self, settings: UplinkSettings, outbox: Outbox, draw: Callable[[], float]) -> None:
        self.settings = settings
        self._outbox = outbox
        self._draw = draw
        self._topic = topics.topic(settings.kiosk, topics.Channel.EVENT)
        self._packet_bytes = 0
        self._again: deque[Row] = deque()
        self._ready: deque[Row] = deque()
        self._receipts: deque[Receipt] = deque()
        self._newest: Receipt | None = None
        self._receipt_came_s = 0.0
        self._rewinds = 0
        self._to_park: dict[int, str] = {}
        self._refusals = 0
        self._paused_until_s = 0.0
        self._suspects = Suspects()
        self.window = Window()
        self.fault = Fault.NONE  # what the broker's last answers mean
        self.receipt_fault = Fault.NONE  # what is wrong with the last receipt
        self.refused = 0  # answers with a refusal, since the start
        self.differing = 0  # receipts for events that are not ours, since the start
        self.freed = 0  # rows received, since the start
        self.receipt_at_s: float | None = None  # when the last receipt came

    def begin(self, opened: Opened) -> None:
        """A new connection: every row waits again, within the limits of this broker."""
        self.window = Window(opened.receive_maximum)
        self._packet_bytes = opened.packet_bytes
        self._suspects.begin()
        self._again.clear()
        self._ready.clear()
        self._refusals = 0
        self._paused_until_s = 0.0

    def ended(self, end: Ended) -> None:
        """The connection is over, and it may have broken over one of the rows in flight."""
        if end.over_a_packet:
            position = self._suspects.broke(row.position for row in self.window.in_flight)
            if position is not None:
                self._to_park[position] = "breaks_the_connection"

    def acknowledged(self, answer: Acknowledged, now_s: float) -> None:
        row = self.window.answered(answer.mid)
        self._suspects.answered(answer.mid)
        if answer.code == faults.SUCCESS:
            if row is not None:
                self._taken(row, now_s)
        elif row is not None:
            self._refused(answer, row, now_s)
        elif answer.code != faults.NO_MATCHING_SUBSCRIBERS:  # nobody need listen to health
            self.refused += 1
            log.error("the broker answers %s (%d) to a status", answer.name, answer.code)

    def receipt(self, payload: bytes, keys: Mapping[str, Ed25519PublicKey], now_s: float) -> None:
        """A receipt has arrived; `settle` applies it. Raise WireError for what is none, or signed by none of `keys`."""
        try:
            receipt = receipts.verified(payload, keys)
        except WireError as error:
            if error.reason in _FORGED:
                self.receipt_fault = Fault.RECEIPT_FORGED if keys else Fault.NO_KEYS
            raise
        if self._receipts and says_all_of(receipt, self._receipts[-1]):
            self._receipts.pop()
        self._receipts.append(receipt)
        self._receipt_came_s = now_s

    def settle(self) -> None:
        """Bring the store up to date. Raise StoreError; what is left is done by the next call."""
        while self._to_park:
            position, reason = next(iter(self._to_park.items()))
            self._outbox.park(position, reason)
            log.error("row %d is set aside: %s", position, reason)
            self.window.forget(position)
            del self._to_park[position]
        while self._receipts:
            self._apply(self._receipts[0])
            self._receipts.popleft()

    def hand_over(self, connection: Connection, now_s: float) -> None:
        """As many rows as the broker may have now, those that go again first. Raise StoreError."""
        if now_s < self._paused_until_s or not self.window.is_worth_filling:
            return
        self._again.extend(self.window.take_due(now_s))
        while self._may_send() and (source := self._source()) is not None:
            row = source[0]
            suspect = row.position in self._suspects.positions
            if suspect and self.window.unanswered:
                return  # it goes alone
            source.popleft()
            self.window.pass_over(row)
            if self._size(row) > self._packet_bytes:
                self._to_park[row.position] = "too_large_for_broker"
                continue
            mid = connection.publish(self._topic, row.payload, content_type=events.CONTENT_TYPE)
            if mid is None:  # the connection is no more, and its end is on the way
                self.window.again_at(row, now_s + RETRY_S)
                return
            self.window.handed(mid, row)
            if suspect:
                self._suspects.goes_alone(mid, row.position)

    def _may_send(self) -> bool:
        return self.window.room > 0 and not self._suspects.one_is_alone

    def _source(self) -> deque[Row] | None:
        """Where the next row stands first, None when there is none."""
        if self._again:
            return self._again
        if not self.window.room_for_new:
            return None
        while not self._ready and (rows := self._outbox.waiting(self.window.cursor, READ_AHEAD)):
            self._ready.extend(row for row in rows if not self.window.holds(row))
            if not self._ready:  # read once more after a rewind, and with the broker all the time
                self.window.pass_over(rows[-1])
        return self._ready or None

    def _size(self, row: Row) -> int:
        """Bytes of the row's PUBLISH packet, at most."""
        envelope = len(self._topic) + len(events.CONTENT_TYPE) + PACKET_OVERHEAD_BYTES
        return envelope + len(row.payload)

    def _taken(self, row: Row, now_s: float) -> None:
        self._all_is_well()
        tries = self.window.acknowledged(row)
        wait_s = resend_wait_s(tries, self.settings.resend_s, self._draw())
        self.window.again_at(row, now_s + wait_s)

    def _refused(self, answer: Acknowledged, row: Row, now_s: float) -> None:
        """The row is kept. One that is poison by itself is set aside; any other refusal would meet every row."""
        self.refused += 1
        reason = faults.poison(answer.code)
        if reason is not None:
            self._to_park[row.position] = reason
            return
        self.window.again_at(row, now_s)
        if now_s < self._paused_until_s:
            return  # the others of this window tell nothing new
        self.fault = faults.of_code(answer.code)
        log.error("the broker answers %s (%d)", answer.name, answer.code)
        settings = self.settings
        wait_s = reconnect_wait_s(
            self._refusals, settings.spread_s, settings.reconnect_cap_s, self._draw()
        )
        self._paused_until_s = now_s + wait_s
        self._refusals += 1

    def _apply(self, receipt: Receipt) -> None:
        try:
            freed = self._outbox.received(receipt)
        except ChainDiffers as error:
            if self.receipt_fault is not Fault.CHAIN_DIFFERS:
                log.error("%s", error)
            self.receipt_fault = Fault.CHAIN_DIFFERS
            self.differing += 1
            return
        self.receipt_fault = Fault.NONE
        self.receipt_at_s = self._receipt_came_s
        self.freed += freed
        if not _is_stale(receipt, self._newest):
            self._newest = receipt
            self.window.free(receipt)
            names = named_by(receipt)
            self._again = deque(row for row in self._again if not names(row))
            self._ready = deque(row for row in self._ready if not names(row))
        if self._outbox.rewinds != self._rewinds:
            log.warning("the collector's ledger is another one: what it does not know goes again")
            self._rewinds = self._outbox.rewinds
            self.window.rewind()
            self._ready.clear()
        if freed:
            self._all_is_well()

    def _all_is_well(self) -> None:
        self.fault = Fault.NONE
        self._refusals = 0


def _is_stale(receipt: Receipt, newest: Receipt | None) -> bool:
    """Whether it speaks of a ledger that has been replaced since: the store takes no notice of it either."""
    return (
        newest is not None
        and newest.stream == receipt.stream
        and newest.ledger != receipt.ledger
        and receipt.at <= newest.at
    )
