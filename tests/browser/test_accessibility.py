"""axe-core finds nothing on any page. It is injected, so these runs set the page's own policy aside; that the policy
holds is asserted by the others."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.credentials.health_pass import issue
from kiosk.simulation.touch import ANSWERS
from kiosk.web.bench import create_bench_app
from kiosk.web.screen import words
from kiosk.web.server import PageServer

# one language by default, the others with -m long
LANGUAGES = ["vi", *(pytest.param(name, marks=pytest.mark.long) for name in ("km", "en"))]

pytestmark = pytest.mark.browser

PASS_UNTIL = datetime(2026, 11, 25, 1, 15, tzinfo=UTC)
PASS = issue(
    Ed25519PrivateKey.generate(),
    pass_id=bytes(16),
    name="Thạch Thị Mẫu",
    not_before=PASS_UNTIL - timedelta(hours=24),
    not_after=PASS_UNTIL,
    policy_version=1,
)


class PlainBench:
    def visitors(self):
        return [("card", "Thạch Thị Mẫu")]

    def pins(self):
        return {"green": True, "amber": False, "red": False, "buzzer": False}

    def links(self):
        return {"Staff page": "/staff"}


@pytest.fixture
def page(kiosk, new_page):
    kiosk.show("idle")
    page = new_page(bypass_csp=True)
    page.goto(kiosk.url)
    page.wait_for_selector('body[data-screen="idle"]')
    return page


def test_no_state_of_the_screen_is_faulted(kiosk, page, findings):
    found = {}
    for screen, reason in (
        ("idle", ""),
        ("reading", "too_far"),
        ("accepted", ""),
        ("already_recorded", ""),
        ("missing", ""),
        ("refer", ""),
        ("invalid", ""),
        *(("not_personal", reason) for reason in words.NOT_PERSONAL),
        ("goodbye", ""),
        ("fault", "camera"),
    ):
        kiosk.show(screen, reason)
        page.wait_for_selector(f'body[data-screen="{screen}"][data-reason="{reason}"]')
        if faults := findings(page):
            found[screen, reason] = faults

    assert found == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_of_the_form_is_faulted(kiosk, page, findings, language):
    token = page.get_attribute('meta[name="csrf"]', "content")

    def post(address, **fields):
        answer = page.request.post(
            address,
            form={**fields, "csrf": token},
            headers={"Origin": kiosk.url.rstrip("/")},
            max_redirects=0,
        )
        return kiosk.url.rstrip("/") + answer.headers["location"]

    address = post(post(kiosk.url + "form", seq="0"), action=language)
    found = {}
    for _ in range(20):
        name = address.rpartition("/")[2]
        page.goto(address)
        if faults := findings(page):
            found[name] = faults
        if name not in ANSWERS:
            break
        address = post(address, **ANSWERS[name])

    assert name == "check"
    assert found == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_end_of_the_form_is_faulted(kiosk, page, findings, language):
    found = {}
    for state in ("", "printing", "printed", "out_of_paper", "done"):
        draft = kiosk.drafts.start(None)
        draft.language = language
        left = kiosk.drafts.finish(draft, "" if state == "done" else PASS, PASS_UNTIL)
        if state not in ("", "done"):
            left.slip = kiosk.printer.print_pass(PASS, PASS_UNTIL)
            left.slip.state = state
        page.goto(f"{kiosk.url}form/{left.token}/{'done' if state == 'done' else 'pass'}")
        if faults := findings(page):
            found[state] = faults

    assert found == {}


def test_the_staff_page_is_not_faulted(kiosk, page, findings):
    page.goto(kiosk.url + "staff")
    page.wait_for_selector('.state[data-state="ok"]')

    assert findings(page) == []


def test_the_bench_page_is_not_faulted(kiosk, page, findings):
    with PageServer(create_bench_app(kiosk.feed, PlainBench()), 0) as server:
        page.goto(f"http://127.0.0.1:{server.port}/")
        page.wait_for_selector('[data-shown="idle"]')

        found = findings(page)

    assert found == []
