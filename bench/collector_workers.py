"""Two workers of the collector on one broker and one PostgreSQL; one is killed in the middle and started again.

    python -m bench.collector_workers [--quick] [--check] [--json FILE] [--rate 2000]

Everything is a process of its own: mosquitto, PostgreSQL, two of `collector inbox`, and the kiosks, which send nothing
twice. Caught up: the ledger holds what the broker had acknowledged a tenth of a second before.
"""

import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from bench.postgres_server import NotInstalled, PostgresServer
from bench.processes import cpu_s
from bench.report import Figure, Report, parser_of
from collector import authority, broker, keys
from collector.ledger.postgres_answers import PostgresAnswers
from kiosk.simulation.ports import free_port

KIOSKS = [f"cho-{number}" for number in range(1, 11)]
WORKERS = ("worker-1", "worker-2")
RATE = 2_000.0
SECONDS, QUICK_S = 30.0, 12.0
DEAD_S = 2.0
LIMIT_S = 60.0
_STORED = """
    SELECT coalesce(sum(highest), 0) - (SELECT coalesce(sum(last - first + 1), 0) FROM collector.gap)
    FROM collector.stream
"""


@dataclass(frozen=True)
class Outcome:
    sent: int
    lost: int
    faults: tuple[str, ...]
    missing: int  # numbers, by the ledger's own word
    caught_up_s: float  # after the process was started again
    of_which_start_s: float  # until it said that it was ready
    behind: int  # events, when it was started again
    workers_us: float  # CPU an event, of both
    postgres_us: float


def main(argv: list[str] | None = None) -> int:
    parser = parser_of("bench.collector_workers", __doc__ or "")
    parser.add_argument("--rate", type=float, default=RATE, help="events a second (2000)")
    arguments = parser.parse_args(argv)
    report = Report("collector_workers", arguments)
    report.progress("run: broker, database, two workers")
    try:
        found = run(arguments.rate, QUICK_S if arguments.quick else SECONDS)
    except NotInstalled as reason:
        print(reason, file=sys.stderr)
        return 1
    for figure in (
        Figure(f"events sent at {arguments.rate:.0f} a second", found.sent),
        Figure("lost", found.lost, goal=0),
        Figure("faults that `ledger check` finds", len(found.faults), goal=0),
        Figure("events behind when the killed worker is started again", found.behind),
        Figure(
            "caught up, s after it is ready", found.caught_up_s - found.of_which_start_s, goal=2.0
        ),
        Figure("the same, s after its process is started", found.caught_up_s),
        Figure("CPU of both workers, us an event", found.workers_us),
        Figure("CPU of PostgreSQL, us an event", found.postgres_us),
    ):
        report.add(figure)
    return report.finish()


def run(rate: float, seconds: float) -> Outcome:
    """Raise NotInstalled, or OSError when something does not start."""
    mosquitto = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if mosquitto is None:
        raise NotInstalled("mosquitto is not installed: ./provisioning/setup.sh test installs it")
    server = PostgresServer()
    with tempfile.TemporaryDirectory() as folder:
        try:
            server.start()
            site = _Site(Path(folder), server.where)
            with _running([mosquitto, "-c", str(site.broker)]), site.workers():
                return _measured(site, server, rate, seconds)
        finally:
            server.remove()


def _measured(site: "_Site", server: PostgresServer, rate: float, seconds: float) -> Outcome:
    cpu_s = server.cpu_s
    with (
        psycopg.connect(server.where, autocommit=True) as asking,
        site.crowd(rate, seconds) as crowd,
    ):
        time.sleep(seconds / 3)
        cpu_killed_s = site.kill(WORKERS[1])
        time.sleep(DEAD_S)
        behind = crowd.sent_before(0) - _stored(asking)
        began_s = time.monotonic()
        site.start(WORKERS[1])
        ready_s = time.monotonic() - began_s
        while _stored(asking) < crowd.sent_before(0.1):
            if time.monotonic() - began_s > LIMIT_S:
                break
            time.sleep(0.02)
        caught_up_s = time.monotonic() - began_s
        sent = crowd.all_sent()
        _until_still(asking, sent)
        postgres_s = server.cpu_s - cpu_s
    workers_s = cpu_killed_s + sum(site.cpu_s(name) for name in WORKERS)
    checked = PostgresAnswers(server.where).check()
    return Outcome(
        sent=sent,
        lost=sent - sum(kiosk.events for kiosk in checked.kiosks),
        faults=tuple(checked.faults),
        missing=sum(len(kiosk.missing) + len(kiosk.breaks) for kiosk in checked.kiosks),
        caught_up_s=caught_up_s,
        of_which_start_s=ready_s,
        behind=behind,
        workers_us=workers_s / sent * 1e6,
        postgres_us=postgres_s / sent * 1e6,
    )


