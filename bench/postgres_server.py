"""A real PostgreSQL of its own, on a Unix socket in a new folder, that can be killed and started again.

Its programs refuse to be run by root: they then run as the user `postgres` of Debian's package.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

_USER = "postgres"
_LIMIT_S = 30.0
_CONFIGURATION = """
listen_addresses = ''
unix_socket_directories = '{folder}'
max_connections = 40
shared_buffers = 64MB
log_min_messages = warning
"""


class NotInstalled(Exception):
    pass


class PostgresServer:
    """`start` and `stop` as often as wished; `remove` in the end. `fsync` is on."""

    def __init__(self) -> None:
        """Raise NotInstalled."""
        self._bin = _programs()
        self.folder = Path(tempfile.mkdtemp(prefix="ledger-pg-"))
        self._as = {"user": _USER, "group": _USER, "extra_groups": ()} if os.geteuid() == 0 else {}
        if self._as:
            shutil.chown(self.folder, _USER, _USER)
        self._data = self.folder / "data"
        self._process: subprocess.Popen[bytes] | None = None
        self._run("initdb", "-D", self._data, "-U", "collector", "-A", "trust", "--no-sync")
        with (self._data / "postgresql.conf").open("a") as file:
            file.write(_CONFIGURATION.format(folder=self.folder))

    @property
    def where(self) -> str:
        """The connection string for the ledger."""
        return f"host={self.folder} dbname=postgres user=collector"

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._bin / "postgres", "-D", self._data],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                **self._as,  # type: ignore[call-overload]
            )
        deadline_s = time.monotonic() + _LIMIT_S
        while not self._answers():
            if time.monotonic() > deadline_s or self._process.poll() is not None:
                raise OSError(f"PostgreSQL does not start: {(self.folder / 'log').read_text()}")
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT ends every connection and is clean; SIGQUIT is as if the power had gone."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(_LIMIT_S)
            self._process = None

    def remove(self) -> None:
        """Without bringing to the disk what is thrown away."""
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder)

    @property
    def cpu_s(self) -> float:
        """What all its processes of now have used; those that have ended are counted by their parent."""
        assert self._process is not None
        ours = [self._process.pid, *_children(self._process.pid)]
        ticks = sum(_ticks(pid) for pid in ours)
        return ticks / os.sysconf("SC_CLK_TCK")

    def _run(self, program: str, *arguments: object) -> None:
        subprocess.run(
            [self._bin / program, *map(str, arguments)],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
            **self._as,  # type: ignore[call-overload]
        )

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.where, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


def _programs() -> Path:
    """Where Debian puts them, the newest first."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    if not found:
        raise NotInstalled("PostgreSQL is not installed: ./provisioning/setup.sh test installs it")
    return found[-1].parent


def _version(program: Path) -> int:
    return int(program.parts[-3])


def _children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(each) for each in fields[11:15])
