"""Keeps the loop's stores fit: tries a failed database again, forgets what nobody needs any more."""

import logging
from datetime import UTC, datetime, timedelta

from kiosk.domain.policy import Policy
from kiosk.errors import StoreError
from kiosk.store.declared import DeclaredPeople
from kiosk.store.outbox import Outbox

log = logging.getLogger(__name__)

RETRY_S = 2.0
HOUSE_EVERY_S = 60.0
# received visits are remembered for the day's counts, and to know after a restart that people may be inside
KEEP_RECEIVED = timedelta(days=1)
# a declared risk outlives the declaration: the form of 2021 asks about fourteen days
KEEP_DECLARED = timedelta(days=14)


class Upkeep:
    """Called from the loop's thread only. Times are monotonic seconds."""

    def __init__(
        self, outbox: Outbox, declared: DeclaredPeople, policy: Policy, now_s: float
    ) -> None:
        self._outbox = outbox
        self._declared = declared
        self.policy = policy
        self._retry_at_s = 0.0
        self._house_at_s = now_s + HOUSE_EVERY_S

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

    def storage_failed(self, now_s: float) -> None:
        self._retry_at_s = now_s + RETRY_S

    def works_again(self, now_s: float) -> bool:
        """Whether a storage that has failed works again; tried every RETRY_S."""
        if now_s < self._retry_at_s:
            return False
        self._retry_at_s = now_s + RETRY_S
        return self.storage_works()

    def keep_house(self, now_s: float) -> None:
        """Purge and tidy, once a minute. To be called while nobody stands at the door."""
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
