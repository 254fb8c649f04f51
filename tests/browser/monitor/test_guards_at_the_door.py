"""What guards see and do on their phones, with the real loop behind it."""

import json
import time

import pytest

from bench.watched_door import GUARD_PIN
from kiosk.domain.declaration import Risk
from kiosk.web.safety.staff_book import StaffError, StaffRole

pytestmark = pytest.mark.browser
SIZES = {"phone": (360, 740), "desktop": (1280, 860)}


def test_a_visit_is_on_the_monitor_with_a_masked_name(guard, door):
    door.declares("Thạch Thị Mẫu")

    guard.sees("[data-last]", "Thạch T. M***")
    guard.sees("[data-inside]", "1")
    assert "Mẫu" not in guard.page.locator("[data-last]").inner_text()
    told = guard.page.evaluate("fetch('/state.json').then((a) => a.text())")
    assert "M***" in told
    assert "Mẫu" not in json.dumps(json.loads(told)["last"], ensure_ascii=False)


def test_where_no_barrier_counts_nothing_is_said_of_who_turned_back(guard):
    assert guard.page.locator("[data-today=paper]").is_visible()
    assert guard.page.locator("[data-today=turned_back]").is_hidden()


def test_a_call_rings_on_the_phone_and_is_answered_with_one_tap(guard, door):
    guard.page.evaluate("navigator.vibrate = (how) => { window.shaken = how; return true; }")

    door.entrance.call_staff()
    guard.sees("[data-alerts]", "Có khách gọi")
    assert guard.page.evaluate("window.shaken") == [200, 100, 200]
    guard.page.click("[data-alerts] button")

    guard.sees("[data-alerts]", "Không có việc gì")
    assert door.told() == [("staff_call", "answered", {"by": "bao-ve-1"})]


def test_of_two_guards_one_lets_in_and_the_other_sees_it_gone(guard, guard_on, door):
    other = guard_on().has_signed_in("bao-ve-2")
    door.declares("Trần Văn Thử", Risk.DECLARED)
    for each in (guard, other):
        each.sees("[data-referrals]", "Trần V. T***")
    # what is shown of somebody's health is nothing
    assert "nguy cơ" not in guard.page.locator("main").inner_text()

    guard.page.click(".referral button.main")

    other.page.wait_for_selector(".referral", state="detached")
    (told,) = door.told()
    assert told[:2] == ("staff_refer", "let_in")
    assert told[2]["by"] == "bao-ve-1"


def test_a_clear_name_is_shown_for_a_pin_and_written_down(guard, door):
    door.declares("Sơn Văn Thử", Risk.DECLARED)
    guard.sees("[data-referrals]", "Sơn V. T***")

    guard.page.fill("[data-ask] input", GUARD_PIN)
    guard.page.click("[data-ask] button")

    guard.sees("[data-name]", "Sơn Văn Thử")
    assert [one[0] for one in door.told()] == ["staff_unmask"]


def test_people_with_paper_are_counted_in_and_out(guard, door):
    guard.page.click("summary:has-text('Cho vào bằng giấy')")
    guard.page.fill("details[open] input[name=number]", "9")
    guard.page.click("details[open] button.main")

    guard.sees("[data-inside]", "9")
    guard.page.wait_for_selector(".inside[data-level=near]")
    guard.sees("[data-alerts]", "sắp đủ người")
    assert door.told() == [("staff_paper", "no_phone", {"by": "bao-ve-1", "people": 9})]


def test_the_door_is_paused_and_opened_again(guard, door):
    guard.page.click("summary:has-text('Tạm dừng cửa')")
    guard.page.click("details[open] button.main")
    guard.sees("[data-line]", "Tạm ngừng: Cửa đang tạm dừng")
    assert door.screen.last()["reason"] == "paused"
    guard.page.click("[data-paused-only] button")

    guard.sees("[data-line]", "Đang hoạt động")


def test_lamps_and_sound_are_tried(guard, door):
    door.entrance.dismiss()  # whoever was told something has gone

    with door.screen.subscribe() as screen:
        guard.page.click("[data-act=lights] button")
        while (state := screen.next(10.0)) and state["screen"] != "test":
            pass

    assert state is not None
    assert door.lights.pins()["green"]
    guard.sees("[data-said]", "Đã lưu")


