"""Writes the report by itself every evening, in a thread of the office; what an outage has left out is made up for."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Self

from collector.errors import CollectorError
from collector.statistics.desk import ReportDesk, due_days

log = logging.getLogger(__name__)

# the pages come first
FIRST_LOOK_S = 10.0
LOOK_EVERY_S = 20.0
AGAIN_S = 300.0


class Evening:
    """`with` starts the thread."""

    def __init__(self, desk: ReportDesk, at: timedelta, now: Callable[[], datetime]) -> None:
        self._desk = desk
        self._at = at
        self._now = now
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, name="evening-report")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def turn(self) -> bool:
        """Writes what is due. False when it could not be done: it is tried again."""
        try:
            for day in due_days(self._desk, self._at, self._now()):
                self._desk.write(day, self._now(), self._desk.folder)
                log.info("the report of %s is written", day.isoformat())
                if self._stop.is_set():
                    break
        except (CollectorError, OSError) as error:
            log.error("the report is not written, tried again in some minutes: %s", error)
            return False
        return True

    def _run(self) -> None:
        pause_s = FIRST_LOOK_S
        while not self._stop.wait(pause_s):
            pause_s = LOOK_EVERY_S if self.turn() else AGAIN_S
