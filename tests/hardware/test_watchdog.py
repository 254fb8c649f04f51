import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware.watchdog import Watchdog


@pytest.fixture(params=["file", "abstract"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """A socket such as systemd listens on, and NOTIFY_SOCKET for it."""
    name = str(tmp_path / "notify") if request.param == "file" else f"@notify-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.settimeout(2)
        listening.bind("\0" + name[1:] if name.startswith("@") else name)
        yield listening, name


def test_systemd_hears_ready_alive_status_and_stopping(systemd: tuple[socket.socket, str]) -> None:
    listening, name = systemd
    watchdog = Watchdog.from_environment({"NOTIFY_SOCKET": name})

    watchdog.ready()
    watchdog.alive()
    watchdog.status("camera ok,\nREADY=0 waiting")
    watchdog.stopping()

    heard = [listening.recv(100) for _ in range(4)]
    assert heard == [b"READY=1", b"WATCHDOG=1", b"STATUS=camera ok, READY=0 waiting", b"STOPPING=1"]


@pytest.mark.parametrize("address", ["", "/no/such/socket", "@nobody-listens", "vsock:2:1234"])
def test_without_systemd_nothing_is_said_and_nothing_fails(address: str) -> None:
    watchdog = Watchdog.from_environment({"NOTIFY_SOCKET": address} if address else {})

    watchdog.ready()
    watchdog.alive()
    watchdog.stopping()


@pytest.mark.parametrize(
    ("environment", "interval_s"),
    [
        ({"WATCHDOG_USEC": "20000000"}, 10.0),
        ({"WATCHDOG_USEC": "20000000", "WATCHDOG_PID": str(os.getpid())}, 10.0),
        ({"WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_the_interval_is_half_of_what_systemd_allows(
    environment: dict[str, str], interval_s: float | None
) -> None:
    assert Watchdog.from_environment(environment).interval_s == interval_s
