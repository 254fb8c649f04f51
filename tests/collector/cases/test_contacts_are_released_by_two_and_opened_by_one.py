"""From the request to the open contact: who may, what stands in the bundle, what is said of what does not open."""

import csv
import io
import json
import stat
from datetime import timedelta

import pytest

from collector import keys
from collector.audit.sqlite_audit import AuditLog
from collector.cases import bundle as bundles
from collector.cases import opened, opening
from collector.cases.port import CasesError, NotUnwrapped, ReleaseState
from collector.cli import main
from collector.errors import CollectorError
from tests.collector.conftest import in_both

NAME, PHONE = "Thạch Thị Mẫu", "0900000000"
HOA = {"name": NAME, "birth": "1960", "sex": "female", "phone": PHONE, "answers": {"fever": "no"}}
REASON = "gọi người cùng chuyến chợ"
PASSPHRASE = "a dozen lotus ponds"


def released(province, desk, *, people=(7,), events=(), approvers=("binh.mau",)) -> bytes:
    """The bundle that an.mau takes."""
    request = desk.ask("an.mau", province.case(), REASON, people, events)
    for approver in approvers:
        desk.approve(approver, request.id)
    return desk.bundle("an.mau", request.id)


def parsed(province, payload: bytes) -> bundles.Bundle:
    return bundles.parse(payload, bundles.office_key(province.folder / "release.pub"))


# ---- who may


@pytest.mark.parametrize(("needs", "approvers"), [(1, ["binh.mau"]), (2, ["binh.mau", "chi.mau"])])
def test_it_is_released_when_as_many_others_as_the_policy_says_have_approved(
    province, needs, approvers
) -> None:
    desk = province.desk(needs)
    request = desk.ask("an.mau", province.case(), REASON, [7], [])

    for approver in approvers:
        with pytest.raises(CasesError, match="not approved"):
            desk.bundle("an.mau", request.id)
        desk.approve(approver, request.id)

    assert parsed(province, desk.bundle("an.mau", request.id)).approved_by == tuple(approvers)


def test_whoever_asks_does_not_approve_and_nobody_approves_twice(province) -> None:
    desk = province.desk(2)
    request = desk.ask("an.mau", province.case(), REASON, [7], [])

    with pytest.raises(CasesError, match="whoever has asked"):
        desk.approve("an.mau", request.id)
    desk.approve("binh.mau", request.id)
    with pytest.raises(CasesError, match="approved it"):
        desk.approve("binh.mau", request.id)

    assert province.cases.release(request.id).state is ReleaseState.ASKED
    assert province.acts() == ["case_opened", "release_asked", "release_approved"]


def test_the_store_itself_lets_nobody_approve_what_he_has_asked_for(province) -> None:
    request = province.desk().ask("an.mau", province.case(), REASON, [7], [])

    with pytest.raises(CasesError):
        province.cases.approve(request.id, "an.mau", province.now)


def test_what_is_refused_stays_refused(province) -> None:
    desk = province.desk()
    request = desk.ask("an.mau", province.case(), REASON, [7], [])

    desk.refuse("binh.mau", request.id)

    for act in (desk.approve, desk.refuse):
        with pytest.raises(CasesError, match="decided already"):
            act("chi.mau", request.id)
    with pytest.raises(CasesError, match="not approved"):
        desk.bundle("an.mau", request.id)


def test_only_whoever_has_asked_takes_the_bundle_and_only_while_the_case_is_open(province) -> None:
    desk = province.desk()
    request = desk.ask("an.mau", province.case(), REASON, [7], [])
    desk.approve("binh.mau", request.id)

    with pytest.raises(CasesError, match="whoever has asked"):
        desk.bundle("binh.mau", request.id)
    desk.close("binh.mau", request.case)
    with pytest.raises(CasesError, match="closed"):
        desk.bundle("an.mau", request.id)
    with pytest.raises(CasesError, match="closed"):
        desk.ask("an.mau", province.cases.case(request.case), REASON, [7], [])


def test_where_the_audit_cannot_be_written_nothing_is_done(province) -> None:
    def full(actor, act, about) -> None:
        raise CollectorError("the audit cannot be written")

    request = province.desk().ask("an.mau", province.case(), REASON, [7], [])
    desk = province.desk(note=full)

    for act in (
        lambda: desk.open("an.mau", "Ca khác ở chợ", REASON, province.cases.cases()[0].period),
        lambda: desk.ask("an.mau", province.cases.case(request.case), REASON, [7], []),
        lambda: desk.approve("binh.mau", request.id),
        lambda: desk.refuse("binh.mau", request.id),
        lambda: desk.close("binh.mau", request.case),
    ):
        with pytest.raises(CollectorError, match="audit"):
            act()
    assert len(province.cases.cases()) == 1
    assert [each.state for each in province.cases.releases(request.case)] == ["asked"]
    province.desk().approve("binh.mau", request.id)
    with pytest.raises(CollectorError, match="audit"):
        desk.bundle("an.mau", request.id)
    assert province.cases.release(request.id).made_at is None


