import re

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture
def page(kiosk, new_page):
    kiosk.show("idle")
    page = new_page()
    page.goto(kiosk.url)
    page.wait_for_selector('body[data-screen="idle"]')
    return page


def test_calling_staff_is_answered_in_three_languages_and_goes_away(kiosk, page):
    with page.expect_response("**/call-staff"):
        page.locator(".idle [data-call-staff]").tap()

    notice = page.locator("[data-notice]")
    notice.wait_for(state="visible")
    assert {p.get_attribute("lang") for p in notice.locator("p").all()} == {"vi", "km", "en"}
    assert kiosk.entrance.asked == ["call_staff"]
    notice.wait_for(state="hidden")


def test_a_touch_dismisses_a_result(kiosk, page):
    kiosk.show("refer", "declared_risk")
    page.wait_for_selector('body[data-screen="refer"]')

    with page.expect_response("**/dismiss"):
        page.locator(".state.refer").tap()

    assert kiosk.entrance.asked == ["dismiss"]


def test_the_form_is_asked_for_with_the_number_of_the_result(kiosk, page):
    kiosk.show("missing", "none", seq=41)
    page.wait_for_selector('body[data-screen="missing"]')
    posted = []
    page.route("**/form", lambda route: (posted.append(route.request.post_data), route.abort()))

    page.locator(".missing form button").tap()
    page.wait_for_timeout(200)

    assert re.search(r"\bseq=41\b", posted[0])


def test_nothing_leaves_the_origin_and_nothing_is_left_behind(kiosk, page):
    for screen in ("reading", "missing", "accepted", "refer", "fault", "idle"):
        kiosk.show(screen)
        page.wait_for_selector(f'body[data-screen="{screen}"]')

    kept = page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]")

    assert all(url.startswith(kiosk.url) for url in page.asked_for)
    assert page.complaints == []
    assert kept == [0, 0, ""]
    assert page.context.cookies() == []


def test_the_first_load_is_small(kiosk, new_page):
    page = new_page()
    kiosk.show("idle")
    sizes = {}
    page.on("response", lambda response: sizes.update(_size(response)))

    page.goto(kiosk.url)
    page.wait_for_selector('body[data-screen="idle"]')

    scripts = sum(size for url, size in sizes.items() if ".js" in url)
    assert sum(sizes.values()) <= 80_000
    assert 0 < scripts <= 40_000


def test_the_page_stays_small_in_nodes(page):
    # parsing and styling cost a Raspberry Pi about as much as drawing does
    nodes = page.evaluate("document.querySelectorAll('body *').length")

    assert nodes <= 400


def test_the_staff_page_shows_what_the_kiosk_says(kiosk, new_page):
    page = new_page()

    page.goto(kiosk.url + "staff")
    page.wait_for_selector('.state[data-state="ok"]')

    assert page.inner_text('[data-key="waiting"]') == "3"
    assert page.complaints == []


def _size(response):
    if "/events" in response.url:
        return {}
    return {response.url: int(response.headers.get("content-length", 0))}
