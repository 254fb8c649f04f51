"""The `collector` command, as a process."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

import pytest

from collector.inbox.sorting import sort
from collector.ledger.sqlite_ledger import SqliteLedger

LIMIT_S = 20.0


@dataclass
class Site:
    """A collector.toml, and the processes started from it."""

    folder: Path
    _running: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def config(self) -> Path:
        return self.folder / "collector.toml"

    def run(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        """A command that ends by itself."""
        command = [sys.executable, "-m", "collector", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    def serve(self, **environment: str) -> "Server":
        process = self.start("serve", **environment)
        assert process.stdout is not None
        assert process.stdout.readline().startswith("no portal: there is no "), self.log
        return Server(process, self._url(process, "collector"))

    def office(self) -> "Server":
        process = self.start("office")
        return Server(process, self._url(process, "office"))

    def start(self, command: str, **environment: str) -> "subprocess.Popen[str]":
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "collector", command, "--config", self.config],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, **environment},
            )
        self._running.append(process)
        return process

    def _url(self, process: "subprocess.Popen[str]", what: str) -> str:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.fullmatch(rf"{what} ready: (http://127\.0\.0\.1:\d+/)\n", line)
        assert found, (line, self.log)
        return found[1]

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def end(self) -> None:
        for process in self._running:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()


@dataclass
class Server:
    process: subprocess.Popen[str]
    url: str

    def page(self) -> str:
        with urlopen(self.url, timeout=5) as response:  # noqa: S310 - on 127.0.0.1, by its ready line
            return str(response.read().decode())

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(LIMIT_S)


@pytest.fixture
def site(tls: Path, keys_folder: Path, free_port: int, tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path / "site")
    site.folder.mkdir()
    site.config.write_text(
        f"""\