# ---- what is in it


@in_both
def test_a_bundle_holds_what_this_person_left_in_the_period_and_nobody_elses(province) -> None:
    mine = [province.visit(7, HOA), province.declaration(7, HOA)]
    province.visit(8, {"name": "Người Khác"})
    province.visit(7, HOA, at="2026-11-01T01:00:00Z")
    province.visit(7, None)

    bundle = parsed(province, released(province, province.desk()))

    assert {each.context.event_id for each in bundle.contacts} == set(mine)
    assert {each.person for each in bundle.contacts} == {7}


@in_both
def test_what_somebody_left_under_another_paper_is_released_too_once_a_declaration_ties_them(
    province,
) -> None:
    mine = [province.visit(7, HOA), province.visit(8, HOA)]
    mine.append(province.declaration(7, 8, HOA))

    bundle = parsed(province, released(province, province.desk()))

    assert {each.context.event_id for each in bundle.contacts} == set(mine)


@in_both
def test_a_visit_by_the_papers_of_two_is_released_for_one_of_them_only(province) -> None:
    event = province.visit(7, 8, HOA)

    of_7 = parsed(province, released(province, province.desk(), people=(7,)))
    of_8 = parsed(province, released(province, province.desk(), people=(8,)))

    assert [each.context.event_id for each in of_7.contacts] == [event]
    assert of_8.contacts == ()


def test_a_single_event_is_released_by_its_id_even_of_nobody_who_is_known(province) -> None:
    event = province.visit(0, HOA)

    bundle = parsed(province, released(province, province.desk(), people=(), events=(event,)))

    assert [(each.context.event_id, each.person) for each in bundle.contacts] == [(event, None)]


def test_nothing_in_the_bundle_the_cases_or_the_audit_is_in_clear(province) -> None:
    province.visit(7, HOA)
    payload = released(province, province.desk())

    for each in [payload, *(file.read_bytes() for file in province.folder.glob("*.db*"))]:
        assert NAME.encode() not in each
        assert PHONE.encode() not in each


def test_what_cannot_be_unwrapped_stands_in_it_with_the_reason(province) -> None:
    def gone(held):
        raise NotUnwrapped("day_key_gone")

    province.visit(7, HOA)
    bundle = parsed(province, released(province, province.desk(unwrap=gone)))

    assert [(each.sealed, each.why) for each in bundle.contacts] == [(None, "day_key_gone")]


@pytest.mark.parametrize("where", ["title", "contact", "signature", "other office", "no bundle"])
def test_a_bundle_that_was_altered_or_is_of_another_office_is_refused(
    province, tmp_path, where
) -> None:
    province.visit(7, HOA)
    payload = released(province, province.desk())
    fields = json.loads(payload)
    if where == "title":
        fields["signed"] = fields["signed"].replace("chợ", "trường", 1)
    elif where == "contact":
        fields["signed"] = fields["signed"].replace('"seq": 10', '"seq": 11')
    elif where == "signature":
        fields["signature"] = fields["signature"][:-4] + "AAA="
    elif where == "other office":
        bundles.release_key(tmp_path / "other" / "release.key")
        (tmp_path / "other" / "release.pub").replace(tmp_path / "release.pub")
    forged = b"[]" if where == "no bundle" else json.dumps(fields).encode()

    with pytest.raises(bundles.BundleError):
        parsed(province, forged)


# ---- opening it


@pytest.fixture
def officer(province, monkeypatch):
    """The officer's own machine: the key, the office's public half, and a bundle."""
    monkeypatch.setenv("COLLECTOR_PASSPHRASE", PASSPHRASE)

    def carried(payload: bytes):
        (province.folder / "release.pub").replace(province.officer / "release.pub")
        path = province.officer / "ca.bundle"
        path.write_bytes(payload)
        return path

    return carried


def test_the_officer_opens_it_and_the_record_goes_back_to_the_audit(
    province, officer, capsys, tmp_path
) -> None:
    province.visit(7, HOA)
    path = officer(released(province, province.desk()))

    assert main(["open", str(path), "--key", str(province.key)]) == 0

    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("Số người / Person\tThời gian / Time\t")
    assert f"\t{NAME}\t1960\tnữ / female\t{PHONE}\t" in out[1]
    record = province.officer / "ca.bundle.opened.json"
    assert stat.S_IMODE(record.stat().st_mode) == 0o600
    assert NAME not in record.read_text()
    config = tmp_path / "collector.toml"
    config.write_text(
        f"[audit]\nfile = '{tmp_path}/audit.db'\n[cases]\nfile = '{tmp_path}/cases.db'\n"
    )
    assert main(["audit", "import", str(record), "--config", str(config)]) == 0
    newest = AuditLog(tmp_path / "audit.db").entries(limit=1)[0]
    assert (newest.act, newest.about["opened"], newest.about["unopened"]) == (
        *("contacts_opened", "1"),
        "0",
    )
    assert main(["audit", "import", str(record), "--config", str(config)]) == 1
    assert main(["audit", "check", "--config", str(config)]) == 0
    assert "known already" in capsys.readouterr().err


