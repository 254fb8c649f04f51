"""What the pages of cases and of the audit refuse, whatever a browser sends."""

import io
from datetime import date

import pytest

from collector.access.roles import Role
from collector.cases.port import Period, Release

PERIOD = Period(date(2026, 11, 11), date(2026, 11, 24))
REASON = "tìm người ở chợ cùng lúc"


@pytest.fixture
def asked(office):
    """Two officers, and the request of the first."""
    an, binh = (office.session(Role.OFFICER, f"{name}.mau") for name in ("an", "binh"))
    case = office.cases.open("Ca ở chợ Mẫu", REASON, PERIOD, "an.mau", office.now)
    release = Release("0" * 16, case.id, "an.mau", office.now, REASON, 1, (7,), ())
    office.cases.ask(release)
    return an, binh, release


def send(office, who, path: str, **fields):
    return office.client(who).post(path, data={"csrf": who.csrf, **fields})


def test_nobody_approves_what_he_has_asked_for_whatever_he_sends(office, asked) -> None:
    an, _, release = asked

    told = send(office, an, f"/releases/{release.id}/approve")

    assert told.status_code == 409
    assert office.cases.release(release.id).approvals == ()
    assert list(office.audit.all()) == []


@pytest.mark.parametrize("act", ["approve", "refuse"])
def test_an_approval_without_the_token_of_this_session_counts_for_nothing(
    office, asked, act
) -> None:
    an, binh, release = asked

    for token in ("", an.csrf):
        path = f"/releases/{release.id}/{act}"
        assert office.client(binh).post(path, data={"csrf": token}).status_code == 403

    assert office.cases.release(release.id).state == "asked"
    assert list(office.audit.all()) == []


def test_a_bundle_is_not_had_by_asking_for_it(office, asked) -> None:
    an, binh, release = asked
    path = f"/releases/{release.id}/bundle"

    assert send(office, an, path).status_code == 409
    send(office, binh, f"/releases/{release.id}/approve")
    assert send(office, binh, path).status_code == 409
    assert office.client(an).get(path).status_code == 405

    taken = send(office, an, path)
    assert taken.status_code == 200
    assert taken.headers["Content-Disposition"].startswith("attachment")
    assert taken.headers["Cache-Control"] == "no-store"
    acts = [(each.actor, each.act) for each in office.audit.all()]
    assert acts == [("binh.mau", "release_approved"), ("an.mau", "contacts_released")]


@pytest.mark.parametrize("payload", [b"", b"{}", b"[" * 5000, b"\x00" * 4097])
def test_a_file_that_is_no_record_is_refused_and_said(office, asked, payload) -> None:
    an, _, release = asked
    office.cases.approve(release.id, "binh.mau", office.now)
    office.cases.made(release.id, 0, office.now)

    file = (io.BytesIO(payload), "x.opened.json")
    told = send(office, an, f"/releases/{release.id}/opening", record=file)

    assert told.status_code in (400, 409)
    assert office.cases.release(release.id).openings == ()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"people": "", "reason": REASON}, "ghi ít nhất một người"),
        ({"people": "7", "reason": ""}, "viết ít nhất 10 chữ"),
        ({"people": "7", "reason": "gọi 0900 000 000 ngay"}, "không ghi số giấy tờ"),
        ({"people": "9" * 30, "reason": REASON}, "dòng 1: không phải số người"),
        ({"people": "7\n" * 2001, "reason": REASON}, "nhiều nhất 2000 dòng"),
    ],
)
def test_a_request_that_says_too_little_or_too_much_is_not_made(
    office, asked, fields, said
) -> None:
    an, _, release = asked

    told = send(office, an, f"/cases/{release.case}/releases", **fields)

    assert told.status_code == 400
    assert said in told.text
    assert len(office.cases.releases(release.case)) == 1


def test_a_reason_is_never_read_as_html_on_the_case_or_in_the_audit(office, asked) -> None:
    an, _, release = asked
    evil = "<script>alert(1)</script>"

    send(office, an, f"/cases/{release.case}/releases", people="7", reason=evil)

    for path in (f"/cases/{release.case}", "/audit"):
        page = office.client(an).get(path).text
        assert evil not in page
        assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize(
    "query", ["day=nay", "before=x", "before=99999999999999999999", "act=%27%3B--"]
)
def test_the_audit_bears_whatever_stands_in_its_address(office, query) -> None:
    who = office.session(Role.ADMINISTRATOR)
    office.audit.note("an.mau", "case_opened", {})

    assert office.client(who).get(f"/audit?{query}").status_code == 200


def test_the_audit_is_read_page_by_page(office) -> None:
    who = office.session(Role.ADMINISTRATOR)
    for number in range(51):
        office.audit.note("an.mau", "trace_asked", {"people": str(number)})
    client = office.client(who)

    first = client.get("/audit").text
    assert "before=2" in first
    assert client.get("/audit?before=2").text.count("<tr>") == 2


def test_an_audit_that_cannot_be_read_or_written_is_said_and_nothing_is_done(office, asked) -> None:
    _, binh, release = asked
    (office.folder / "audit.db").write_bytes(b"no database" * 1000)

    assert office.client(binh).get("/audit").status_code == 503
    assert send(office, binh, f"/releases/{release.id}/approve").status_code == 409
    assert office.cases.release(release.id).approvals == ()
