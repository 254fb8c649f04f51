"""The Pass on paper: asked for by a touch, or given to everybody; and what the page says when there is no slip."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.credentials.health_pass import issue
from kiosk.web.feed import Feed
from kiosk.web.form import Drafts, create_form
from kiosk.web.screen import create_screen_app
from kiosk.web.settings import PageSettings

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
class SmallPrinter:
    """Takes every slip; the test says what becomes of it."""

    automatic: bool = False
    is_offered: bool = True
    printed: list = field(default_factory=list)
    slips: list = field(default_factory=list)

    def print_pass(self, code, until):
        self.printed.append((code, until))
        self.slips.append(Slip())
        return self.slips[-1]


class Clock:
    now_s = 0.0

    def __call__(self):
        return self.now_s


class Visitor:
    """Stands before the pass that a finished form has left."""

    def __init__(self, printer, entrance, code=PASS):
        self.clock = Clock()
        self.drafts = Drafts(self.clock, idle_s=60.0, warning_s=20.0)
        form = create_form(entrance, self.drafts, PageSettings(), slips=printer)
        app = create_screen_app(Feed(), entrance, PageSettings(), form)
        self._client = app.test_client()
        self._token = app.jinja_env.globals["csrf_token"]
        sent = self.drafts.start(None)
        sent.language = "en"
        self.left = self.drafts.finish(sent, code, UNTIL)

    def reads(self):
        return self._client.get(f"/form/{self.left.token}/pass").text

    def touches_print(self):
        return self._client.post(f"/form/{self.left.token}/print", data={"csrf": self._token})

    def slip(self):
        return self._client.get(f"/form/{self.left.token}/slip.json")


@pytest.fixture
def printer():
    return SmallPrinter()


@pytest.fixture
def visitor(printer, entrance):
    return Visitor(printer, entrance)


def test_a_visitor_is_asked_whether_they_want_the_pass_on_paper(visitor, printer):
    assert "Print" in visitor.reads()
    assert printer.printed == []

    answer = visitor.touches_print()

    assert answer.headers["Location"] == f"/form/{visitor.left.token}/pass"
    assert printer.printed == [(PASS, UNTIL)]
    page = visitor.reads()
    assert 'data-slip="printing"' in page
    assert "/print" not in page


def test_a_doubled_tap_is_one_slip(visitor, printer):
    for _ in range(3):
        visitor.touches_print()
    printer.slips[0].state = "printed"
    visitor.touches_print()

    assert len(printer.printed) == 1


def test_a_slip_that_failed_may_be_asked_for_again(visitor, printer):
    visitor.touches_print()
    printer.slips[0].state = "out_of_paper"

    assert "/print" in visitor.reads()
    visitor.touches_print()

    assert len(printer.printed) == 2


def test_the_page_learns_what_became_of_the_slip(visitor, printer):
    assert visitor.slip().status_code == 410
    visitor.touches_print()
    assert visitor.slip().json == {"state": "printing"}

    printer.slips[0].state = "out_of_paper"

    assert visitor.slip().json == {"state": "out_of_paper"}
    assert "No slip: photograph the code or call staff" in visitor.reads()


def test_a_page_that_asks_by_itself_keeps_no_pass_alive(visitor):
    visitor.touches_print()
    for _ in range(10):
        visitor.clock.now_s += 10.0
        last = visitor.slip()

    assert last.status_code == 410
    assert len(visitor.drafts) == 0


@pytest.mark.parametrize("there", [None, SmallPrinter(is_offered=False)])
def test_without_a_printer_nobody_is_offered_a_slip(entrance, there):
    visitor = Visitor(there, entrance)

    assert "/print" not in visitor.reads()


def test_without_a_pass_there_is_nothing_to_print(entrance, printer):
    visitor = Visitor(printer, entrance, code="")

    visitor.touches_print()

    assert printer.printed == []


def test_a_form_that_is_not_finished_prints_nothing(visitor, printer, entrance):
    visitor.left = visitor.drafts.start(None)

    visitor.touches_print()

    assert printer.printed == []
