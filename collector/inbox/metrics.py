"""`/metrics` for Prometheus, on the loopback only: how the inbox and its ledger are. Nothing of a person or a kiosk."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.registry import Collector

from collector.errors import LedgerError
from collector.inbox.inbox import Inbox, State
from collector.ledger.port import Totals
from kiosk.web.safety.web_server import WebServer

_PATH = "/metrics"
_OF_LEDGER = {
    "quarantined": ("collector_quarantined", "Distinct messages that were set aside"),
    "streams": ("collector_streams", "Streams of kiosks that were ever heard"),
    "streams_with_gaps": ("collector_streams_with_gaps", "Of them, those that miss a number"),
    "missing": ("collector_missing", "Numbers below the highest that have not come"),
    "size_bytes": ("collector_ledger_bytes", "What the ledger takes on its disk"),
}


class MetricsEndpoint:
    """`with` it answers, on a port of 127.0.0.1. Entering raises KioskError when the port cannot be had."""

    def __init__(self, port: int, inbox: Inbox, totals: Callable[[], Totals]) -> None:
        registry = CollectorRegistry()
        registry.register(_OfInbox(inbox, totals))
        page = make_wsgi_app(registry)

        def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            if environ.get("PATH_INFO") == _PATH:
                return [*page(environ, start)]
            start("404 Not Found", [("Content-Length", "0")])
            return []

        self._server = WebServer("metrics", answer, ("127.0.0.1", port), threads=2)

    @property
    def port(self) -> int:
        return self._server.port

    def __enter__(self) -> "MetricsEndpoint":
        self._server.open()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()


class _OfInbox(Collector):
    def __init__(self, inbox: Inbox, totals: Callable[[], Totals]) -> None:
        self._inbox = inbox
        self._totals = totals

    def collect(self) -> Iterable[Metric]:
        tally, at_s = self._inbox.tally, self._inbox.tally.receipt_at_s
        batches = SummaryMetricFamily("collector_batch_seconds", "From first look to commit")
        batches.add_metric([], tally.batches, tally.batch_s)
        yield batches
        for name, told, count in (
            ("collector_events", "Events taken in, repeats among them", tally.events),
            ("collector_set_aside", "Messages taken in that keep no contract", tally.set_aside),
            ("collector_receipts", "Receipts sent", tally.receipts),
        ):
            yield CounterMetricFamily(name, told, value=count)
        age_s = -1.0 if at_s is None else time.time() - at_s
        for name, told, value in (
            ("collector_receipt_age_seconds", "Since the last receipt; -1: none yet", age_s),
            ("collector_waiting", "Messages that are in no batch yet", self._inbox.waiting),
        ):
            yield GaugeMetricFamily(name, told, value=value)
        state = GaugeMetricFamily("collector_state", "1 for how the inbox is", labels=["state"])
        for each in State:
            state.add_metric([each], float(each is self._inbox.state))
        yield state
        yield from self._of_ledger()

    def _of_ledger(self) -> Iterable[Metric]:
        """Left out while it cannot be asked: `collector_state` tells."""
        try:
            totals = self._totals()
        except LedgerError:
            return
        for key, (name, told) in _OF_LEDGER.items():
            yield GaugeMetricFamily(name, told, value=float(getattr(totals, key)))
