"""The page in a real browser: it moves by itself, says when it does not, and breaks no rule of its own policy."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector.inbox.sorting import sort
from collector.ledger.sqlite_answers import SqliteAnswers
from collector.ledger.sqlite_ledger import SqliteLedger
from collector.office.app import create_office_app
from kiosk.web.safety.web_server import WebServer

pytestmark = pytest.mark.browser

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
LIMIT_MS = 10_000


class Office:
    """A served page over a ledger in a file."""

    def __init__(self, path: Path) -> None:
        self.ledger = SqliteLedger(path)
        self.ledger.open()
        self.inbox = "connected"
        self._app = create_office_app(SqliteAnswers(path), lambda: self.inbox, now=lambda: NOW)
        self.serve(0)

    def serve(self, port: int) -> None:
        self.server = WebServer("office", self._app, ("127.0.0.1", port))
        self.server.open()
        self.port = self.server.port

    def take(self, *payloads: bytes) -> None:
        self.ledger.commit(sort([("entrance/v1/cho-1/event", each) for each in payloads]), NOW)

    def close(self) -> None:
        self.server.close()
        self.ledger.close()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path / "ledger.db")
    yield office
    office.close()


@pytest.fixture
def page(office: Office, chromium):
    """The page as an officer has it open; fails when the browser complained of anything."""
    page = chromium.new_page(viewport={"width": 1360, "height": 900})
    page.set_default_timeout(LIMIT_MS)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"http://127.0.0.1:{office.port}/")
    yield page
    page.close()
    # the one complaint a test provokes is that nobody answers
    assert [text for text in complaints if "ERR_CONNECTION_REFUSED" not in text] == []


def test_a_visit_appears_by_itself_and_is_marked_as_new(office: Office, page, make_event) -> None:
    page.get_by_text("Chưa có lượt nào").wait_for()

    office.take(make_event(1, verdict="missing"))

    page.locator("tr.new", has_text="Chưa khai báo").wait_for()
    assert page.locator(".total.missing b").inner_text() == "1"


def test_a_broker_that_is_lost_is_said_by_itself(office: Office, page) -> None:
    page.locator(".state.good").wait_for()

    office.inbox = "broker_absent"

    page.locator(".state.bad", has_text="Không liên lạc được máy chủ tin").wait_for()


def test_figures_that_no_longer_move_are_said_to_be_old_until_they_move_again(
    office: Office, page, make_event
) -> None:
    stale = page.locator(".stale")
    stale.wait_for(state="hidden")

    office.server.close()
    stale.wait_for(state="visible")
    assert not page.locator(".state").is_visible()

    office.take(make_event(1))
    office.serve(office.port)

    stale.wait_for(state="hidden")
    page.locator("tr.new").first.wait_for()


@pytest.mark.parametrize("width", [1360, 800, 380])
def test_the_page_itself_never_scrolls_sideways(office: Office, page, make_event, width) -> None:
    office.take(make_event(1), make_event(9))
    page.locator("tr.new").first.wait_for()

    page.set_viewport_size({"width": width, "height": 800})

    too_wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not page.evaluate(too_wide)
