"""What becomes of an unfinished form: warned at 60 s, wiped at 80 s, nothing left anywhere."""

import pytest

from kiosk.web.settings import PageSettings

pytestmark = pytest.mark.browser


def test_an_idle_page_warns_at_sixty_seconds_and_is_gone_at_eighty(finger_on, door):
    finger = finger_on()
    finger.page.clock.install()
    finger.starts()
    still = finger.page.locator("[data-still]")

    finger.waits(59_000)
    assert not still.is_visible()
    finger.waits(2_000)
    assert still.is_visible()
    assert 17 <= int(finger.page.locator("[data-countdown]").inner_text()) <= 20
    finger.waits(20_000)

    finger.page.wait_for_selector("body[data-screen]")


def test_a_touch_anywhere_means_that_somebody_is_there(finger_on):
    finger = finger_on()
    finger.page.clock.install()
    finger.starts()
    finger.waits(61_000)

    finger.page.locator("[data-still] .title").tap()

    assert not finger.page.locator("[data-still]").is_visible()
    finger.waits(59_000)
    assert not finger.page.locator("[data-still]").is_visible()


def test_a_touch_on_the_page_keeps_the_servers_draft(finger_on, door):
    finger = finger_on()
    finger.page.clock.install()
    finger.starts()
    door.later_s += 70.0
    finger.waits(10_000)

    with finger.page.expect_response("**/touch") as told:
        finger.page.locator("main").tap(position={"x": 5, "y": 5})

    assert told.value.status == 204
    door.later_s += 70.0
    door.drafts.sweep()
    assert len(door.drafts) == 1


def test_a_killed_page_changes_nothing_the_server_wipes(finger_on, door):
    finger = finger_on()
    finger.starts()
    finger.page.close()
    assert len(door.drafts) == 1

    door.later_s += 80.0
    door.drafts.sweep()

    assert len(door.drafts) == 0


def test_a_page_that_outlived_its_draft_goes_back_to_the_screen_at_a_touch(finger_on, door):
    finger = finger_on()
    finger.page.clock.install()
    finger.starts()
    door.later_s += 500.0
    finger.waits(10_000)

    finger.page.locator("main").tap(position={"x": 5, "y": 5})

    finger.page.wait_for_selector("body[data-screen=idle]")


def test_the_back_button_shows_nothing_of_the_one_before(finger_on, door):
    finger = finger_on()
    finger.starts()
    finger.agrees()
    finger.arrives("name")
    finger.types("mij")
    finger.tap("[data-ask-leave]")
    finger.tap("[data-leaving] [data-leave]")
    finger.page.wait_for_selector("body[data-screen=idle]")

    for _ in range(3):
        finger.page.go_back()

    assert finger.page.locator("[data-field]").count() == 0
    assert "Mị" not in finger.page.content()


def test_nothing_is_stored_in_the_browser(finger_on):
    finger = finger_on()
    finger.starts()
    finger.agrees()
    finger.answers("name", "check")
    finger.sends()
    finger.page.wait_for_selector("body[data-screen=accepted]")

    stored = finger.page.evaluate(
        """async () => [localStorage.length, sessionStorage.length, document.cookie,
             (await caches.keys()).length, (await indexedDB.databases()).length]"""
    )

    assert stored == [0, 0, "", 0, 0]
    assert finger.page.context.cookies() == []


def test_somebody_who_asked_for_more_time_is_warned_later(make_door, new_finger):
    finger = new_finger(make_door(settings=PageSettings(heartbeat_s=0.5)))
    finger.page.clock.install()
    finger.starts()
    finger.tap("button[value=slow]")
    finger.page.wait_for_selector("button[value=slow][aria-pressed=true]")

    # the clock of the page also runs by itself: a slow machine has 20 s before the warning is due
    finger.waits(100_000)
    assert not finger.page.locator("[data-still]").is_visible()
    finger.waits(21_000)
    assert finger.page.locator("[data-still]").is_visible()
