"""A real browser the size of a small phone, with its scripts switched off."""

import re
import sqlite3
from importlib import resources

import pytest

pytestmark = pytest.mark.browser

SIZES = {"360x640": (360, 640), "320x568": (320, 568)}
NAME = "Thạch Thị Bông Súng"
AXE = """
async () => {
  const found = await axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'],
    rules: { 'target-size': { enabled: true } },
  });
  return found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 90)).join(' | ')}`);
}
"""
WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
SMALL = """
() => [...document.querySelectorAll('button, a.button, input[name=typed], label')]
  .filter((each) => each.getBoundingClientRect().height < 44)
  .map((each) => each.outerHTML.slice(0, 90))
"""


@pytest.fixture
def new_page(chromium):
    """Pages of a phone; what they complained of and asked for is looked at when the test is over."""
    contexts, asked, complaints = [], [], []

    def new(size="360x640", *, script=False, locale="vi-VN"):
        width_px, height_px = SIZES[size]
        context = chromium.new_context(
            viewport={"width": width_px, "height": height_px},
            device_scale_factor=2,
            has_touch=True,
            is_mobile=True,
            locale=locale,
            java_script_enabled=script,
            bypass_csp=script,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        return page

    yield new
    for context in contexts:
        context.close()
    assert [url for url in asked if not url.startswith("http://127.0.0.1:")] == []
    assert [each for each in complaints if "Security Policy" in each] == []


@pytest.fixture(scope="module")
def axe():
    pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    return (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def page_name(page):
    return re.sub(r".*/v/cho-mau/?", "", page.url)


def answer(page):
    """The question that the page asks, as somebody in good health would."""
    name = page_name(page).rpartition("/")[2]
    typed = {"name": NAME, "birth": "1980", "phone": "0912000567", "number": "084180000567"}
    if name in typed:
        page.locator("input[name=typed]").fill(typed[name])
        page.locator("button.strong").tap()
    elif name == "symptoms":
        page.locator("button[value=none]").tap()
    elif name == "commune":
        page.locator(".tiles button").first.tap()
    else:
        page.locator("button[value=no], button[value=female]").tap()
    page.wait_for_url(lambda url: not url.endswith(f"/{name}"))


def declare(portal, page, look=lambda page: None, *, remember=False):
    page.goto(f"http://127.0.0.1:{portal.port}/v/cho-mau")
    look(page)
    page.locator("a.button.strong").tap()
    page.wait_for_url("**/declare")
    look(page)
    page.locator("button.strong").tap()
    page.wait_for_url("**/declare/name")
    while page_name(page) != "declare/check":
        look(page)
        answer(page)
    look(page)
    if remember:
        page.locator("input[name=remember]").check()
    page.locator("button.strong").tap()
    page.wait_for_url("**/pass")
    look(page)


def stored(portal):
    db = sqlite3.connect(
        f"file:{portal.site.config.portal.state_dir / 'state.db'}?mode=ro", uri=True
    )
    try:
        return db.execute("SELECT count(*) FROM outbox").fetchone()[0]
    finally:
        db.close()


def test_a_small_phone_without_scripts_declares_checks_in_and_renews_in_two_taps(portal, new_page):
    page = new_page("320x568")

    declare(portal, page, remember=True)
    page.locator("button[value=in]").tap()
    page.wait_for_url("**/visit")
    came = page.locator("h1").inner_text()
    page.goto(f"http://127.0.0.1:{portal.port}/v/cho-mau")
    page.locator("form[action$=renew] button").tap()
    page.wait_for_url("**/check")
    shown = page.locator("main").inner_text()
    page.locator("button.strong").tap()
    page.wait_for_url("**/pass")

    assert came == "Đã ghi nhận lượt vào"
    assert NAME not in shown
    assert "Thạch T. B. S***" in shown
    assert page.locator("img.qr").is_visible()
    assert stored(portal) == 3


def test_going_back_after_sending_shows_nothing_that_was_typed(portal, new_page):
    page = new_page()
    declare(portal, page)

    for _ in range(3):
        page.go_back()

        assert NAME not in page.content()
        assert "0912000567" not in page.content()
    assert stored(portal) == 1


def test_a_doubled_tap_on_send_is_one_declaration_and_shows_its_pass(portal, new_page):
    page = new_page()
    page.goto(f"http://127.0.0.1:{portal.port}/v/cho-mau/declare")
    page.locator("button.strong").tap()
    page.wait_for_url("**/declare/name")
    while page_name(page) != "declare/check":
        answer(page)

    page.locator("button.strong").dblclick(no_wait_after=True)

    # not by its address: the second tap aborts the first one's way there
    page.locator("img.qr").wait_for()
    assert page.url.endswith("/pass")
    assert stored(portal) == 1


@pytest.mark.parametrize(
    ("size", "locale"),
    [
        ("320x568", "km-KH"),
        pytest.param("360x640", "vi-VN", marks=pytest.mark.long),
        pytest.param("320x568", "en-GB", marks=pytest.mark.long),
    ],
)
def test_every_page_is_accessible_and_fits_a_small_phone(portal, new_page, axe, size, locale):
    page = new_page(size, script=True, locale=locale)
    found = []

    def look(page):
        page.evaluate(axe)
        found.extend(f"{page_name(page)}: {each}" for each in page.evaluate(AXE))
        if page.evaluate(WIDE) > 0:
            found.append(f"{page_name(page)} is {page.evaluate(WIDE)} px too wide")
        found.extend(f"{page_name(page)}: small {each}" for each in page.evaluate(SMALL))

    declare(portal, page, look, remember=True)
    page.goto(f"http://127.0.0.1:{portal.port}/v/cho-mau")
    look(page)
    page.locator("form[action$=renew] button").tap()
    page.wait_for_url("**/check")
    look(page)
    page.goto(f"http://127.0.0.1:{portal.port}/v/khong-co")
    look(page)

    assert page.goto(f"http://127.0.0.1:{portal.port}/v/cho-mau").ok
    assert page.locator("html").get_attribute("lang") == locale[:2]
    assert found == []


def test_nothing_of_a_visitor_is_left_where_a_page_could_read_it(portal, new_page):
    page = new_page(script=True)

    declare(portal, page, remember=True)

    assert page.evaluate("() => document.cookie") == ""
    assert page.evaluate("() => localStorage.length + sessionStorage.length") == 0
