"""A release as two officers see it, each in a browser of their own: one asks, the other approves."""

import json
from datetime import UTC, datetime

import pytest

from collector.cases import bundle as bundles
from collector.cases import opened
from collector.days import ZONE

pytestmark = pytest.mark.browser

TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
REASON = "gọi người cùng chuyến chợ"


def fill(page, **fields) -> None:
    for name, value in fields.items():
        page.locator(f"[name={name}]").fill(value)


def open_case(page, url: str) -> None:
    today = f"{datetime.now(UTC).astimezone(ZONE):%d/%m/%Y}"
    page.goto(f"{url}/cases")
    fill(page, title="Ca ở chợ Mẫu", reason="tìm người ở chợ", first=today, last=today)
    page.get_by_role("button", name="Mở ca").click()
    page.get_by_role("heading", name="Xin liên hệ").wait_for()


def ask(page) -> None:
    fill(page, people="7\n8", reason=REASON)
    page.get_by_role("button", name="Xin Ask").click()
    page.get_by_text("Chờ duyệt").wait_for()


def test_one_asks_the_other_approves_and_the_record_comes_back(
    office, open_page, roles, tmp_path
) -> None:
    an = open_page(roles.OFFICER, name="an.mau")
    binh = open_page(roles.OFFICER, name="binh.mau")
    open_case(an, office.url)
    ask(an)

    assert an.get_by_role("button", name="Duyệt").count() == 0
    assert an.get_by_role("button", name="Lấy gói").count() == 0
    binh.goto(f"{office.url}/cases")
    assert binh.locator("tbody tr td.number").inner_text() == "1"
    binh.get_by_role("link", name="0001").click()
    binh.get_by_text(REASON).wait_for()
    binh.get_by_role("button", name="Duyệt").click()
    binh.get_by_text("Đã duyệt").first.wait_for()
    assert binh.get_by_role("button", name="Lấy gói").count() == 0

    an.reload()
    with an.expect_download() as download:
        an.get_by_role("button", name="Lấy gói").click()
    payload = download.value.path().read_bytes()
    bundle = bundles.parse(payload, bundles.office_key(tmp_path / "release.pub"))
    assert (bundle.asked_by, bundle.approved_by) == ("an.mau", ("binh.mau",))
    an.reload()
    an.get_by_text("Chưa có biên bản mở").wait_for()

    record = opened.Record(
        *("ab" * 8, bundle.release, bundle.case, bundle.digest, "cd" * 8),
        *(datetime.now(UTC), 0, 0),
    )
    an.locator("input[type=file]").set_input_files(
        {"name": "x.opened.json", "mimeType": "application/json", "buffer": opened.written(record)}
    )
    an.get_by_role("button", name="Nộp biên bản").click()
    an.get_by_text("mở được").wait_for()

    acts = [(each.actor, each.act) for each in office.audit.all()]
    assert acts == [
        ("an.mau", "case_opened"),
        ("an.mau", "release_asked"),
        ("binh.mau", "release_approved"),
        ("an.mau", "contacts_released"),
        ("an.mau", "contacts_opened"),
    ]


def test_what_is_typed_wrongly_is_said_at_its_field_and_nothing_is_lost(
    office, open_page, roles
) -> None:
    page = open_page(roles.OFFICER)
    page.goto(f"{office.url}/cases")

    fill(page, title="Ca 084000000017 ở chợ", reason="ngắn", first="31/02/2026", last="x")
    page.get_by_role("button", name="Mở ca").click()

    page.get_by_text("không ghi số giấy tờ").wait_for()
    page.get_by_text("viết ít nhất 10 chữ").wait_for()
    page.get_by_text("ghi hai ngày như 28/11/2026").wait_for()
    assert page.locator("[name=title]").input_value() == "Ca 084000000017 ở chợ"
    assert office.cases.cases() == []

    open_case(page, office.url)
    fill(page, people="7\nHoa", reason=REASON)
    page.get_by_role("button", name="Xin Ask").click()
    page.get_by_text("dòng 2: không phải số người").wait_for()
    assert page.locator("[name=people]").input_value() == "7\nHoa"


def test_an_administrator_reads_the_audit_and_finds_a_line_by_act_account_and_day(
    office, open_page, roles
) -> None:
    office.audit.note("an.mau", "case_opened", {"reason": "<b>tìm người</b>"})
    office.audit.note("binh.mau", "trace_asked", {"people": "2"})
    page = open_page(roles.ADMINISTRATOR)
    page.goto(office.url)
    page.get_by_role("link", name="Nhật ký").click()

    page.get_by_text("<b>tìm người</b>").wait_for()
    page.locator("#act").select_option("trace_asked")
    page.locator("#day").fill(f"{datetime.now(UTC).astimezone(ZONE):%d/%m/%Y}")
    page.get_by_role("button", name="Lọc").click()
    page.wait_for_url("**act=trace_asked**")
    assert page.locator("tbody tr").count() == 1
    page.locator("#day").fill("nay")
    page.get_by_role("button", name="Lọc").click()
    page.get_by_text("ghi ngày như 28/11/2026").wait_for()
    assert page.get_by_role("link", name="Ca Cases").count() == 0


@pytest.mark.parametrize("size", ["phone", pytest.param("desktop", marks=pytest.mark.long)])
def test_no_page_of_cases_or_audit_is_faulted_by_axe_nor_scrolls_sideways(
    office, open_page, roles, findings, size
) -> None:
    page = open_page(roles.OFFICER, size, bypass_csp=True)
    found = {}

    def look(what: str) -> None:
        if faults := findings(page):
            found[what] = faults
        if page.evaluate(TOO_WIDE):
            found[f"{what} width"] = True

    page.goto(f"{office.url}/cases")
    look("no case")
    fill(page, title="x", reason="y", first="z", last="z")
    page.get_by_role("button", name="Mở ca").click()
    look("faulty case")
    open_case(page, office.url)
    look("case")
    ask(page)
    look("asked")
    (case,) = office.cases.cases()
    (release,) = office.cases.releases(case.id)
    office.cases.approve(release.id, "binh.mau", datetime.now(UTC))
    office.cases.made(release.id, 3, datetime.now(UTC))
    page.reload()
    look("made")
    page.goto(f"{office.url}/cases")
    look("cases")
    page.goto(f"{office.url}/audit?day=x")
    look("audit")

    assert json.dumps(found, ensure_ascii=False) == "{}"
