"""What Prometheus is told of a real inbox at a real broker: numbers and states, nobody and no kiosk."""

import urllib.request
from urllib.error import HTTPError

import pytest
from prometheus_client.parser import text_string_to_metric_families

from collector.config import BrokerSection
from collector.inbox.inbox import Inbox, State
from collector.inbox.metrics import MetricsEndpoint

STREAM = "00112233445566778899aabbccddeeff"


def told(port: int, path: str = "/metrics") -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        text = answer.read().decode()
    assert "cho-1" not in text
    assert STREAM not in text
    return {
        "".join((sample.name, *sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.mark.broker
def test_prometheus_hears_of_events_batches_gaps_quarantine_and_receipts(
    store, mosquitto, connect, tls, keyring, make_event, wait_until
) -> None:
    section = BrokerSection(
        name="collector",
        port=mosquitto.port,
        ca_file=tls / "ca.pem",
        certificate_file=tls / "collector.pem",
        key_file=tls / "collector.key",
    )
    ledger = store.ledger()
    ledger.open()
    inbox = Inbox(section, ledger, keyring)
    try:
        with MetricsEndpoint(0, inbox, store.answers.totals) as metrics:
            before = told(metrics.port)
            assert (before["collector_events_total"], before["collector_receipt_age_seconds"]) == (
                *(0, -1),
            )
            assert before["collector_stateconnecting"] == 1
            inbox.open()
            wait_until(lambda: inbox.state is State.CONNECTED, "the broker")
            kiosk = connect("cho-1")
            kiosk.subscribe("entrance/v1/cho-1/receipt")
            kiosk.send(make_event(1), make_event(4), make_event(5, specversion="9.0"))
            while kiosk.next_receipt()["also"] != [4, 5]:
                pass

            after = told(metrics.port)

            assert after["collector_events_total"] == 2
            assert after["collector_set_aside_total"] == 1
            assert 1 <= after["collector_batch_seconds_count"] <= 3
            assert after["collector_batch_seconds_sum"] > 0
            assert after["collector_receipts_total"] >= 1
            assert 0 <= after["collector_receipt_age_seconds"] < 10
            assert after["collector_stateconnected"] == 1
            assert after["collector_quarantined"] == 1
            assert (after["collector_streams"], after["collector_streams_with_gaps"]) == (1, 1)
            assert after["collector_missing"] == 2
            assert after["collector_ledger_bytes"] > 10_000
            with pytest.raises(HTTPError):
                told(metrics.port, "/")
    finally:
        inbox.close()
        ledger.close()


def test_while_there_is_no_ledger_the_rest_is_still_told(tmp_path, tls, keyring, store) -> None:
    inbox = Inbox(BrokerSection(), store.ledger(), keyring)
    missing = type(store)(tmp_path / "none.db").answers
    with MetricsEndpoint(0, inbox, missing.totals) as metrics:
        found = told(metrics.port)
    assert "collector_events_total" in found
    assert "collector_missing" not in found
