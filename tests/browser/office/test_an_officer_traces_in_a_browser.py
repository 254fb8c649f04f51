"""Six clicks from a number to a list, in a real browser."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from collector.access.roles import Role
from collector.ledger.port import Batch, Link, Taken
from collector.ledger.sqlite_reader import SqliteReader
from collector.tracing.index import Index
from collector.tracing.traces import Traces
from kiosk.wire.events import decode

pytestmark = pytest.mark.browser

CASE = "084000000017"
TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture
def market(office, tmp_path):
    """Yesterday's market: the case and sixty others, most of them never scanned out."""
    at = datetime.now(UTC).replace(hour=1, minute=0, second=0, microsecond=0) - timedelta(days=1)
    events = []
    for seq, (person, minute, way) in enumerate(
        [(1, 0, "in"), (2, 5, "in"), (2, 25, "out"), *((n, n, "in") for n in range(3, 62))], 1
    ):
        message = {
            "specversion": "1.0",
            "id": f"019abc00-0000-7000-8000-{seq:012x}",
            "source": "/kiosk/cho-1-a",
            "type": "vn.entrance.visit.v1",
            "time": (at + timedelta(minutes=minute)).isoformat().replace("+00:00", "Z"),
            "datacontenttype": "application/json",
            "stream": "00112233445566778899aabbccddeeff",
            "seq": seq,
            "bootid": "11111111-2222-3333-4444-555555555555",
            "boottime": str(seq * 10**9),
            "timequality": "ntp",
            "data": {"verdict": "accepted", "reason": "pass", "direction": way, "code": "cccd"},
        }
        payload = json.dumps(message).encode()
        who = [bytes(15) + bytes([person])]
        events.append(Taken(decode(payload, "cho-1-a"), payload, Link.OPENED, who, payload))
    office.ledger.commit(Batch(events=events), datetime.now(UTC))
    office.people = {CASE: 1}
    with Traces(SqliteReader(tmp_path / "ledger.db")) as traces:
        office.index = Index(traces.stays())
    return office


def ask(page, office):
    page.goto(office.url)
    page.get_by_role("link", name="Truy vết").click()
    page.get_by_label("Số giấy tờ").fill(CASE)
    page.get_by_role("button", name="Truy vết").click()
    page.get_by_role("heading", name="Kết quả truy vết").wait_for()


def test_a_case_is_traced_and_f2_sized_and_exported_in_six_clicks(market, open_page) -> None:
    page = open_page(Role.OFFICER)
    ask(page, market)  # two clicks
    assert page.locator("tbody tr", has_text="F1-").count() == 43
    assert CASE not in page.url

    with page.expect_download() as csv:
        page.get_by_role("link", name="Xuất CSV").click()
    assert "F1" not in csv.value.suggested_filename or csv.value.suggested_filename == "f1.csv"
    page.get_by_role("button", name="Tính số người F2").click()
    assert "người" in page.get_by_role("status").inner_text()
    page.get_by_label("Vì sao cần danh sách").fill("điều tra ổ dịch ở chợ")
    with page.expect_download() as csv:
        page.get_by_role("button", name="Xuất danh sách F2").click()
    assert csv.value.suggested_filename == "f2.csv"


@pytest.mark.parametrize("size", ["phone", pytest.param("desktop", marks=pytest.mark.long)])
def test_no_page_of_tracing_is_faulted_by_axe_nor_scrolls_sideways(
    market, open_page, findings, size
) -> None:
    page = open_page(Role.OFFICER, size, bypass_csp=True)
    found = {}

    def look(where):
        if faults := findings(page):
            found[where] = faults
        if page.evaluate(TOO_WIDE):
            found[f"{where} width"] = True

    page.goto(market.url + "/trace")
    look("ask")
    page.get_by_label("Số giấy tờ").fill("12345")
    page.get_by_role("button", name="Truy vết").click()
    look("fault")
    page.get_by_label("Số giấy tờ").fill("084000000099")
    page.get_by_role("button", name="Truy vết").click()
    page.get_by_role("heading", name="Không thấy").wait_for()
    look("unknown")
    ask(page, market)
    look("answer")
    page.get_by_role("button", name="Tính số người F2").click()
    look("size")
    assert found == {}


def test_what_is_printed_is_the_report_and_no_form(market, open_page) -> None:
    page = open_page(Role.OFFICER)
    ask(page, market)
    page.emulate_media(media="print")
    assert not page.get_by_role("button", name="In báo cáo").is_visible()
    assert not page.get_by_role("heading", name="F2").is_visible()
    assert page.get_by_role("heading", name="F1, theo số phút").is_visible()
    assert page.locator("svg.timeline").is_visible()
    assert page.pdf(format="A4")[:4] == b"%PDF"
