"""What Prometheus is told: the kiosk's state by name and its counts. Nothing of a visitor."""

from collections.abc import Iterable, Mapping
from typing import Any

import flask
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

_GAUGES = {
    "waiting": ("kiosk_outbox_waiting", "Events that wait for a receipt"),
    "parked": ("kiosk_outbox_parked", "Events set aside as unsendable"),
    "oldest_s": ("kiosk_outbox_oldest_seconds", "Age of the oldest that waits"),
    "receipt_age_s": ("kiosk_receipt_age_seconds", "Since the last receipt; -1: none yet"),
    "fps": ("kiosk_camera_frames_per_second", "Frames the eye looks at"),
    "reader_errors": ("kiosk_reader_errors", "Pictures on which the reader failed"),
    "staff_called": ("kiosk_calls_waiting", "Calls for staff that nobody has answered"),
}
_MILLISECONDS = {
    "read_ms_p50": ("kiosk_read_seconds", "0.5"),
    "read_ms_p95": ("kiosk_read_seconds", "0.95"),
    "scan_to_light_ms_p50": ("kiosk_scan_to_light_seconds", "0.5"),
    "scan_to_light_ms_p95": ("kiosk_scan_to_light_seconds", "0.95"),
}


def metrics(status: Mapping[str, Any]) -> flask.Response:
    registry = CollectorRegistry()
    registry.register(_OfStatus(status))
    return flask.Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _OfStatus(Collector):
    def __init__(self, status: Mapping[str, Any]) -> None:
        self._status = status

    def collect(self) -> Iterable[Metric]:
        status = self._status
        for key, (name, told) in _GAUGES.items():
            if isinstance(status.get(key), (int, float)):
                yield GaugeMetricFamily(name, told, value=float(status[key]))
        yield from self._timings(status)
        shown = CounterMetricFamily("kiosk_shown", "What was shown", labels=["outcome", "reason"])
        for both, count in status.get("reasons", {}).items():
            outcome, _, reason = both.partition(":")
            shown.add_metric([outcome, reason], count)
        yield shown
        faults = GaugeMetricFamily("kiosk_fault", "A fault that stands", labels=["fault"])
        for fault in status.get("faults", ()):
            faults.add_metric([str(fault)], 1)
        yield faults
        connected = status.get("uplink") == "connected"
        yield GaugeMetricFamily("kiosk_uplink_connected", "1 while it is", value=float(connected))

    @staticmethod
    def _timings(status: Mapping[str, Any]) -> Iterable[Metric]:
        families: dict[str, GaugeMetricFamily] = {}
        for key, (name, quantile) in _MILLISECONDS.items():
            if not isinstance(status.get(key), (int, float)):
                continue
            family = families.setdefault(
                name, GaugeMetricFamily(name, "Of the last 500", labels=["quantile"])
            )
            family.add_metric([quantile], float(status[key]) / 1_000)
        return families.values()
