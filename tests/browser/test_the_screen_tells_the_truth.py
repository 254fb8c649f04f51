"""A page that is cut off says so and recovers by itself; a late event never covers a newer one."""

import pytest

pytestmark = pytest.mark.browser


def shown(page, screen):
    page.wait_for_selector(f'body[data-screen="{screen}"]')


def test_a_new_result_replaces_the_one_that_is_showing(kiosk, new_page):
    page = new_page()
    kiosk.show("accepted")
    page.goto(kiosk.url)
    shown(page, "accepted")

    kiosk.show("refer", "declared_risk")

    shown(page, "refer")


def test_a_late_or_repeated_event_is_ignored(kiosk, new_page):
    page = new_page()
    kiosk.show("idle", seq=10)
    page.goto(kiosk.url)
    shown(page, "idle")

    kiosk.show("accepted", seq=9)
    kiosk.show("missing", seq=10)
    kiosk.show("refer", seq=11)

    shown(page, "refer")
    seen = page.evaluate("document.body.dataset.screen")
    assert seen == "refer"


def test_a_late_event_alone_changes_nothing(kiosk, new_page):
    page = new_page()
    kiosk.show("idle", seq=10)
    page.goto(kiosk.url)
    shown(page, "idle")

    with page.expect_response("**/beat"):
        # the page reports every 5 s: by then the late event has come and gone several times
        kiosk.show("accepted", seq=9)

    assert page.get_attribute("body", "data-screen") == "idle"


def test_a_dead_kiosk_is_out_of_order_within_ten_seconds_and_back_by_itself(
    kiosk, another_kiosk, new_page
):
    page = new_page()
    kiosk.show("accepted")
    page.goto(kiosk.url)
    shown(page, "accepted")

    kiosk.close()
    page.wait_for_selector('body[data-screen="fault"][data-reason="page"]', timeout=11_500)

    restarted = another_kiosk()
    restarted.show("idle")
    shown(page, "idle")


def test_a_loop_that_hangs_takes_the_result_off_the_screen(kiosk, new_page):
    page = new_page()
    page.clock.install()
    kiosk.show("accepted")
    page.goto(kiosk.url)
    shown(page, "accepted")

    kiosk.hang()
    page.wait_for_timeout(1500)  # what was under way has arrived
    page.clock.run_for(12_000)
    page.wait_for_selector('body[data-screen="fault"][data-reason="page"]')

    kiosk.wake()
    shown(page, "accepted")


def test_another_boot_begins_its_numbers_anew(kiosk, another_kiosk, new_page):
    page = new_page()
    kiosk.show("idle", seq=500)
    page.goto(kiosk.url)
    shown(page, "idle")

    restarted = another_kiosk()
    restarted.show("missing", "none", seq=1)

    shown(page, "missing")


def test_a_refused_stream_is_replaced_by_asking(kiosk, new_page):
    page = new_page()
    page.clock.install()
    page.route("**/events", lambda route: route.fulfill(status=503))
    kiosk.show("missing")
    page.goto(kiosk.url)

    for _ in range(5):  # three refusals, two seconds apart
        page.clock.run_for(2_000)
        page.wait_for_timeout(100)
    shown(page, "missing")

    kiosk.show("accepted")
    page.clock.run_for(2_000)
    shown(page, "accepted")


def test_the_page_reports_that_it_lives(kiosk, new_page):
    page = new_page()
    kiosk.show("idle")

    with page.expect_response("**/beat"):
        page.goto(kiosk.url)

    assert kiosk.feed.page_silence_s() < 10
