"""Whether there is a connection: makes one, notices its end, waits, makes the next. Says online and offline.

Each connection has a number that rises for ever (`birth`), in its last will and in its status, so that a late will
cannot mask a newer birth.
"""

import logging
import time
from collections.abc import Callable

from kiosk.store.outbox import Birth, Outbox
from kiosk.store.stamp import Stamp
from kiosk.uplink.backoff import reconnect_wait_s
from kiosk.uplink.connection import Connection
from kiosk.uplink.faults import Fault
from kiosk.uplink.news import Ended, News, Subscribed
from kiosk.uplink.settings import UplinkSettings
from kiosk.wire import status
from kiosk.wire.status import Presence, Status
from kiosk.wire.topics import Channel, shared_pattern, topic

log = logging.getLogger(__name__)

# a connection that has held this long, or has brought a receipt, ends a series of failures
PROVEN_AFTER_S = 60.0


class Link:
    """`draw` gives random numbers from 0 to 1, `stamp` the clocks. All times are monotonic seconds."""

    def __init__(
        self,
        settings: UplinkSettings,
        outbox: Outbox,
        stamp: Callable[[], Stamp],
        draw: Callable[[], float],
    ) -> None:
        self.settings = settings
        self._outbox = outbox
        self._stamp = stamp
        self._draw = draw
        self._connection: Connection | None = None
        self._online_since_s: float | None = None
        self._proven = False
        self._failures = 0
        self._retry_at_s = 0.0
        self._closed_for = Fault.NONE
        self.birth = Birth("", 0, 0)
        self.generation = 0
        self.fault = Fault.NONE

    @property
    def online(self) -> Connection | None:
        """The connection once receipts can be heard over it; None as long as there is none."""
        return self._connection if self._online_since_s is not None else None

    def connect_when_due(self, now_s: float) -> None:
        """Raise StoreError when the number of the new connection cannot be stored."""
        if self._connection is not None or now_s < self._retry_at_s or not self.settings.host:
            return
        self.birth = self._outbox.new_birth(self._stamp().boot_id)
        self.generation += 1
        self._proven = False
        self._closed_for = Fault.NONE
        will = self._status(Presence.OFFLINE)
        self._connection = Connection(self.settings, self.generation, will)
        self._connection.open()

    def turn(self, wait_s: float) -> list[News]:
        """What the connection of the moment has to tell; waits so long for the first of it."""
        if self._connection is None:
            time.sleep(wait_s)
            return []
        return self._connection.turn(wait_s)

    def opened(self) -> None:
        kiosk = self.settings.kiosk
        if self._connection is not None:
            own = (Channel.RECEIPT, Channel.COMMAND, Channel.SETTINGS)
            self._connection.subscribe([*(topic(kiosk, each) for each in own), shared_pattern()])

    def subscribed(self, answer: Subscribed, now_s: float) -> int | None:
        """Only now are we online: without receipts nothing that is sent could ever leave the outbox. The message id of
        the status that is said, or None."""
        if not answer.granted[0]:
            log.error("the broker does not let us hear receipts")
            self.drop(Fault.NOT_AUTHORIZED)
            return None
        if not all(answer.granted):
            log.warning("the broker does not let us hear commands and documents")
        self._online_since_s = now_s
        self.fault = Fault.NONE
        log.info("connected, birth %d", self.birth.birth)
        return self.say(Presence.ONLINE)

    def say(self, state: Presence) -> int | None:
        """Retained, and said at every connect: a broker may forget. The message id, or None."""
        if self._connection is None:
            return None
        return self._connection.publish(
            topic(self.settings.kiosk, Channel.STATUS),
            self._status(state),
            content_type=status.CONTENT_TYPE,
            retain=True,
        )

    def prove(self) -> None:
        """A receipt has come over this connection."""
        self._proven = True

    def drop(self, fault: Fault) -> None:
        """End the connection for a reason of our own; its end will be told like any other."""
        self._closed_for = fault
        if self._connection is not None:
            self._connection.close()

    def ended(self, end: Ended, now_s: float) -> None:
        since_s = self._online_since_s
        held_s = 0.0 if since_s is None else now_s - since_s
        if self._proven or held_s >= PROVEN_AFTER_S:
            self._failures = 0
        settings = self.settings
        wait_s = reconnect_wait_s(
            self._failures, settings.spread_s, settings.reconnect_cap_s, self._draw()
        )
        self._failures += 1
        self._retry_at_s = now_s + wait_s
        self._connection = None
        self._online_since_s = None
        self.fault = self._closed_for or end.fault
        log.warning("no connection: %s (%s), next try in %.1f s", self.fault, end.detail, wait_s)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        self._online_since_s = None

    def cut(self) -> None:
        """The connection ends without a word: the broker will say for us that we are gone."""
        if self._connection is not None:
            self._connection.cut()
        self._connection = None
        self._online_since_s = None

    def _status(self, state: Presence) -> bytes:
        birth = self.birth
        said = Status(state, birth.stream, birth.boot, birth.birth, self._stamp().at)
        return status.encode(said)
