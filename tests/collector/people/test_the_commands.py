"""The commands, in processes of their own, with an inbox that answers: a number stands in no command line."""

import subprocess
import sys

import pytest

from collector.inbox.people_socket import PeopleSocket
from collector.ledger.port import Batch, Link, Taken
from collector.ledger.sqlite_ledger import SqliteLedger
from collector.people.keeper import PeopleKeeper
from kiosk.privacy.pseudonym import pseudonym
from kiosk.wire.events import decode

KEY = b"k" * 32
NUMBER = "084000000001"


@pytest.fixture
def site(tmp_path, make_event):
    """A ledger with two visits of NUMBER, and its settings."""
    settings = tmp_path / "collector.toml"
    settings.write_text(
        '[ledger]\nfile = "ledger.db"\n[inbox]\npeople_socket = "people.sock"\nkeys_folder = "keys"\n'
        '[audit]\nfile = "audit.db"\n[people]\nfile = "people.db"\n'
        '[registry]\nfile = "registry.db"\n[documents]\nfolder = "documents"\n'
    )
    ledger = SqliteLedger(tmp_path / "ledger.db", [PeopleKeeper()])
    ledger.open()
    who = pseudonym(KEY, "cccd", NUMBER)[:16]
    from datetime import UTC, datetime

    payloads = [make_event(seq) for seq in (1, 2)]
    events = [Taken(decode(each, "cho-1"), each, Link.OPENED, [who], each) for each in payloads]
    ledger.commit(Batch(events=events), datetime.now(UTC))
    ledger.close()
    with PeopleSocket(tmp_path / "people.sock", lambda: KEY):
        yield settings


def run(settings, *arguments, typed=NUMBER) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "collector", *arguments, "--config", str(settings)]
    return subprocess.run(
        command, input=typed, capture_output=True, text=True, timeout=120, check=False
    )


def test_asked_shown_and_erased_by_command(site) -> None:
    asked = run(site, "person", "ask", "erase", "--on", "02/11/2026")
    assert asked.stdout == "request 1: erase, due 04/11/2026\n"
    assert "LATE" in (late := run(site, "person", "requests")).stdout
    assert late.returncode == 1
    shown = run(site, "person", "show")
    assert shown.stdout.count("visit") == 2, shown
    assert NUMBER not in shown.stdout + shown.stderr
    erased = run(site, "person", "erase", "--yes", "--request", "1")
    assert erased.stdout == "2 events erased\n", erased
    assert run(site, "person", "requests").returncode == 0
    checked = run(site, "ledger", "check")
    assert checked.returncode == 0, checked.stdout


def test_a_slip_is_told_and_nothing_is_asked(site) -> None:
    said = run(site, "person", "show", typed="0840000\n")
    assert said.returncode == 1
    assert "check each digit" in said.stderr
    assert "0840000" not in said.stderr


def test_retention_by_command_with_nothing_old(site) -> None:
    said = run(site, "retention", "run", typed="")
    assert (
        said.stdout
        == "0 events and 0 messages in quarantine have vanished, 0 keys of days are destroyed\n"
    ), said
