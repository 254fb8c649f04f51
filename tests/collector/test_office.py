from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from collector.inbox.inbox import State
from collector.inbox.sorting import sort
from collector.ledger.sqlite_answers import SqliteAnswers
from collector.ledger.sqlite_ledger import SqliteLedger
from collector.office.app import create_office_app
from collector.office.words import both
from kiosk.domain.declaration import Source
from kiosk.domain.identity import CodeKind
from kiosk.domain.verdict import Outcome
from kiosk.domain.visit import Direction

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


class Office:
    """The page over a ledger in a file, and what stands in it."""

    def __init__(self, path: Path) -> None:
        self.ledger = SqliteLedger(path)
        self.inbox = State.CONNECTED
        app = create_office_app(SqliteAnswers(path), lambda: self.inbox, now=lambda: NOW)
        self.client: FlaskClient = app.test_client()

    def take(self, *payloads: bytes, kiosk: str = "cho-1", channel: str = "event") -> None:
        topic = f"entrance/v1/{kiosk}/{channel}"
        self.ledger.commit(sort([(topic, payload) for payload in payloads]), NOW)

    def page(self) -> str:
        response = self.client.get("/")
        assert response.status_code == 200
        return response.text


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path / "ledger.db")
    office.ledger.open()
    yield office
    office.ledger.close()


def test_a_visit_is_on_the_page_as_people_here_write_it(office: Office, make_event) -> None:
    office.take(make_event(1, verdict="missing", at="2026-11-23T18:30:00Z"))

    page = office.page()

    assert "24/11/2026 01:30:00" in page
    assert "Chưa khai báo" in page
    assert "CCCD gắn chip" in page
    assert "cho-1" in page


def test_vietnamese_comes_first_and_english_is_marked_as_such(office: Office) -> None:
    page = office.page()

    assert '<html lang="vi">' in page
    assert 'Thiết bị <span lang="en">Kiosks</span>' in page


def test_a_kiosk_shows_what_is_missing_and_what_was_set_aside(office: Office, make_event) -> None:
    office.take(make_event(1), make_event(5), b"no message")

    page = office.page()

    assert '<td class="number bad">3</td>' in page  # gaps
    assert '<td class="number bad">1</td>' in page  # quarantine


def test_only_the_visits_of_today_are_counted_as_todays(office: Office, make_event) -> None:
    office.take(make_event(1, at="2026-11-23T16:59:59Z"), make_event(2), make_event(3))

    assert '<div class="total accepted">\n    <b>2</b>' in office.page()


def test_a_verdict_of_a_newer_kiosk_is_shown_as_it_is(office: Office, make_event) -> None:
    office.take(make_event(1, verdict="quarantined_at_door"))

    assert "quarantined_at_door" in office.page()


@pytest.mark.parametrize("state", list(State))
def test_the_state_of_the_inbox_is_told_in_words(office: Office, state: State) -> None:
    office.inbox = state

    words = both(state, "inbox")

    assert words.vi != words.en
    assert words.vi in office.page()
    assert ("state good" in office.page()) == (state is State.CONNECTED)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("verdict", [Outcome.ACCEPTED, Outcome.MISSING, Outcome.REFER]),
        ("direction", list(Direction)),
        ("code", list(CodeKind)),
        ("reason", [*Source, "exit", "none", "expired", "incomplete", "from_the_future"]),
        ("reason", ["declared_risk"]),
    ],
)
def test_every_word_a_kiosk_of_today_can_send_is_known_in_both_languages(kind, words) -> None:
    unknown = [str(word) for word in words if both(word, kind).vi == word]

    assert unknown == []


def test_what_stands_in_an_event_cannot_become_part_of_the_page(office: Office, make_event) -> None:
    data = {"verdict": "accepted", "reason": "pass", "direction": "in", "code": "cccd"}
    office.take(make_event(1, data={**data, "note": "<script>alert(1)</script>"}), b"<script>")

    assert "alert(1)" not in office.page()


def test_the_page_loads_nothing_from_elsewhere_and_runs_nothing_inline(office: Office) -> None:
    response = office.client.get("/")

    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "style=" not in response.text
    assert "<script>" not in response.text
    assert "http://" not in response.text.replace("http://www.w3.org/2000/svg", "")
    assert response.headers["Cache-Control"] == "no-store"


def test_the_moving_part_is_sent_again_only_when_something_moved(
    office: Office, make_event
) -> None:
    first = office.client.get("/live")
    etag = {"If-None-Match": first.headers["ETag"]}
    assert office.client.get("/live", headers=etag).status_code == 304

    office.take(make_event(1))

    assert office.client.get("/live", headers=etag).status_code == 200


def test_without_a_ledger_the_page_says_so(tmp_path: Path) -> None:
    office = Office(tmp_path / "none" / "ledger.db")

    for path in ("/", "/live"):
        response = office.client.get(path)
        assert response.status_code == 503
        assert "Không đọc được sổ" in response.text


def test_a_name_that_leads_here_from_elsewhere_is_refused(office: Office) -> None:
    assert office.client.get("/", headers={"Host": "evil.example"}).status_code == 400


def test_nothing_can_be_changed_here(office: Office) -> None:
    for path in ("/", "/live"):
        assert office.client.post(path).status_code in (403, 405)
