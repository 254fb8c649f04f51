"""`collector trace` with real parts: settings, ledger, registry, audit, and an inbox that answers at its socket."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector import cli, config
from collector.audit.sqlite_audit import AuditLog
from collector.followers import followers
from collector.inbox.people_socket import PeopleSocket
from collector.ledger.port import Batch, Link, Taken
from collector.ledger.stores import ledger_of
from collector.registry.shapes import (
    Organisation,
    OrganisationKind,
    RegisteredKiosk,
    Venue,
    VenueType,
)
from collector.registry.sqlite_registry import SqliteRegistry
from kiosk.privacy.pseudonym import pseudonym
from kiosk.wire.events import decode
from tests.collector.conftest import Store, in_both, store_of

KEY = bytes(32)
CASE, FRIEND = "084000000017", "084000000025"
TOML = """
[inbox]
people_socket = "people.sock"
[registry]
file = "registry.db"
[audit]
file = "audit.db"
[cases]
file = "cases.db"
"""


@pytest.fixture(params=["sqlite"])
def store(request, tmp_path) -> Store:
    """A file; with `in_both` the other one too."""
    return store_of(request, tmp_path)


@pytest.fixture
def site(tmp_path: Path, store, make_event) -> Iterator[Path]:
    """Yesterday at the market: the case for 45 minutes, a friend for 20 of them, and ten later visitors."""
    path = tmp_path / "collector.toml"
    path.write_text(store.settings + TOML)
    settings = config.load(path)
    SqliteRegistry(settings.registry.file).put(
        [Organisation("so-y-te", "Sở Y tế", OrganisationKind.DEPARTMENT)],
        [Venue("cho", "Chợ Mẫu", VenueType.MARKET, "so-y-te", "29242", "Trà Vinh")],
        [RegisteredKiosk("cho-1", "cho")],
    )
    ledger = ledger_of(settings.ledger, followers(settings))
    ledger.open()
    began = datetime.now(UTC).replace(hour=1, minute=0, second=0, microsecond=0) - timedelta(days=1)
    scans = [(CASE, 0, "in"), (FRIEND, 5, "in"), (FRIEND, 25, "out")]
    scans += [(f"0840000001{n:02}", 46 + n, "in") for n in range(10)]
    events = []
    for seq, (number, minute, way) in enumerate(scans, 1):
        at = (began + timedelta(minutes=minute)).isoformat().replace("+00:00", "Z")
        data = {"verdict": "accepted", "reason": "pass", "direction": way, "code": "cccd"}
        payload = make_event(seq, at=at, data=data, boottime=str(seq * 10**9))
        people = [pseudonym(KEY, "cccd", number)[:16]]
        events.append(Taken(decode(payload, "cho-1"), payload, Link.OPENED, people, payload))
    ledger.commit(Batch(events=events), datetime.now(UTC))
    ledger.close()
    with PeopleSocket(settings.inbox.people_socket, lambda: KEY):
        yield path


@pytest.fixture
def run(site, monkeypatch, capsys):
    def run(typed: str, *options: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        status = cli.main(["trace", "--config", str(site), *options])
        out = capsys.readouterr()
        return status, out.out + out.err

    return run


@in_both
def test_a_case_is_told_with_its_contacts_and_with_what_is_not_known(run, site) -> None:
    status, said = run(CASE)
    assert status == 0
    assert "1 stays, 1 with an assumed end" in said
    assert "usual stay there" in said
    assert "F1: 1\n" in said
    assert "20 min (0 certain)" in said
    assert "not known:" in said
    acts = AuditLog(config.load(site).audit.file).entries()
    assert [each.act for each in acts] == ["trace_asked"]
    assert CASE not in str(acts)


@in_both
def test_f2_is_told_by_its_size_with_a_warning(run) -> None:
    _, said = run(CASE, "--second", "--least", "5", "--days", "21")
    assert "F2: 0 people" in said
    assert "no contact" in said


def test_f1_as_csv_has_a_line_for_each_meeting(run) -> None:
    status, said = run(CASE, "--csv")
    assert status == 0
    assert said.startswith("\ufeffThứ hạng / Rank,")
    assert len(said.splitlines()) == 2


def test_an_unknown_case_says_what_was_looked_for(run) -> None:
    status, said = run("084000000099")
    assert status == 1
    assert "not seen in the 14 days" in said
    assert "…099" in said
    assert "084000000099" not in said


def test_what_is_no_identifier_is_told_by_its_line(run) -> None:
    status, said = run(f"{CASE}\n123")
    assert status == 1
    assert "line 2" in said
    assert "123" not in said


def test_without_an_inbox_it_says_who_must_be_asked(site, monkeypatch, capsys) -> None:
    settings = site.read_text().replace('"people.sock"', '"nobody.sock"')
    site.write_text(settings)
    monkeypatch.setattr("sys.stdin", io.StringIO(CASE))
    assert cli.main(["trace", "--config", str(site)]) == 1
    assert "inbox does not answer" in capsys.readouterr().err


@in_both
def test_stays_are_rebuilt_by_command(site, capsys) -> None:
    assert cli.main(["stays", "rebuild", "--config", str(site), "--kiosk", "cho-1"]) == 0
    assert "13 visits" in capsys.readouterr().out
