import io
from datetime import UTC, datetime

import pyotp
import pytest
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image

from collector.access.roles import Role
from collector.inbox.asked_commands import AskedCommands
from collector.inbox.people_socket import PeopleSocket
from collector.ledger.port import Batch, Taken
from collector.registry.port import Admission
from kiosk.wire import enrolment as wire
from kiosk.wire import events
from kiosk.wire.check_words import words_of
from kiosk.wire.data import NOTICE, NoticeData

pytestmark = pytest.mark.browser

PAGES = [
    "/",
    "/report/2026-11-24",
    "/venues?page=2",
    "/venues?q=khong+co",
    "/venues/cho-1",
    "/venues/cho-1/edit",
    "/venues/new",
    "/organisations",
    "/organisations/new",
    "/kiosks",
    "/fleet",
    "/fleet/cho-1-a",
    "/kiosks/new?venue=cho-1",
    "/lists/venues/import",
    "/stays",
    "/accounts",
    "/account/password",
]
TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.mark.parametrize("size", ["phone", pytest.param("desktop", marks=pytest.mark.long)])
def test_no_page_is_faulted_by_axe_nor_scrolls_sideways(office, open_page, findings, size) -> None:
    page = open_page(Role.ADMINISTRATOR, size, bypass_csp=True)
    found = {}

    for path in PAGES:
        page.goto(office.url + path)
        if faults := findings(page):
            found[path] = faults
        if page.evaluate(TOO_WIDE):
            found[f"{path} width"] = True

    assert found == {}


def test_pages_before_anybody_is_in_are_not_faulted_either(office, open_page, findings) -> None:
    password = office.invite("kim.mau", Role.OFFICER)
    page = open_page(bypass_csp=True)
    found = []

    page.goto(office.url)
    found += findings(page)
    page.get_by_label("Tên tài khoản").fill("kim.mau")
    page.get_by_label("Mật khẩu").fill(password)
    page.get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url("**/account/password")
    found += findings(page)
    page.get_by_label("Mật khẩu hiện tại").fill(password)
    page.get_by_label("Mật khẩu mới").fill("bốn mùa ở chợ mẫu")
    page.get_by_label("Nhập lại").fill("bốn mùa ở chợ mẫu")
    page.get_by_role("button", name="Lưu").click()
    page.wait_for_url("**/account/second-factor")
    found += findings(page)

    assert found == []


def test_an_officers_first_day_from_the_temporary_password_to_the_page_of_visits(
    office, open_page
) -> None:
    password = office.invite("kim.mau", Role.OFFICER)
    page = open_page()

    page.goto(f"{office.url}/venues?q=chợ")
    page.get_by_label("Tên tài khoản").fill(" Kim.Mau ")
    page.get_by_label("Mật khẩu").fill(password)
    page.get_by_role("button", name="Đăng nhập").click()
    page.get_by_label("Mật khẩu hiện tại").fill(password)
    page.get_by_label("Mật khẩu mới").fill("bốn mùa ở chợ mẫu")
    page.get_by_label("Nhập lại").fill("bốn mùa ở chợ mẫu")
    page.get_by_role("button", name="Lưu").click()
    page.wait_for_url("**/account/second-factor")
    shot = page.locator(".code svg").screenshot()
    (app,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(shot)).convert("L"))
    page.get_by_label("Mã sáu số").fill(pyotp.parse_uri(app.text).now())
    page.get_by_role("button", name="Xác nhận").click()

    page.get_by_role("heading", name="Lượt ra vào").wait_for()
    assert page.get_by_role("link", name="Tài khoản").count() == 0


def test_a_venue_is_registered_and_its_poster_taken_in_few_clicks(office, open_page) -> None:
    page = open_page(Role.REGISTRAR)
    page.goto(office.url)

    page.get_by_role("link", name="Cơ sở").click()
    page.get_by_role("link", name="Thêm cơ sở").click()
    page.get_by_label("Mã Id").fill("truong-mau")
    page.get_by_label("Tên cơ sở").fill("Trường Mẫu")
    page.get_by_label("Loại").select_option("school")
    page.get_by_label("Xã, phường").fill("phuong tra vin")
    page.get_by_role("button", name="Lưu").click()
    page.get_by_text("có phải Phường Trà Vinh, Vĩnh Long").wait_for()
    page.get_by_label("Xã, phường").fill("Phường Trà Vinh")
    page.get_by_role("button", name="Lưu").click()

    page.get_by_role("heading", name="Trường Mẫu").wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="Áp phích PDF").click()
    assert download.value.suggested_filename == "truong-mau.pdf"
    assert office.registry.venue("truong-mau").district == "Trà Vinh"


