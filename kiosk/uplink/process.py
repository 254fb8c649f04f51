"""The uplink: one loop that owns the outbox's other end and the connection of the moment.

It never waits for the network: what could be long has a thread of its own, and the rest is moved a turn at a time.
Every second it reports to the entrance how it stands; what staff see is the age of the last receipt, never "connected".
"""

import logging
import os
import random
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from kiosk import document_bodies
from kiosk.commands import Commands
from kiosk.documents import Documents
from kiosk.errors import StoreError
from kiosk.release import release
from kiosk.reports import Reporter, UplinkBeat
from kiosk.store.outbox import Outbox
from kiosk.store.reserve import MIB
from kiosk.store.rows import Counts
from kiosk.store.stamp import Stamp, read_boot_id, read_stamp
from kiosk.uplink.delivery import Delivery
from kiosk.uplink.downlink import Downlink
from kiosk.uplink.faults import Fault
from kiosk.uplink.head import sworn
from kiosk.uplink.link import Link
from kiosk.uplink.news import Acknowledged, Arrived, Ended, News, Opened, Subscribed
from kiosk.uplink.settings import UplinkSettings
from kiosk.uplink.tag_fetch import TagFetch
from kiosk.wire import health
from kiosk.wire.documents import DocumentKind
from kiosk.wire.health import Health
from kiosk.wire.status import Presence
from kiosk.wire.topics import HEALTH_EXPIRY_S, Channel, topic

log = logging.getLogger(__name__)

TURN_S = 0.02  # how long a new row may lie before it is seen
BEAT_S = 1.0
STORE_RETRY_S = 1.0
GOODBYE_S = 1.0
# the WAL is emptied when nothing has moved for this long: the door is idle
IDLE_S = 5.0


def run_uplink(
    settings: UplinkSettings,
    outbox: Outbox,
    documents: Documents,
    commands: Commands,
    reporter: Reporter,
    stop: threading.Event,
    alive: Callable[[], None] = lambda: None,
    tags: TagFetch | None = None,
) -> None:
    """Bring the outbox's rows up until `stop` is set. Uses and closes `outbox` in this thread. Neither a missing broker
    nor a failing disk ends it: they are states that it reports. `tags` is opened here; None: none are fetched."""
    uplink = Uplink(settings, outbox, documents, commands, reporter, tags=tags)
    try:
        if tags is not None:
            tags.open()
        while not stop.is_set():
            uplink.turn()
            alive()
    finally:
        if tags is not None:
            tags.close()
        uplink.close()