def _until_still(asking: psycopg.Connection, sent: int) -> None:
    """All is there, or nothing more has come for a long time: only then is it lost."""
    before, moved_s = 0, time.monotonic()
    while (stored := _stored(asking)) < sent and time.monotonic() - moved_s < LIMIT_S / 2:
        if stored != before:
            before, moved_s = stored, time.monotonic()
        time.sleep(0.05)


def _stored(asking: psycopg.Connection) -> int:
    row = asking.execute(_STORED).fetchone()
    return int(row[0]) if row else 0


class _Site:
    """Certificates, keys and settings in a folder, and the workers that run on them."""

    def __init__(self, folder: Path, postgresql: str) -> None:
        self.folder = folder
        self.port = free_port()
        authority.create(folder / "authority")
        for name in (*WORKERS, *KIOSKS):
            authority.issue(folder / "authority", name, folder / "tls")
        keys.new(folder / "keys", keys.KeyKind.RECEIPT, datetime.now(UTC))
        self.broker = broker.set_up(
            folder / "authority",
            folder / "broker",
            self.port,
            "collector",
            KIOSKS,
            workers=WORKERS,
        )
        for name in WORKERS:
            (folder / f"{name}.toml").write_text(_settings(name, self.port, postgresql))
        self._processes: dict[str, subprocess.Popen[str]] = {}

    @contextmanager
    def workers(self) -> Iterator[None]:
        _until_open(self.port)
        try:
            for name in WORKERS:
                self.start(name)
            yield
        finally:
            for process in self._processes.values():
                process.kill()
                process.wait()

    def start(self, name: str) -> None:
        """Until it is ready."""
        command = [sys.executable, "-m", "collector", "inbox"]
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [*command, "--config", self.folder / f"{name}.toml"],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._processes[name] = process
        assert process.stdout is not None
        with process.stdout as told:
            if told.readline() != "inbox ready\n":
                raise OSError((self.folder / f"{name}.log").read_text())

    def kill(self, name: str) -> float:
        """Its CPU until then."""
        taken_s = self.cpu_s(name)
        self._processes[name].send_signal(signal.SIGKILL)
        self._processes[name].wait()
        return taken_s

    def cpu_s(self, name: str) -> float:
        return cpu_s(self._processes[name].pid)

    @contextmanager
    def crowd(self, rate: float, seconds: float) -> Iterator["_Crowd"]:
        command = [sys.executable, "-m", "bench.paced_publisher", "--port", str(self.port)]
        command += ["--tls", str(self.folder / "tls"), "--kiosks", *KIOSKS]
        command += ["--rate", str(rate), "--seconds", str(seconds)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                yield _Crowd(process)
            finally:
                process.kill()


class _Crowd:
    """What the kiosks say of themselves."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._told: deque[tuple[float, int]] = deque([(time.monotonic(), 0)])
        self._process = process
        self._listening = threading.Thread(target=self._listen)
        self._listening.start()

    def sent_before(self, seconds: float) -> int:
        moment_s = time.monotonic() - seconds
        return max(number for at_s, number in list(self._told) if at_s <= moment_s or not number)

    def all_sent(self) -> int:
        self._listening.join()
        if self._process.wait() != 0:
            raise OSError("the kiosks have failed")
        return self._told[-1][1]

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._told.append((time.monotonic(), int(line)))


@contextmanager
def _running(command: list[str]) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _settings(name: str, port: int, postgresql: str) -> str:
    return f"""\
[ledger]
postgresql = "{postgresql}"
[broker]
name = "{name}"
port = {port}
shared = true
ca_file = "tls/ca.pem"
certificate_file = "tls/{name}.pem"
key_file = "tls/{name}.key"
[inbox]
keys_folder = "keys"
state_file = "{name}.json"
people_socket = "{name}.sock"
[documents]
folder = "documents"
[registry]
file = "registry.db"
"""


def _until_open(port: int) -> None:
    deadline_s = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline_s:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise OSError("the broker does not start")


if __name__ == "__main__":
    raise SystemExit(main())
