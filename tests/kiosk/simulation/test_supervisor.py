import sys
import tempfile
import time
from pathlib import Path

import pytest

from kiosk.errors import KioskError
from kiosk.simulation.supervisor import Program, Supervisor

NOTIFY = """
import os, socket, sys, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
def say(text): s.sendto(text.encode(), os.environ["NOTIFY_SOCKET"])
"""


@pytest.fixture
def supervisor(tmp_path):
    with (
        tempfile.TemporaryDirectory(prefix="sup-") as run_dir,
        Supervisor(Path(run_dir), tmp_path) as supervisor,
    ):
        yield supervisor


def program(source, watchdog_s=5.0):
    return Program("child", (sys.executable, "-c", NOTIFY + source), watchdog_s)


def until(condition, limit_s=20.0):
    deadline_s = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline_s, "not in time"
        time.sleep(0.05)


def gone(pid):
    return not Path(f"/proc/{pid}").exists()


def test_a_child_is_ready_when_it_says_so_and_ends_with_the_supervisor(tmp_path):
    with tempfile.TemporaryDirectory(prefix="sup-") as run_dir:
        with Supervisor(Path(run_dir), tmp_path) as supervisor:
            child = supervisor.start(program("say('READY=1'); time.sleep(60)", watchdog_s=60))
            child.wait_ready(20)
            pid = child.pid
            assert not gone(pid)

        assert gone(pid)


def test_a_child_that_dies_is_started_again(supervisor):
    child = supervisor.start(program("say('READY=1'); time.sleep(0.2); sys.exit(3)"))

    until(lambda: child.restarts >= 1)


def test_a_child_that_hangs_is_killed_and_started_again(supervisor):
    child = supervisor.start(program("say('READY=1'); time.sleep(600)", watchdog_s=0.5))
    child.wait_ready(20)

    until(lambda: child.restarts >= 1)


def test_a_child_that_shows_work_is_left_alone(supervisor):
    beating = "say('READY=1')\nwhile True: say('WATCHDOG=1'); time.sleep(0.1)"
    child = supervisor.start(program(beating, watchdog_s=1.0))
    child.wait_ready(20)

    time.sleep(2.0)

    assert child.restarts == 0


def test_a_child_that_never_gets_ready_is_told_with_the_end_of_its_log(supervisor):
    child = supervisor.start(program("print('no camera', flush=True); time.sleep(60)", 60))

    with pytest.raises(KioskError, match=r"child does not start:\nno camera"):
        child.wait_ready(2)
