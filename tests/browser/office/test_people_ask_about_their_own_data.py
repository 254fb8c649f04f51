"""An officer answers somebody who asks what is on record of them: in a real browser, on desk and phone."""

from datetime import UTC, datetime, timedelta

import pytest

from collector.ledger.port import Batch, Link, Taken
from kiosk.wire.events import decode

NUMBER = "084000000001"


@pytest.fixture
def visited(office, make_office_event):
    """The person with NUMBER was at two doors."""
    office.people[NUMBER] = 7
    takes = []
    for seq in (1, 2):
        payload = make_office_event(seq)
        who = (7).to_bytes(16, "big")
        takes.append(Taken(decode(payload, "cho-1-a"), payload, Link.OPENED, [who], payload))
    office.ledger.commit(Batch(events=takes), datetime.now(UTC))
    return office


@pytest.fixture
def make_office_event():
    import json

    def made(seq):
        at = datetime.now(UTC) - timedelta(hours=3 - seq)
        return json.dumps(
            {
                "specversion": "1.0",
                "id": f"019abc00-0000-7000-8000-{seq:012x}",
                "source": "/kiosk/cho-1-a",
                "type": "vn.entrance.visit.v1",
                "time": at.isoformat().replace("+00:00", "Z"),
                "datacontenttype": "application/json",
                "stream": "00112233445566778899aabbccddeeff",
                "seq": seq,
                "bootid": "11111111-2222-3333-4444-555555555555",
                "boottime": "1000000000",
                "timequality": "ntp",
                "data": {
                    "verdict": "accepted",
                    "reason": "pass",
                    "direction": "in",
                    "code": "cccd",
                },
            }
        ).encode()

    return made


def test_from_a_number_to_nothing_on_record(visited, open_page, roles) -> None:
    page = open_page(roles.OFFICER)
    page.goto(f"{visited.url}/people")
    page.get_by_label("Number of a paper").fill(NUMBER)
    page.get_by_role("button", name="Go on").click()
    assert page.locator("tbody tr").count() == 2
    page.get_by_label("What is right").first.fill("không ở đó")
    page.get_by_role("button", name="Note").first.click()
    assert "không ở đó" in page.locator("tbody").inner_text()
    page.get_by_role("button", name="Erase").click()
    assert "tick this" in page.locator("main").inner_text()
    page.get_by_label("I am sure").check()
    page.get_by_role("button", name="Erase").click()
    assert page.get_by_role("status").is_visible()
    assert page.locator("tbody tr").count() == 0
    assert NUMBER not in page.content()
    assert NUMBER not in page.url


def test_who_has_waited_too_long_is_shown(visited, open_page, roles) -> None:
    page = open_page(roles.OFFICER)
    page.goto(f"{visited.url}/people")
    page.get_by_label("Number of a paper").fill(NUMBER)
    page.get_by_label("What", exact=False).last.select_option("erase")
    page.get_by_label("Asked on").fill("02/11/2026")
    page.get_by_role("button", name="Go on").click()
    assert "overdue" in page.locator("tbody").inner_text()
    page.get_by_role("button", name="is answered").click()
    assert "Nobody waits" in page.locator("main").inner_text()


@pytest.mark.parametrize("size", ["phone", pytest.param("desktop", marks=pytest.mark.long)])
def test_both_pages_are_for_everybody(visited, open_page, findings, roles, size) -> None:
    page = open_page(roles.OFFICER, size, bypass_csp=True)
    page.goto(f"{visited.url}/people")
    assert findings(page) == []
    page.get_by_label("Number of a paper").fill(NUMBER)
    page.get_by_role("button", name="Go on").click()
    page.locator("tbody tr").first.wait_for()
    assert findings(page) == []
