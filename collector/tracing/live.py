"""Keeps the index in memory a moment behind the ledger, in a thread of its own, as long as the office runs."""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Self

from collector.errors import LedgerError
from collector.ledger.connection import Reader
from collector.tracing.index import Index, Snapshot
from collector.tracing.traces import Traces

# how long after a change was committed it is looked for, at most
TURN_S = 0.2
# changes taken in one turn: more than come in a second, few enough that nobody waits for them
MOST = 10_000
# after the ledger could not be read
AGAIN_S = 5.0

_log = logging.getLogger(__name__)


class LiveIndex:
    """`with` starts the thread. Until the stays have been read once there is no snapshot."""

    def __init__(self, ledger: Reader) -> None:
        self._ledger = ledger
        self._index: Index | None = None
        self._taken = 0  # the number of the last change that is in the index
        self._stop = threading.Event()
        self._is_read = threading.Event()
        self._thread: threading.Thread | None = None
        self.changes_taken = 0
        self.worst_behind_s = 0.0  # of all turns since it was read

    @property
    def snapshot(self) -> Snapshot | None:
        """None while it is being read."""
        return self._index.snapshot if self._index else None

    def wait(self, timeout_s: float) -> bool:
        """Until all stays have been read once."""
        return self._is_read.wait(timeout_s)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, name="tracing-index")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        is_known = True  # that a ledger is not there yet, when all begins, is nothing to say
        while not self._stop.is_set():
            try:
                with Traces(self._ledger) as traces:
                    self._follow(traces)
            except LedgerError as error:
                if not is_known:
                    _log.warning("the index of stays waits: %s", error)
                is_known = False
                self._stop.wait(AGAIN_S)

    def _follow(self, traces: Traces) -> None:
        # what was committed by then is in the index
        whole_at_s = time.monotonic()
        while not self._stop.is_set():
            asked_at_s = time.monotonic()
            oldest, newest = traces.changes_span()
            if self._index is None or not oldest - 1 <= self._taken <= newest:
                self._read(traces)
                whole_at_s = asked_at_s = time.monotonic()
            self._take(traces)
            if self._taken >= newest:
                self.worst_behind_s = max(self.worst_behind_s, time.monotonic() - whole_at_s)
                whole_at_s = asked_at_s
                if not (self._index and self._index.tidy()):
                    self._stop.wait(TURN_S)

    def _read(self, traces: Traces) -> None:
        """All of it, as of one moment. Where the ledger was put back from a copy, anew."""

        def pieces() -> Iterator[Sequence[tuple[int, int, int, int]]]:
            for piece in traces.stays():
                if self._stop.is_set():
                    return
                yield piece

        with traces.snapshot():
            self._taken = traces.changes_span()[1]
            self._index = Index(pieces())
        if not self._stop.is_set():
            self._is_read.set()

    def _take(self, traces: Traces) -> None:
        changes = traces.changes(self._taken, MOST)
        if not changes or self._index is None:
            return
        self._index.take(each[1:6] for each in changes)
        self._taken = changes[-1].number
        self.changes_taken += len(changes)
