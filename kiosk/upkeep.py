"""Keeps the loop's stores fit: tries a failed database again, forgets what nobody needs any more, and writes down how
the clocks stand once the time is certain, and every hour how reading went."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from kiosk.domain.policy import Policy
from kiosk.errors import StoreError
from kiosk.store.declared import DeclaredPeople
from kiosk.store.outbox import Outbox
from kiosk.store.stamp import Stamp
from kiosk.telemetry import SinceTold, Telemetry

log = logging.getLogger(__name__)

RETRY_S = 2.0
HOUSE_EVERY_S = 60.0
# received visits are remembered for the day's counts, and to know after a restart that people may be inside
KEEP_RECEIVED = timedelta(days=1)
# a declared risk outlives the declaration: the form of 2021 asks about fourteen days
KEEP_DECLARED = timedelta(days=14)
# the nearest anchor is then half an hour away at most: an oscillator drifts 0.1 s in that time
ANCHOR_EVERY_NS = 3_600 * 1_000_000_000
ANCHOR_LOOK_S = 5.0
READING_EVERY_S = 3_600.0
READING_RETRY_S = 60.0
# a camera that is blind for less is nobody's business but the staff's
BLIND_AFTER_S = 60.0
BLIND_EVERY_S = 3_600.0


def anchor_due(now: Stamp, last: Stamp | None) -> bool:
    """Whether the clocks are to be written down, that the collector can place this boot's earlier events in time: at
    once when the time has become certain, then every hour of the boot clock. `last` is the anchor before, if any."""
    if not now.synchronised:
        return False
    return last is None or now.boottime_ns - last.boottime_ns >= ANCHOR_EVERY_NS


class Upkeep:
    """Called from the loop's thread only. Times are monotonic seconds."""

    def __init__(
        self,
        outbox: Outbox,
        declared: DeclaredPeople,
        policy: Policy,
        now_s: float,
        stamp: Callable[[], Stamp],
    ) -> None:
        self._outbox = outbox
        self._stamp = stamp
        self._anchor: Stamp | None = None
        self._anchor_look_at_s = now_s
        self._declared = declared
        self.policy = policy
        self._retry_at_s = 0.0
        self._house_at_s = now_s + HOUSE_EVERY_S
        self._reading_at_s = now_s + READING_EVERY_S
        self._blind_at_s: float | None = None
        self._is_box_told = False

    def storage_works(self) -> bool:
        """Asked of the disk, by a write; a database that cannot be written is opened again."""
        if self._outbox.writable():
            return True
        try:
            self._outbox.close()
            self._outbox.open()
        except StoreError:
            return False
        return self._outbox.writable()

    def room(self) -> str:
        """How much room the disk has left, by name; `unknown` when it does not answer."""
        try:
            return self._outbox.storage()
        except StoreError:
            return "unknown"

    def storage_failed(self, now_s: float) -> None:
        self._retry_at_s = now_s + RETRY_S

    def works_again(self, now_s: float) -> bool:
        """Whether a storage that has failed works again; tried every RETRY_S."""
        if now_s < self._retry_at_s:
            return False
        self._retry_at_s = now_s + RETRY_S
        return self.storage_works()

    def keep_house(self, now_s: float) -> None:
        """Purge and tidy, once a minute, and write anchors. To be called while nobody stands at the door."""
        self._keep_anchor(now_s)
        if now_s < self._house_at_s:
            return
        self._house_at_s = now_s + HOUSE_EVERY_S
        now = datetime.now(UTC)
        self._declared.purge(now, max(self.policy.declaration_validity, KEEP_DECLARED))
        try:
            self._outbox.purge(now, KEEP_RECEIVED)
            self._outbox.checkpoint()
        except StoreError as error:
            log.warning("housekeeping left for later: %s", error)

    def tell_reading(self, now_s: float, telemetry: Telemetry) -> None:
        """Once an hour, if anything was read: how it went goes up, and counting begins anew."""
        if now_s < self._reading_at_s or not telemetry.since_told.reads:
            return
        figures = telemetry.since_told.figures()
        try:
            self._outbox.append_device_notice("reading", "hourly", self._stamp(), **figures)
        except StoreError as error:
            log.warning("reading not told: %s", error)
            self._reading_at_s = now_s + READING_RETRY_S
        else:
            telemetry.since_told = SinceTold()
            self._reading_at_s = now_s + READING_EVERY_S

    def tell_blind(self, now_s: float, fault: str) -> None:
        """That the camera sees nothing goes up once it has been so for a minute, then every hour while it stands: a
        door that is silent for this is no door that nobody uses. `fault` is empty while the camera sees."""
        if not fault:
            self._blind_at_s = None
        elif self._blind_at_s is None:
            self._blind_at_s = now_s + BLIND_AFTER_S
        elif now_s >= self._blind_at_s:
            self._blind_at_s = now_s + BLIND_EVERY_S
            try:
                self._outbox.append_device_notice("camera_fault", fault, self._stamp())
            except StoreError as error:
                log.warning("a blind camera not told: %s", error)

    def tell_box(self, state: str) -> None:
        """Once for each time that somebody opens the box; tried again while it cannot be written down."""
        is_open = state in ("open", "was_opened")
        if is_open and not self._is_box_told:
            try:
                self._outbox.append_device_notice("box", "opened", self._stamp())
            except StoreError as error:
                log.warning("an opened box not told: %s", error)
                return
        self._is_box_told = is_open

    def _keep_anchor(self, now_s: float) -> None:
        if now_s < self._anchor_look_at_s:
            return
        self._anchor_look_at_s = now_s + ANCHOR_LOOK_S
        stamp = self._stamp()
        if not anchor_due(stamp, self._anchor):
            return
        reason = "synchronised" if self._anchor is None else "hourly"
        try:
            self._outbox.append_device_notice("anchor", reason, stamp)
        except StoreError as error:
            log.warning("no anchor written: %s", error)
        else:
            self._anchor = stamp