def test_cut_off_from_the_collector_it_says_that_everything_is_kept(guard, door):
    door.beats(waiting=128, oldest_s=10_900, connected=False)

    guard.sees("[data-sent]", "Mọi thứ được giữ lại (128 đang chờ, lâu nhất 3 giờ)")
    guard.sees("[data-offline]", "Mất mạng. Mọi thứ được giữ lại (128 đang chờ")
    guard.sees("[data-alerts]", "Nửa giờ chưa gửi được gì")


def test_a_blind_camera_is_said_with_what_to_do(guard, door):
    door.beats(camera="black")

    guard.sees("[data-line]", "Máy ảnh không thấy gì")
    guard.sees("[data-alerts]", "Lau kính")


def test_an_act_whose_answer_is_lost_is_done_once_and_said_as_saved(guard, door):
    lost = []

    def lose_the_first(route):
        if lost:
            route.continue_()
        else:
            lost.append(route.fetch().status)  # the kiosk has done it, the phone never hears
            route.abort()

    guard.page.route("**/act", lose_the_first)
    guard.page.click("summary:has-text('Cho vào bằng giấy')")
    guard.page.fill("details[open] input[name=number]", "3")
    guard.page.click("details[open] button.main")

    guard.sees("[data-said]", "Chưa rõ đã lưu hay chưa")
    guard.sees("[data-said]", "Đã lưu")
    guard.sees("[data-inside]", "3")
    guard.page.unroute("**/act")
    assert lost == [200]
    assert [one[0] for one in door.told()] == ["staff_paper"]


def test_an_old_phone_keeps_up(guard, door):
    accepted = door.desk.state()["today"]["accepted"]
    session = guard.page.context.new_cdp_session(guard.page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 6})

    for _ in range(20):
        door.declares("Thạch Thị Mẫu")

    guard.sees("[data-today=accepted]", str(accepted + 20))
    session.send("Emulation.setCPUThrottlingRate", {"rate": 1})


@pytest.mark.parametrize(
    ("size", "language"),
    [
        ("phone", "vi"),
        pytest.param("phone", "km", marks=pytest.mark.long),
        pytest.param("desktop", "en", marks=pytest.mark.long),
    ],
)
def test_no_page_is_faulted_by_axe_nor_wider_than_its_screen(
    guard_on, door, findings, size, language
):
    guard = guard_on(size, bypass_csp=True).has_signed_in("quan-ly", language)
    door.declares("Trần Văn Thử", Risk.DECLARED)
    door.entrance.call_staff()
    guard.page.wait_for_selector(".referral")
    found = {}
    for path in ("", "people", "log", "pin", "blank-form", "paper"):
        if path:
            guard.page.goto(door.url + path)
        if faults := findings(guard.page):
            found[path] = faults
        width_px = guard.page.evaluate("document.documentElement.scrollWidth")
        if width_px > SIZES[size][0]:
            found[f"{path} is wide"] = width_px

    assert found == {}


# ---- these begin the pages anew


def test_a_stream_that_was_cut_goes_on_by_itself(guard, door):
    door.restart_pages()

    door.declares("Kim Thị Mẫu")

    guard.sees("[data-last]", "Kim T. M***")


def test_a_wrong_pin_is_waited_for_over_a_restart(guard_on, door, monkeypatch):
    page, pin, now_s = guard_on().page, door.book.put("bao-ve-9", StaffRole.GUARD), time.time()
    monkeypatch.setattr(door, "clock", lambda: now_s)  # however slow this machine is

    def tries(pin):
        page.goto(door.url)
        page.select_option("select[name=person]", "bao-ve-9")
        page.fill("input[name=pin]", pin)
        page.click("main button.main")
        page.wait_for_selector(".trouble")
        return page.locator(".trouble").inner_text()

    for _ in range(4):
        with pytest.raises(StaffError):
            door.book.sign_in("bao-ve-9", "000001")
    assert "Vui lòng chờ" not in tries("000001")
    assert "Vui lòng chờ" in tries(pin)

    door.restart_pages()

    assert "Vui lòng chờ" in tries(pin)