[ledger]
file = "ledger.db"
[inbox]
keys_folder = "{keys_folder}"
state_file = "inbox.json"
people_socket = "people.sock"
[documents]
folder = "documents"
[broker]
port = {free_port}
ca_file = "{tls}/ca.pem"
certificate_file = "{tls}/collector.pem"
key_file = "{tls}/collector.key"
[office]
port = 0
open_here = true
"""
    )
    yield site
    site.end()


# ---- serve


@pytest.mark.broker
def test_a_visit_sent_by_a_kiosk_is_on_the_page_and_in_the_ledger(
    site, mosquitto, connect, make_event
) -> None:
    server = site.serve()
    kiosk = connect("cho-1")
    kiosk.subscribe("entrance/v1/cho-1/receipt")

    kiosk.send(make_event(1, verdict="refer"))

    assert kiosk.next_receipt()["upto"] == 1
    assert "Gặp nhân viên" in server.page()
    told = site.run("ledger", "events", "--config", site.config, "--kiosk", "cho-1", "--json")
    (event,) = [json.loads(line) for line in told.stdout.splitlines()]
    assert (event["seq"], event["verdict"], event["direction"]) == (1, "refer", "in")
    assert server.stop() == 0


@pytest.mark.broker
def test_inbox_and_office_are_processes_of_their_own(site, mosquitto, connect, make_event) -> None:
    office = site.office()
    inbox = site.start("inbox")
    assert inbox.stdout is not None
    assert inbox.stdout.readline() == "inbox ready\n", site.log
    kiosk = connect("cho-1")
    kiosk.subscribe("entrance/v1/cho-1/receipt")

    kiosk.send(make_event(1, verdict="refer"))
    assert kiosk.next_receipt()["upto"] == 1
    during = office.page()
    inbox.send_signal(signal.SIGTERM)

    assert inbox.wait(LIMIT_S) == 0
    assert "Bộ phận nhận tin không chạy" in office.page()
    assert "Đang nhận tin" in during
    assert "Gặp nhân viên" in during
    assert office.stop() == 0
    assert "Traceback" not in site.log


def test_without_a_broker_it_serves_the_page_and_says_by_name_what_is_missing(site) -> None:
    server = site.serve()

    assert "Không liên lạc được máy chủ tin" in server.page()
    assert "broker_absent" in site.log
    assert server.process.poll() is None


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_when_told_to(site, how) -> None:
    server = site.serve()

    assert server.stop(how) == 0
    assert "Traceback" not in site.log


def test_whoever_starts_it_is_told_when_it_is_ready_alive_and_stopping(site, tmp_path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(str(tmp_path / "notify"))
        notify.settimeout(LIMIT_S)

        server = site.serve(NOTIFY_SOCKET=str(tmp_path / "notify"))

        assert notify.recv(100) == b"READY=1"
        assert notify.recv(100) == b"WATCHDOG=1"
        server.stop()
        heard = b""
        while heard != b"STOPPING=1":
            heard = notify.recv(100)


@pytest.mark.long
@pytest.mark.broker
def test_killed_again_and_again_it_loses_nothing_and_stores_nothing_twice(
    site, mosquitto, connect, make_event
) -> None:
    kiosk = connect("cho-1")
    kiosk.subscribe("entrance/v1/cho-1/receipt")
    owed = set(range(1, 401))
    sent = threading.Event()

    def send_until_receipted() -> None:
        """As an uplink does: what has no receipt goes again."""
        while owed:
            for seq in sorted(owed)[:40]:
                kiosk.send(make_event(seq))
            while not kiosk.received.empty():
                receipt = kiosk.next_receipt()
                owed.difference_update(range(1, receipt["upto"] + 1), receipt["also"])
        sent.set()

    sending = threading.Thread(target=send_until_receipted)
    sending.start()
    for _ in range(4):
        server = site.serve()
        sent.wait(0.25)
        server.stop(signal.SIGKILL)
    server = site.serve()
    assert sent.wait(60), f"{len(owed)} without a receipt: {site.log}"
    sending.join()
    server.stop()

    told = site.run("ledger", "events", "--config", site.config, "--kiosk", "cho-1", "--json")
    assert [json.loads(line)["seq"] for line in told.stdout.splitlines()] == list(range(1, 401))
    checked = site.run("ledger", "check", "--config", site.config)
    assert checked.returncode == 0, checked.stdout


# ---- what cannot be done is said in one line


def in_one_line(done: subprocess.CompletedProcess[str]) -> str:
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    return done.stderr


def test_a_port_in_use_is_named(site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        site.config.write_text(
            site.config.read_text().replace("[office]\nport = 0", f"[office]\nport = {port}")
        )

        done = site.run("serve", "--config", site.config)

    assert done.returncode == 1
    assert f"port {port} of the office cannot be had" in in_one_line(done)


def test_wrong_settings_are_told_all_at_once_with_their_lines(site) -> None:
    site.config.write_text('[broker]\nprot = 1\n[office]\nport = "x"\n[ledgr]\n')

    done = site.run("serve", "--config", site.config)

    assert done.returncode == 2
    told = done.stderr.splitlines()
    assert len(told) == 3
    assert any(":2: broker.prot is not a setting; did you mean port?" in line for line in told)
    assert any(":4: office.port must be a whole number" in line for line in told)
    assert any(":5: ledgr is not a setting; did you mean ledger?" in line for line in told)


def test_a_missing_key_is_named(site) -> None:
    site.config.write_text(site.config.read_text().replace("collector.key", "none.key"))

    done = site.run("serve", "--config", site.config)

    assert done.returncode == 1
    assert "none.key cannot be read" in in_one_line(done)


def test_a_damaged_ledger_is_not_begun_anew_behind_anybodys_back(site) -> None:
    damaged = "not a database " * 100
    (site.folder / "ledger.db").write_text(damaged)

    done = site.run("serve", "--config", site.config)

    assert done.returncode == 1
    assert "it is damaged" in in_one_line(done)
    assert (site.folder / "ledger.db").read_text() == damaged


@pytest.mark.parametrize("command", [("events", "--kiosk", "cho-1"), ("check",)])
def test_a_ledger_that_is_not_there_is_told(site, command) -> None:
    done = site.run("ledger", command[0], "--config", site.config, *command[1:])

    assert done.returncode == 1
    assert "there is no ledger" in in_one_line(done)


@pytest.mark.parametrize(
    "arguments",
    [[], ["serve", "--port", "1"], ["broker", "setup", "--port", "0"], ["authority", "init"]],
)
def test_wrong_use_is_told_and_has_its_own_exit_status(site, arguments) -> None:
    done = site.run(*arguments)

    assert done.returncode == 2
    assert "usage: collector" in done.stderr


# ---- the other commands


def test_the_commands_lay_out_a_site(site, tmp_path) -> None:
    authority, out = tmp_path / "authority", tmp_path / "out"

    site.run("authority", "init", "--dir", authority)
    site.run("authority", "issue", "--dir", authority, "--name", "cho-9", "--out", out)
    written = site.run(
        *("broker", "setup", "--authority", authority, "--out", tmp_path / "broker"),
        *("--port", 18883, "--collector", "collector", "--kiosk", "cho-9", "cho-8"),
    )

    assert written.stdout == f"mosquitto -c {tmp_path}/broker/mosquitto.conf\n"
    assert (out / "cho-9.key").exists()
    rights = json.loads((tmp_path / "broker" / "dynamic-security.json").read_text())
    names = [client["username"] for client in rights["clients"]]
    assert names == ["collector", "broker-admin", "cho-8", "cho-9"]
    assert "listener 18883 127.0.0.1" in (tmp_path / "broker" / "mosquitto.conf").read_text()


def test_a_folder_that_cannot_be_written_is_told(site, tmp_path) -> None:
    (tmp_path / "file").write_text("")

    done = site.run("authority", "init", "--dir", tmp_path / "file" / "authority")

    assert done.returncode == 1
    assert "Not a directory" in in_one_line(done)


def test_the_check_names_gaps_and_what_was_set_aside_and_ends_with_1(
    site, ledger_of: Callable[[Path, list[bytes]], None], make_event
) -> None:
    ledger_of(site.folder / "ledger.db", [make_event(1), make_event(4), b"no message"])

    done = site.run("ledger", "check", "--config", site.config)

    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "cho-1: 2 events, 2 (accepted 2) visits, 0 repeats, 1 (not_json 1) in quarantine",
        "cho-1: missing 2 to 3 of stream 00112233445566778899aabbccddeeff",
    ]


def test_the_check_tells_a_program_the_same(site, ledger_of, make_event) -> None:
    ledger_of(site.folder / "ledger.db", [make_event(1), make_event(1), make_event(2)])

    done = site.run("ledger", "check", "--config", site.config, "--json")

    assert done.returncode == 0
    assert json.loads(done.stdout) == {
        "kiosks": [
            {
                "kiosk": "cho-1",
                "events": 2,
                "visits": 2,
                "by_verdict": {"accepted": 2},
                "streams": 1,
                "repeats": 1,
                "missing": [],
                "breaks": [],
                "quarantined": {},
                "unopened": 0,
                "to_come": 0,
                "refused_heads": 0,
            }
        ],
        "faults": [],
    }


def test_events_can_be_read_by_people(site, ledger_of, make_event) -> None:
    ledger_of(site.folder / "ledger.db", [make_event(1), make_event(2, kind="notice")])

    done = site.run("ledger", "events", "--config", site.config, "--kiosk", "cho-1")

    assert done.stdout.splitlines() == [
        "1 2026-11-24T01:00:00.000000Z vn.entrance.visit.v1 accepted pass in cccd",
        "2 2026-11-24T01:00:00.000000Z vn.entrance.notice.v1",
    ]


@pytest.fixture
def ledger_of() -> Callable[[Path, list[bytes]], None]:
    """A ledger that has taken these payloads from cho-1."""

    def fill(path: Path, payloads: list[bytes]) -> None:
        ledger = SqliteLedger(path)
        ledger.open()
        messages = [("entrance/v1/cho-1/event", payload) for payload in payloads]
        ledger.commit(sort(messages), datetime(2026, 11, 24, tzinfo=UTC))
        ledger.close()

    return fill
