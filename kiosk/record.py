"""Writes down what happens at the door, and says whether it is on the disk: a failing disk is an answer here."""

import logging
from collections.abc import Callable

from kiosk.domain.declaration import Declaration
from kiosk.domain.verdict import Verdict
from kiosk.domain.visit import Visit
from kiosk.errors import StoreError
from kiosk.sealing_desk import Sealer
from kiosk.store.outbox import Outbox
from kiosk.store.stamp import Stamp

log = logging.getLogger(__name__)


class Record:
    """Each answers True once it is on the disk, and False when it is not stored."""

    def __init__(self, outbox: Outbox, stamp: Callable[[], Stamp]) -> None:
        self._outbox = outbox
        self._stamp = stamp

    def visit(self, visit: Visit, declaration: Declaration | None, seal: Sealer | None) -> bool:
        """With the declaration that made it, if there is one: both or neither."""
        if declaration is None:
            return self._kept(lambda: self._outbox.append_visit(visit, self._stamp(), seal))
        return self._kept(lambda: self._outbox.append_pair(declaration, visit, self._stamp(), seal))

    def declaration(self, declaration: Declaration, seal: Sealer) -> bool:
        return self._kept(lambda: self._outbox.append_declaration(declaration, self._stamp(), seal))

    def paper(self, declaration: Declaration, visit: Visit, seal: Sealer) -> bool:
        """Of a paper that is typed in: both with its time, or neither."""
        return self._kept(
            lambda: self._outbox.append_paper(declaration, visit, self._stamp(), seal)
        )

    def notice(self, verdict: Verdict) -> bool:
        """Of a code that is no visit: worth counting, not worth a fault, for nobody was let in by it."""
        return self._kept(lambda: self._outbox.append_notice(verdict, self._stamp()))

    def device_notice(self, notice: str, reason: str, **extra: str | int) -> bool:
        return self._kept(
            lambda: self._outbox.append_device_notice(notice, reason, self._stamp(), **extra)
        )

    def _kept(self, append: Callable[[], int]) -> bool:
        try:
            append()
        except StoreError as error:
            log.error("at the door: %s", error)
            return False
        return True
