"""Prints slips, one at a time, in a thread of its own: a printer may take seconds, hang, or be unplugged."""

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from hardware.errors import PrinterTrouble
from hardware.ports import Luma, SlipPrinter
from kiosk.domain.slip import Slip
from kiosk.web.ports import PRINTED, PRINTING

log = logging.getLogger(__name__)

READY, ABSENT = "ready", "absent"
STUCK = "stuck"
_END_S = 2.0


@dataclass(repr=False)
class Printing:
    """One slip on its way. `state` is printing, printed, or the named trouble: absent, out_of_paper, stuck."""

    state: str = PRINTING


@dataclass(frozen=True, repr=False)
class _Job:
    slip: Slip
    printing: Printing = field(default_factory=Printing)


class SlipDesk:
    """Implements kiosk.web.ports.Slips. `open` starts the thread; every method may be called from any thread."""

    def __init__(
        self,
        printer: SlipPrinter,
        draw: Callable[[Slip], Luma],
        venue: str,
        *,
        automatic: bool = False,
    ) -> None:
        self.automatic = automatic
        self._printer = printer
        self._draw = draw
        self._venue = venue
        # whoever waits behind one that hangs would wait for nothing
        self._jobs: queue.Queue[_Job | None] = queue.Queue(maxsize=1)
        self._trouble = ""
        self._thread: threading.Thread | None = None

    @property
    def state(self) -> str:
        """ready, or the named trouble at the last try: absent, out_of_paper, stuck. For staff."""
        if not self._printer.is_there():
            return ABSENT
        return READY if self._trouble in ("", ABSENT) else self._trouble

    @property
    def is_offered(self) -> bool:
        """Whether a visitor is asked if they want a slip."""
        return self._printer.is_there()

    def print_pass(self, code: str, until: datetime) -> Printing:
        """Have this Pass printed. Returns at once; what comes of it is in the answer's `state`."""
        job = _Job(Slip(code, self._venue, datetime.now(UTC), until))
        try:
            self._jobs.put_nowait(job)
        except queue.Full:
            job.printing.state = STUCK
        return job.printing

    def open(self) -> None:
        self._thread = threading.Thread(target=self._work, name="slips", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """What has not begun is not printed. May be called twice."""
        if self._thread is None:
            return
        try:
            self._jobs.put(None, timeout=_END_S)
        except queue.Full:
            log.warning("the printer hangs: its thread ends with the process")
        else:
            self._thread.join(_END_S)
        self._thread = None

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.close()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job.printing.state = self._printed(job.slip)

    def _printed(self, slip: Slip) -> str:
        try:
            self._printer.print(self._draw(slip))
        except PrinterTrouble as trouble:
            log.warning("no slip: %s", trouble)
            self._trouble = trouble.state
            return trouble.state
        self._trouble = ""
        return PRINTED
