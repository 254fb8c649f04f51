"""What guards see and do on their phones, with the real loop behind it."""

import json

import pytest

from kiosk.domain.declaration import Risk

pytestmark = pytest.mark.browser


def test_a_visit_is_on_the_monitor_with_a_masked_name(guard_on, door):
    guard = guard_on().signs_in()

    door.declares("Thạch Thị Mẫu")

    guard.sees("[data-last]", "Thạch T. M***")
    guard.sees("[data-inside]", "1")
    assert "Mẫu" not in guard.page.locator("[data-last]").inner_text()
    told = guard.page.evaluate("fetch('/state.json').then((a) => a.text())")
    assert "M***" in told
    assert "Mẫu" not in json.dumps(json.loads(told)["last"], ensure_ascii=False)


def test_a_call_rings_on_the_phone_and_is_answered_with_one_tap(guard_on, door):
    guard = guard_on().signs_in()
    guard.page.evaluate("navigator.vibrate = (how) => { window.shaken = how; return true; }")

    door.entrance.call_staff()
    guard.sees("[data-alerts]", "Có khách gọi")
    assert guard.page.evaluate("window.shaken") == [200, 100, 200]
    guard.page.click("[data-alerts] button")

    guard.sees("[data-alerts]", "Không có việc gì")
    assert ("staff_call", "answered", {"by": "bao-ve-1"}) in door.notices()


def test_of_two_guards_one_lets_in_and_the_other_sees_it_gone(guard_on, door):
    first, second = guard_on().signs_in(), guard_on().signs_in("bao-ve-2")
    door.declares("Trần Văn Thử", Risk.DECLARED)
    for guard in (first, second):
        guard.sees("[data-referrals]", "Trần V. T***")
    # what is shown of somebody's health is nothing
    assert "nguy cơ" not in first.page.locator("main").inner_text()

    first.page.click(".referral button.main")

    second.page.wait_for_selector(".referral", state="detached")
    (told,) = [one for one in door.notices() if one[0] == "staff_refer"]
    assert told[1] == "let_in"
    assert told[2]["by"] == "bao-ve-1"


def test_a_clear_name_is_shown_for_a_pin_and_written_down(guard_on, door):
    guard = guard_on().signs_in()
    door.declares("Trần Văn Thử", Risk.DECLARED)
    guard.sees("[data-referrals]", "Trần V. T***")

    guard.page.fill("[data-ask] input", "739154")
    guard.page.click("[data-ask] button")

    guard.sees("[data-name]", "Trần Văn Thử")
    assert [one[0] for one in door.notices()][-1] == "staff_unmask"


def test_people_with_paper_are_counted_in_and_out(guard_on, door):
    guard = guard_on().signs_in()

    guard.page.click("summary:has-text('Cho vào bằng giấy')")
    guard.page.fill("details[open] input[name=number]", "9")
    guard.page.click("details[open] button.main")

    guard.sees("[data-inside]", "9")
    guard.page.wait_for_selector(".inside[data-level=near]")
    guard.sees("[data-alerts]", "sắp đủ người")
    assert ("staff_paper", "no_phone", {"by": "bao-ve-1", "people": 9}) in door.notices()


def test_the_door_is_paused_and_opened_again(guard_on, door):
    guard = guard_on().signs_in()

    guard.page.click("summary:has-text('Tạm dừng cửa')")
    guard.page.click("details[open] button.main")
    guard.sees("[data-line]", "Tạm ngừng: Cửa đang tạm dừng")
    assert door.screen.last()["reason"] == "paused"
    guard.page.click("[data-paused-only] button")

    guard.sees("[data-line]", "Đang hoạt động")


def test_lamps_and_sound_are_tried(guard_on, door):
    guard = guard_on().signs_in()

    guard.page.click("[data-act=lights] button")

    guard.sees("[data-said]", "Đã lưu")
    assert door.lights.pins()["green"]


def test_cut_off_from_the_collector_it_says_that_everything_is_kept(guard_on, door):
    guard = guard_on().signs_in()

    door.beats(waiting=128, oldest_s=10_900, connected=False)

    guard.sees("[data-sent]", "Mọi thứ được giữ lại (128 đang chờ, lâu nhất 3 giờ)")
    guard.sees("[data-offline]", "Mất mạng. Mọi thứ được giữ lại (128 đang chờ")
    guard.sees("[data-alerts]", "Nửa giờ chưa gửi được gì")


def test_a_blind_camera_is_said_with_what_to_do(guard_on, door):
    guard = guard_on().signs_in()

    door.beats(camera="black")

    guard.sees("[data-line]", "Máy ảnh không thấy gì")
    guard.sees("[data-alerts]", "Lau kính")


def test_a_stream_that_was_cut_goes_on_by_itself(guard_on, door):
    guard = guard_on().signs_in()
    door.restart_pages()

    door.declares("Thạch Thị Mẫu")

    guard.sees("[data-last]", "Thạch T. M***")


def test_a_wrong_pin_is_waited_for_over_a_restart(guard_on, door):
    page = guard_on().page
    for _ in range(6):
        page.goto(door.url)
        page.select_option("select[name=person]", "bao-ve-1")
        page.fill("input[name=pin]", "000001")
        page.click("main button.main")
        page.wait_for_selector(".trouble")
    assert "Vui lòng chờ" in page.locator(".trouble").inner_text()

    door.restart_pages()
    page.goto(door.url)
    page.select_option("select[name=person]", "bao-ve-1")
    page.fill("input[name=pin]", "739154")
    page.click("main button.main")

    page.wait_for_selector(".trouble")
    assert "Vui lòng chờ" in page.locator(".trouble").inner_text()


def test_an_old_phone_keeps_up(guard_on, door):
    guard = guard_on().signs_in()
    guard.page.context.new_cdp_session(guard.page).send(
        "Emulation.setCPUThrottlingRate", {"rate": 6}
    )

    for _ in range(20):
        door.declares("Thạch Thị Mẫu")

    guard.sees("[data-today=accepted]", "20")


@pytest.mark.parametrize(
    ("size", "language"),
    [
        ("phone", "vi"),
        pytest.param("phone", "km", marks=pytest.mark.long),
        pytest.param("desktop", "en", marks=pytest.mark.long),
    ],
)
def test_no_page_is_faulted_by_axe(guard_on, door, findings, size, language):
    guard = guard_on(size, bypass_csp=True).signs_in("quan-ly", "482915")
    guard.page.goto(f"{door.url}?lang={language}")
    door.declares("Trần Văn Thử", Risk.DECLARED)
    door.entrance.call_staff()
    guard.page.wait_for_selector(".referral")
    found = {"/": findings(guard.page)}
    for path in ("people", "log", "pin", "blank-form", "paper"):
        guard.page.goto(door.url + path)
        found[path] = findings(guard.page)

    assert {path: faults for path, faults in found.items() if faults} == {}


def test_nothing_is_wider_than_a_phone(guard_on, door):
    guard = guard_on().signs_in("quan-ly", "482915")
    door.declares("Trần Văn Thử", Risk.DECLARED)
    guard.page.wait_for_selector(".referral")

    for path in ("", "people", "log", "pin", "blank-form", "paper"):
        guard.page.goto(door.url + path)
        assert guard.page.evaluate("document.documentElement.scrollWidth") <= 360


def test_an_act_whose_answer_is_lost_is_done_once_and_said_as_saved(guard_on, door):
    guard = guard_on().signs_in()
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
    assert lost == [200]
    assert [one[0] for one in door.notices()].count("staff_paper") == 1