class Uplink:
    """One turn after another, in one thread. `stamp` gives the clocks of the machine; None: of this one."""

    def __init__(
        self,
        settings: UplinkSettings,
        outbox: Outbox,
        documents: Documents,
        commands: Commands,
        reporter: Reporter,
        draw: Callable[[], float] = random.random,
        tags: TagFetch | None = None,
        stamp: Callable[[], Stamp] | None = None,
    ) -> None:
        self._settings = settings
        self._outbox = outbox
        self._documents = documents
        self._reporter = reporter
        self._stamp = stamp or partial(read_stamp, read_boot_id())
        self._link = Link(settings, outbox, self._stamp, draw)
        self._delivery = Delivery(settings, outbox, draw)
        self._downlink = Downlink(
            settings.kiosk,
            self._delivery,
            documents,
            commands,
            reporter.send,
            tags.announce if tags is not None else None,
        )
        self._store_fault = False
        self._store_retry_at_s = 0.0
        self._beat_at_s = 0.0
        self._told: tuple[bool, Fault] | None = None  # by the last beat: a change is told at once
        self._health_at_s = 0.0
        self._moved_at_s = 0.0
        self._freed_at_checkpoint = 0
        self._keep_pace()

    def turn(self, wait_s: float = TURN_S) -> None:
        """Takes about `wait_s` when there is nothing to do."""
        heard = self._link.turn(wait_s)
        now_s = time.monotonic()
        for item in heard:
            self._hear(item, now_s)
        self._work(now_s)
        state = self._link.online is not None, self._fault()
        if now_s >= self._beat_at_s or state != self._told:
            self._told = state
            self._beat_at_s = now_s + BEAT_S
            self._beat(now_s)

    def close(self, *, goodbye: bool = True) -> None:
        """Say that we are offline, and go; or go without a word, as when power or network end."""
        if not goodbye:
            self._link.cut()
        elif self._link.online is not None:
            self._count(self._link.say(Presence.OFFLINE))
            deadline_s = time.monotonic() + GOODBYE_S
            while self._delivery.window.unanswered and time.monotonic() < deadline_s:
                for item in self._link.turn(TURN_S):
                    self._hear(item, time.monotonic())
        self._link.close()
        self._reporter.close()
        self._outbox.close()

    # ---- what the connection tells

    def _hear(self, item: News, now_s: float) -> None:
        if item.generation != self._link.generation:
            return  # of a connection that is over
        self._moved_at_s = now_s
        match item:
            case Opened():
                self._delivery.begin(item)
                self._link.opened()
            case Subscribed():
                self._health_at_s = 0.0
                self._count(self._link.subscribed(item, now_s))
            case Acknowledged():
                self._delivery.acknowledged(item, now_s)
            case Arrived():
                self._obey(self._downlink.hear(item.topic, item.payload, datetime.now(UTC), now_s))
            case Ended():
                self._delivery.ended(item)
                self._link.ended(item, now_s)

    def _obey(self, new: DocumentKind | None) -> None:
        """What a new document changes here."""
        if new is DocumentKind.POLICY:
            self._keep_pace()
        elif new is DocumentKind.KEYS and self._link.online is not None:
            # receipts that came before it were not believed: whoever hears us say online says them again
            self._count(self._link.say(Presence.ONLINE))

    def _keep_pace(self) -> None:
        told = document_bodies.pace(self._documents.get(DocumentKind.POLICY))
        own = self._settings
        spread_s, resend_s = told.spread_s or own.spread_s, told.resend_s or own.resend_s
        settings = replace(own, spread_s=spread_s, resend_s=resend_s)
        self._link.settings = self._delivery.settings = settings

    def _count(self, mid: int | None) -> None:
        """A message that is no row takes room in the window as well."""
        if mid is not None:
            self._delivery.window.handed(mid, None)

    def _work(self, now_s: float) -> None:
        if now_s < self._store_retry_at_s:
            return
        try:
            freed = self._delivery.freed
            self._delivery.settle()
            if self._delivery.freed > freed:
                self._link.prove()
            self._link.connect_when_due(now_s)
            if (connection := self._link.online) is not None:
                if self._health_at_s == 0.0:  # how much waits is said before it goes
                    self._report_health(self._outbox.counts(self._stamp()), now_s)
                self._delivery.hand_over(connection, now_s)
        except StoreError as error:
            self._store_failed(error, now_s)
        else:
            self._store_fault = False

    def _store_failed(self, error: StoreError, now_s: float) -> None:
        if not self._store_fault:
            log.error("the outbox: %s", error)
        self._store_fault = True
        self._store_retry_at_s = now_s + STORE_RETRY_S

    # ---- what others are told

    def _beat(self, now_s: float) -> None:
        self._downlink.tell_entrance()
        counts = Counts(0, 0, 0.0)
        try:
            if not self._store_fault:
                self._look_after_the_file(now_s)
                counts = self._outbox.counts(self._stamp())
                self._report_health(counts, now_s)
        except StoreError as error:
            self._store_failed(error, now_s)
        self._reporter.send(
            UplinkBeat(
                connected=self._link.online is not None,
                waiting=counts.waiting,
                parked=counts.parked,
                oldest_s=counts.oldest_s,
                receipt_age_s=self._receipt_age_s(now_s),
                fault=self._fault(),
            )
        )

    def _look_after_the_file(self, now_s: float) -> None:
        if self._outbox.follow():
            log.warning("the database has been replaced: a new stream begins")
            self._link.drop(Fault.STORE)
        moved = self._delivery.freed > self._freed_at_checkpoint
        if moved and now_s - self._moved_at_s > IDLE_S and self._outbox.checkpoint():
            self._freed_at_checkpoint = self._delivery.freed

    def _report_health(self, counts: Counts, now_s: float) -> None:
        connection = self._link.online
        if connection is None or now_s < self._health_at_s or not self._delivery.window.room:
            return
        self._health_at_s = now_s + self._settings.health_every_s
        mid = connection.publish(
            topic(self._settings.kiosk, Channel.HEALTH),
            health.encode(self._metrics(counts, now_s)),
            content_type=health.CONTENT_TYPE,
            expiry_s=HEALTH_EXPIRY_S,
        )
        self._count(mid)

    def _metrics(self, counts: Counts, now_s: float) -> Health:
        stamp, birth, head = self._stamp(), self._link.birth, self._outbox.head()
        return Health(
            stream=birth.stream,
            boot=birth.boot,
            birth=birth.birth,
            at=stamp.at,
            uptime_s=round(stamp.boottime_ns / 1e9, 1),
            waiting=counts.waiting,
            sent=self._delivery.window.sent,
            parked=counts.parked,
            oldest_s=round(counts.oldest_s, 1),
            receipt_age_s=round(self._receipt_age_s(now_s), 1),
            refused=self._delivery.refused,
            reconnects=self._link.generation - 1,
            free_mib=self._outbox.free_bytes() // MIB,
            storage=self._outbox.storage(),
            load_1m=round(os.getloadavg()[0], 2),
            head=sworn(self._settings, head, stamp.at) if head is not None else None,
            release=release(),
            extra=self._of_the_downlink(),
        )

    def _of_the_downlink(self) -> dict[str, object]:
        refused = self._downlink.refused
        documents = (self._documents.get(kind) for kind in DocumentKind)
        return {
            "fault": self._fault(),
            "receipts_refused": refused[Channel.RECEIPT] + self._delivery.differing,
            "commands_refused": refused[Channel.COMMAND],
            "documents_refused": refused["document"] + refused[Channel.SETTINGS],
            "documents": {held.kind: held.version for held in documents if held is not None},
        }

    def _fault(self) -> Fault:
        """The one that a person should hear of first."""
        if self._store_fault:
            return Fault.STORE
        if not self._settings.host:
            return Fault.NOT_CONFIGURED
        if self._link.fault or self._delivery.fault:
            return self._link.fault or self._delivery.fault
        if self._link.online is not None and not self._documents.keys.receipt:
            return Fault.NO_KEYS
        if self._delivery.receipt_fault:
            return self._delivery.receipt_fault
        return Fault.NO_RECEIPTS if self._delivery.window.overdue else Fault.NONE

    def _receipt_age_s(self, now_s: float) -> float:
        came_s = self._delivery.receipt_at_s
        return -1.0 if came_s is None else now_s - came_s
