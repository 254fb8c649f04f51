"""What Prometheus is told of a kiosk."""

from dataclasses import dataclass, field

import pytest
from prometheus_client.parser import text_string_to_metric_families

from kiosk.web.feed import Feed
from kiosk.web.screen import create_screen_app


@dataclass
class PlainEntrance:
    told: dict = field(default_factory=dict)

    def status(self):
        return self.told


def scraped(told):
    client = create_screen_app(Feed(), PlainEntrance(told)).test_client()
    answer = client.get("/metrics")
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.get_data(as_text=True))
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


def test_counts_faults_and_the_line_are_told():
    found = scraped(
        {
            "faults": ["camera"],
            "waiting": 128,
            "oldest_s": 10_800,
            "uplink": "offline",
            "reasons": {"accepted:kiosk_form": 31, "guidance:too_far": 4},
            "scan_to_light_ms_p95": 24.0,
        }
    )

    assert found["kiosk_fault", "camera"] == 1
    assert found[("kiosk_outbox_waiting",)] == 128
    assert found[("kiosk_uplink_connected",)] == 0
    assert found["kiosk_shown_total", "accepted", "kiosk_form"] == 31
    assert found["kiosk_scan_to_light_seconds", "0.95"] == pytest.approx(0.024)


def test_a_kiosk_that_has_just_begun_tells_what_it_knows():
    assert scraped({}) == {("kiosk_uplink_connected",): 0}


def test_another_host_name_is_not_answered():
    client = create_screen_app(Feed(), PlainEntrance()).test_client()

    assert client.get("/metrics", base_url="http://elsewhere").status_code == 400
