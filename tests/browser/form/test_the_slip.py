"""The Pass on paper, by touch: printed, or told why not, without a new page."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.credentials.health_pass import issue

pytestmark = pytest.mark.browser

UNTIL = datetime(2026, 11, 25, 1, 15, tzinfo=UTC)
PASS = issue(
    Ed25519PrivateKey.generate(),
    pass_id=bytes(16),
    name="Thạch Thị Mẫu",
    not_before=UNTIL - timedelta(hours=24),
    not_after=UNTIL,
    policy_version=1,
)


@dataclass
class Slip:
    state: str = "printing"


@dataclass
class SlowPrinter:
    automatic = False
    is_offered = True
    slips: list = field(default_factory=list)

    def print_pass(self, code, until):
        self.slips.append(Slip())
        return self.slips[-1]


@pytest.fixture
def printer():
    return SlowPrinter()


@pytest.fixture
def finger(make_door, new_finger, printer):
    door = make_door(slips=printer)
    finger = new_finger(door)
    door.show("idle")
    sent = door.drafts.start(None)
    sent.language = "en"
    left = door.drafts.finish(sent, PASS, UNTIL)
    finger.page.goto(f"{door.url}form/{left.token}/pass")
    return finger


def test_a_touch_prints_and_the_page_says_when_to_take_it(finger, printer):
    finger.tap(".print")
    finger.page.wait_for_selector("text=Your slip is being printed")

    printer.slips[0].state = "printed"

    finger.page.wait_for_selector("text=Please take your slip")
    assert not finger.page.get_by_text("Your slip is being printed").is_visible()
    assert finger.page.locator(".print").count() == 0
    assert finger.page.complaints == []


def test_a_slip_that_fails_leaves_the_photograph_and_the_staff(finger, printer):
    finger.tap(".print")
    finger.page.wait_for_selector("text=Your slip is being printed")

    printer.slips[0].state = "out_of_paper"

    finger.page.wait_for_selector("text=No slip: photograph the code or call staff")
    assert finger.page.locator(".qr svg").is_visible()
    assert finger.page.locator("[data-call-staff]").is_visible()


def test_a_slip_can_be_asked_for_again_once_staff_have_put_in_a_roll(finger, printer):
    finger.tap(".print")
    finger.page.wait_for_selector("text=Your slip is being printed")
    printer.slips[0].state = "out_of_paper"
    finger.page.wait_for_selector("text=No slip: photograph the code or call staff")

    finger.tap(".print")
    finger.page.wait_for_selector("text=Your slip is being printed")
    printer.slips[1].state = "printed"

    finger.page.wait_for_selector("text=Please take your slip")
