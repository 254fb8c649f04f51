"""A case in, its contacts out, on the pages: what is asked, answered, exported and noted."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from collector.access.roles import Role
from collector.errors import CollectorError
from collector.ledger.port import Batch, Link, Taken
from collector.tracing.index import Index
from collector.tracing.keeper import StayKeeper
from collector.tracing.traces import Traces
from collector.tracing.venues import RegisteredPlaces
from kiosk.wire.events import decode
from tests.collector.conftest import Store, in_both, store_of

CASE, FRIEND = "084000000017", "084000000025"
MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # 8:00 there


def people_of(connection, events):
    find = "SELECT pseudonym FROM person_key WHERE event = ?"
    return {key: connection.execute(find, [key]).fetchone()[0][-1] for key in events}


@pytest.fixture(params=["sqlite"])
def store(request, tmp_path) -> Store:
    """A file; with `in_both` the other one too."""
    return store_of(request, tmp_path)


@pytest.fixture
def office_store(store):
    return store


@pytest.fixture
def scanned(office, make_event) -> Iterator[Callable[..., None]]:
    """`scanned(person, minute, "out")` at the market, minutes after eight."""
    keeper = StayKeeper(people_of, RegisteredPlaces(office.registry), office.store.stays)
    ledger = office.store.ledger(keeper)
    ledger.open()
    numbers = iter(range(1, 10_000))

    def scan(person: int, minute: int, way: str = "in") -> None:
        seq = next(numbers)
        at = (MORNING + timedelta(minutes=minute)).isoformat().replace("+00:00", "Z")
        data = {"verdict": "accepted", "reason": "pass", "direction": way, "code": "cccd"}
        payload = make_event(seq, kiosk="cho-mau-1", at=at, data=data, boottime=str(seq * 10**9))
        event = decode(payload, "cho-mau-1")
        taken = Taken(event, payload, Link.OPENED, [bytes(15) + bytes([person])], payload)
        ledger.commit(Batch(events=[taken]), office.now)

    yield scan
    ledger.close()


@pytest.fixture
def officer(office):
    who = office.session(Role.OFFICER)
    client = office.client(who)

    def post(path: str, **form: str):
        return client.post(path, data={"csrf": who.csrf, **form})

    client.send = post
    return client


@pytest.fixture
def traced(office, officer, scanned) -> str:
    """The address of an answer: the case was there with eleven others."""
    office.people = {CASE: 1, FRIEND: 2}
    scanned(1, 0)
    scanned(2, 5)
    scanned(2, 25, "out")
    for person in range(3, 13):
        scanned(person, 40 + person)
    response = officer.send("/trace", people=CASE, days="14", until="24/11/2026")
    assert response.status_code == 303
    return response.location


@in_both
def test_an_answer_ranks_f1_and_says_how_each_end_is_known(officer, traced) -> None:
    page = officer.get(traced).text
    rows = re.findall(r'<th scope="row">(F1-\d+)</th><td class="number">(\d+)</td>', page)
    assert rows[0] == ("F1-2", "20")
    # the market's stay is 45 minutes: who came at 43 and 44 met the case
    assert {name for name, _ in rows} == {"F1-2", "F1-3", "F1-4"}
    assert "Chợ Mẫu" in page
    assert "ước theo loại cơ sở" in page
    assert "quét khi ra" in page


def test_nothing_that_was_typed_stands_in_an_address_a_page_or_the_audit(
    office, officer, traced
) -> None:
    assert CASE not in traced
    assert CASE not in officer.get(traced).text
    assert CASE not in str(office.noted)
    assert ("officer.mau", "trace_asked") in [each[:2] for each in office.noted]


def test_an_unknown_case_is_told_with_what_was_looked_for(officer, scanned) -> None:
    scanned(2, 0)
    page = officer.send("/trace", people="084000000099", days="21", until="24/11/2026").text
    assert "Không thấy người này ở đâu" in page
    assert "…099" in page
    assert "04/11/2026" in page
    assert "084000000099" not in page


def test_a_case_known_but_not_in_these_days_is_told_too(office, officer, scanned) -> None:
    office.people = {CASE: 1}
    scanned(1, 0)
    page = officer.send("/trace", people=CASE, days="14", until="01/11/2026").text
    assert "Không thấy người này ở đâu" in page


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"people": "12345", "until": "24/11/2026"}, "dòng 1"),
        ({"people": "", "until": "24/11/2026"}, "ít nhất một số"),
        ({"people": CASE, "until": "31/12/2026"}, "không sau hôm nay"),
        ({"people": CASE, "until": "soon"}, "28/11/2026"),
    ],
)
def test_what_cannot_be_asked_is_told_and_nothing_is_lost(officer, office, form, said) -> None:
    response = officer.send("/trace", days="14", **form)
    assert response.status_code == 400
    assert said in response.text
    assert form["people"] in response.text
    assert office.noted == []


def test_an_answer_is_for_whoever_asked_and_for_an_hour(office, officer, traced) -> None:
    other = office.client(office.session(Role.OFFICER, "khac.mau"))
    assert other.get(traced).status_code == 404
    assert officer.get(traced).status_code == 200
    office.now += timedelta(hours=1, minutes=1)
    late = office.client(office.session(Role.OFFICER, "tre.mau"))
    assert late.get(traced).status_code == 404
    assert officer.get(traced).status_code == 302  # signed out by then


def test_f1_goes_out_as_csv_with_every_meeting_and_is_noted(office, officer, traced) -> None:
    response = officer.get(f"{traced}/f1.csv")
    rows = list(csv.reader(io.StringIO(response.get_data(as_text=True).lstrip("\ufeff"))))
    assert rows[0][1] == "Số người / Person"
    assert rows[1][:7] == ["1", "2", "20", "0", "1", "23/11/2026 08:05:00", "Chợ Mẫu"]
    assert len(rows) == 4
    assert office.noted[-1] == ("officer.mau", "first_exported", {"size": "3"})


@in_both
def test_f2_is_a_size_first_and_a_list_only_for_a_reason(office, officer, traced) -> None:
    with Traces(office.store.reader) as traces, traces.snapshot():
        office.index = Index(traces.stays())
    terms = {"least_min": "15", "cap": "500"}

    page = officer.send(f"{traced}/second", **terms).text
    size = int(re.search(r"<p><b>(\d+)</b>", page)[1])
    refused = officer.send(f"{traced}/f2.csv", reason="vì", **terms)
    given = officer.send(f"{traced}/f2.csv", reason="điều tra ổ dịch ở chợ", **terms)

    assert size == 8  # those who came later, while an F1 was still there
    assert "không nói ai bị lây" in page
    assert refused.status_code == 400
    rows = list(csv.reader(io.StringIO(given.get_data(as_text=True))))
    assert len(rows) == 9
    assert office.noted[-1] == (
        "officer.mau",
        "second_exported",
        {"size": "8", "reason": "điều tra ổ dịch ở chợ"},
    )


def test_what_cannot_be_noted_is_not_done(office, officer, traced) -> None:
    def full(*_: object) -> None:
        raise CollectorError("the audit cannot be written: make room on its disk")

    office.noted = type("Full", (list,), {"append": full})()
    response = officer.get(f"{traced}/f1.csv")
    assert response.status_code == 503
    assert "F1" not in response.text
    assert "make room" in response.text


def test_the_ledger_holds_no_more_than_numbers_of_people(office, traced) -> None:
    kept = office.store.sql("SELECT * FROM stay")
    assert kept
    assert all(isinstance(cell, int | None) for row in kept for cell in row)


@pytest.fixture
def kept(officer, traced) -> str:
    """The address of a case that was kept as it was seen."""
    as_of = re.search(r'name="as_of" value="(\d+)"', officer.get(traced).text)[1]
    said = {"title": "Chùm ca chợ Mẫu", "why": "phiếu điều tra số 7", "as_of": as_of}
    response = officer.send(f"{traced}/keep", **said)
    assert response.status_code == 303
    return response.location


def test_a_kept_case_is_open_to_other_officers_and_holds_no_identifier(
    office, officer, kept
) -> None:
    case = kept.rpartition("/")[2]
    assert office.cases.case(case).people == (1,)
    other = office.client(office.session(Role.OFFICER, "khac.mau"))
    page = other.get(kept).text
    assert "Chùm ca chợ Mẫu" in page
    assert "F1-2" in page
    assert "Không có gì thay đổi" in page
    assert case in officer.get("/trace").text
    assert [act for _, act, _ in office.noted][-1] == "case_opened"


def test_what_is_kept_needs_a_title_and_a_reason_without_numbers(officer, traced) -> None:
    said = {"title": f"ca {CASE}", "why": "vì", "as_of": "1"}
    response = officer.send(f"{traced}/keep", **said)
    assert response.status_code == 400
    assert response.text.count('class="fault"') == 2


@in_both
def test_a_case_says_what_late_events_changed_until_somebody_has_seen_it(
    officer, kept, scanned
) -> None:
    scanned(20, 10)
    scanned(3, 44, "out")
    page = officer.get(kept).text
    assert re.search(r"F1 20: mới.*35", page)
    assert re.search(r"F1 3: 2 → 1", page)

    as_of = re.search(r'name="as_of" value="(\d+)"', page)[1]
    officer.send(f"{kept}/seen", as_of=as_of)

    assert "Không có gì thay đổi" in officer.get(kept).text


def test_a_case_can_be_amended_and_closed(office, officer, kept) -> None:
    office.people["084000000033"] = 4
    refused = officer.send(f"{kept}/people", people="084000000099")
    officer.send(f"{kept}/people", people="084000000033")
    assert refused.status_code == 400
    assert "chưa thấy ai" in refused.text
    case = office.cases.case(kept.rpartition("/")[2])
    assert case.people == (1, 4)
    assert "F1-4" not in officer.get(kept).text

    officer.send(f"{kept}/close")

    assert office.cases.case(case.id).closed_at is not None
    page = officer.get(kept).text
    assert "Đóng hồ sơ" not in page
    assert officer.send(f"{kept}/people", people="084000000033").status_code == 503
    assert [act for _, act, _ in office.noted if act.startswith("case")] == [
        *("case_opened", "case_amended", "case_amended", "case_closed"),
        "case_amended",
    ]