def test_a_kiosk_is_asked_and_what_it_answers_comes_by_itself(office, open_page, findings) -> None:
    page = open_page(Role.REGISTRAR, "phone", bypass_csp=True)
    asked = AskedCommands(office.folder / "spool", Ed25519PrivateKey.generate)
    socket = PeopleSocket(office.folder / "people.sock", lambda: None, command=asked.answer)
    page.goto(f"{office.url}/fleet/cho-1-a")

    with socket:
        page.get_by_role("button", name="Xem tình trạng máy").click()
        page.get_by_text("Đang chờ máy trả lời").wait_for()
    (line,) = office.audit.entries("kiosk_asked")
    figures = '{"screen":"idle","camera":"ok"}'
    payload = done("cho-1-a", command=line.about["id"], diagnostics=figures)
    office.ledger.commit(
        Batch([Taken(events.decode(payload, "cho-1-a"), payload)]), datetime.now(UTC)
    )

    page.get_by_text("Máy đã làm").wait_for()
    page.locator("#asked summary").click()
    assert 'camera: "ok"' in page.locator("#asked pre").inner_text()
    assert findings(page) == []
    assert not page.evaluate(TOO_WIDE)


def done(kiosk, **told) -> bytes:
    """The kiosk's answer, as it comes up."""
    return events.encode(
        events.Event(
            id="019abc00-0000-7000-8000-000000000001",
            kiosk=kiosk,
            type=NOTICE,
            at=datetime.now(UTC),
            time_quality="ntp",
            stream="0" * 32,
            seq=1,
            boot_id="11111111-2222-3333-4444-555555555555",
            boottime_ns=1,
            data=NoticeData("command_done", "diagnostics", extra=told),
        )
    )


def test_a_faulty_list_is_told_line_by_line_and_a_good_one_is_taken(
    office, open_page, findings
) -> None:
    page = open_page(Role.REGISTRAR, bypass_csp=True)
    page.goto(f"{office.url}/lists/kiosks/import")
    head = "Mã thiết bị,Mã cơ sở,Cửa\n"
    bad = f"{head}k-1,cho-xa,\nK 2,cho-1,\n".encode()

    page.get_by_label("Tệp CSV").set_input_files(
        {"name": "k.csv", "mimeType": "text/csv", "buffer": bad}
    )
    page.get_by_role("button", name="Nhập").click()

    page.get_by_text("2 chỗ phải sửa").wait_for()
    assert findings(page) == []
    assert [one.id for one in office.registry.kiosks()] == ["cho-1-a"]

    page.get_by_label("Tệp CSV").set_input_files(
        {"name": "k.csv", "mimeType": "text/csv", "buffer": f"{head}k-1,cho-2,\n".encode()}
    )
    page.get_by_role("button", name="Nhập").click()

    page.get_by_text("1 mới").wait_for()


@pytest.mark.parametrize("size", ["phone", pytest.param("desktop", marks=pytest.mark.long)])
def test_the_enrolment_code_is_read_off_the_technicians_screen(
    office, open_page, findings, size
) -> None:
    page = open_page(Role.REGISTRAR, size, bypass_csp=True)
    page.goto(f"{office.url}/venues/cho-1")

    page.get_by_role("button", name="Mã ghi danh").click()
    page.get_by_role("heading", name="Mã ghi danh").wait_for()

    (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(page.screenshot())).convert("L"))
    assert code.text.startswith("VE1:")
    assert findings(page) == []

    key_hash = bytes(range(32))
    office.registry.put_admission(Admission("cho-1-a", key_hash, datetime.now(UTC)))

    page.get_by_text("Bốn từ này").wait_for()
    assert tuple(page.locator(".four b").all_inner_texts()) == words_of(key_hash)
    assert findings(page) == []


def test_a_code_may_bring_the_venues_network(office, open_page) -> None:
    page = open_page(Role.REGISTRAR, "phone")
    page.goto(f"{office.url}/venues/cho-1")
    page.get_by_role("button", name="Mã ghi danh").click()

    page.get_by_text("Kèm mạng Wi-Fi").click()
    page.get_by_label("Tên mạng").fill("Cho Mau")
    page.get_by_label("Mật khẩu").fill("mat khau 1")
    page.get_by_role("button", name="Tạo mã mới").click()
    page.get_by_text("Dạng chữ").click()

    text = page.locator("code.long").inner_text()
    assert wire.decode(text).wifi == wire.Wifi("Cho Mau", "mat khau 1")