def test_a_csv_is_for_its_owner_alone_and_no_cell_of_it_runs(province, officer) -> None:
    evil = "=HYPERLINK(1)"
    province.visit(7, {**HOA, "name": evil, "phone": "+84900000000", "address": "x\r\n=1+1"})
    path = officer(released(province, province.desk()))
    out = province.officer / "f1.csv"

    assert main(["open", str(path), "--key", str(province.key), "--csv", str(out)]) == 0

    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    text = out.read_bytes().decode("utf-8-sig")
    heading, row = csv.reader(io.StringIO(text))
    assert heading[3] == "Họ tên / Name"
    assert row[3] == f"'{evil}"
    assert row[6] == "'+84900000000"
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)
    assert len(text.splitlines()) == 2


def test_what_does_not_open_is_said_with_the_reason(province, officer, capsys) -> None:
    keys.new(province.officer, keys.KeyKind.TRACING, province.now, PASSPHRASE.encode())
    other = max(province.officer.glob("tracing-*.pub"), key=lambda path: path.stat().st_mtime_ns)
    public = keys.serialization.load_pem_public_key(other.read_bytes())
    province.visit(7, HOA, key=keys.SealingKey(public, province.now + timedelta(days=1)))
    province.visit(7, b"not json")
    province.visit(7, HOA)
    path = officer(released(province, province.desk()))

    assert main(["open", str(path), "--key", str(province.key)]) == 0

    told = capsys.readouterr()
    assert "niêm phong cho khóa khác / sealed to another key" in told.out
    assert "không phải liên hệ / holds no contact" in told.out
    assert "1 opened, 2 not" in told.err


def test_a_contact_that_was_moved_to_another_event_does_not_open(province) -> None:
    province.visit(7, HOA)
    bundle = parsed(province, released(province, province.desk()))
    (one,) = bundle.contacts
    context = bundles.Context(one.context.event_id, "cho-2", one.context.stream, one.context.seq)
    moved = bundles.Bundle(
        *(bundle.release, bundle.case, bundle.title, bundle.reason, bundle.asked_by),
        *(bundle.approved_by, bundle.made_at),
        [bundles.Released(context, one.at, one.type, one.person, one.sealed)],
        bundle.digest,
    )
    key = opening.tracing_key(province.key, PASSPHRASE.encode())

    (found,) = opening.open_all(moved, key, province.now)

    assert (found.why, dict(found.known)) == ("not_opened", {})


def test_nothing_is_shown_with_the_wrong_passphrase_or_where_no_record_can_be_written(
    province, officer, capsys, monkeypatch
) -> None:
    province.visit(7, HOA)
    path = officer(released(province, province.desk()))
    record = province.officer / "ca.bundle.opened.json"

    monkeypatch.setenv("COLLECTOR_PASSPHRASE", "a dozen other ponds")
    assert main(["open", str(path), "--key", str(province.key)]) == 1
    assert not record.exists()
    monkeypatch.setenv("COLLECTOR_PASSPHRASE", PASSPHRASE)
    record.write_text("of an earlier opening")
    assert main(["open", str(path), "--key", str(province.key)]) == 1
    nowhere = "/proc/nowhere/record.json"
    assert main(["open", str(path), "--key", str(province.key), "--record", nowhere]) == 1

    told = capsys.readouterr()
    assert told.out == ""
    assert NAME not in told.err


def test_a_letter_that_a_terminal_would_obey_is_not_printed(province) -> None:
    province.visit(7, {**HOA, "name": "Mẫu\x1b[2J", "address": "a\tb"})
    key = opening.tracing_key(province.key, PASSPHRASE.encode())
    bundle = parsed(province, released(province, province.desk()))

    (contact,) = opening.open_all(bundle, key, province.now)

    assert opening.cells(contact)[3] == "Mẫu [2J"
    assert opening.cells(contact)[7] == "a b"


@pytest.mark.parametrize(
    "payload",
    [b"", b"[]", b"{}", b'{"opening": "x"}', b"\xff", b"[" * 5000],
)
def test_a_file_that_is_no_record_is_refused(payload) -> None:
    with pytest.raises(CasesError, match="no record"):
        opened.parse(payload)
