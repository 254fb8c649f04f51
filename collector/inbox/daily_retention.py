"""Once a day, and when the inbox starts: what is older than its days vanishes, while the inbox goes on."""

import logging
import threading
from datetime import UTC, date, datetime
from types import TracebackType
from typing import Self

from collector.config import CollectorConfig
from collector.days import ZONE
from collector.errors import CollectorError
from collector.people.retention import retain

log = logging.getLogger(__name__)

_LOOK_S = 600.0


class DailyRetention:
    """A thread between `with` and its end. What fails is said in the log, and tried again in some minutes."""

    def __init__(self, config: CollectorConfig) -> None:
        self._config = config
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="inbox-retention")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        done: date | None = None
        while not self._stop.is_set():
            today = datetime.now(UTC).astimezone(ZONE).date()
            if today != done and self._retained(today):
                done = today
            self._stop.wait(_LOOK_S)

    def _retained(self, today: date) -> bool:
        try:
            gone = retain(self._config, today, lambda _: None, lambda: not self._stop.is_set())
        except CollectorError as error:
            log.error("what is old has not vanished: %s", error)
            return False
        if gone.events or gone.set_aside or gone.day_keys:
            log.info(
                "%d old events and %d messages in quarantine have vanished, %d keys of days are destroyed",
                *(gone.events, gone.set_aside, gone.day_keys),
            )
        return True
