"""A whole site with real parts: broker, collector, kiosk, eye, uplink, each a process of its own. One for the tests of
a file: what one of them kills has healed before the next, and what it stored is counted once more by each."""

import itertools
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest

from hardware.stage import Stage, StageError
from kiosk.bootstrap.uplink import stored_visits
from kiosk.config import load
from kiosk.rehearsal.people import Visitor, visitor
from kiosk.simulation import run, site
from kiosk.simulation.crowd import Crowd
from kiosk.simulation.screen import Screen
from kiosk.simulation.supervisor import Child, Supervisor
from kiosk.simulation.touch import Declarer

LIMIT_S = 40.0


@dataclass
class Running:
    """One running site, and what a test does with it."""

    site: site.Site
    supervisor: Supervisor
    screen: Screen
    stage: Stage
    crowd: Crowd
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def child(self, name: str) -> Child:
        return self.supervisor.child(name)

    def newcomers(self, count: int) -> list[Visitor]:
        """Visitors who have not been here yet."""
        return [visitor(number) for number in itertools.islice(self.numbers, count)]

    def stored(self) -> list[str]:
        return stored_visits(load(self.site.kiosk_config))

    def ledger(self, count: int) -> list[str]:
        """The ledger's visits once it holds that many."""
        return self.until(lambda: _enough(site.ledger_visits(self.site), count))

    def camera_answers(self) -> bool:
        """Whether somebody could step before the camera now."""
        try:
            self.stage.clear()
        except StageError:
            return False
        return True

    def until(self, condition):
        """What the condition gives once it is true."""
        deadline_s = time.monotonic() + LIMIT_S
        while not (found := condition()):
            assert time.monotonic() < deadline_s, "not in time"
            time.sleep(0.2)
        return found


def _enough(visits: list[str], count: int) -> list[str]:
    return visits if len(visits) >= count else []


@pytest.fixture(scope="module")
def running_site(tmp_path_factory):
    if shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin") is None:
        pytest.skip("mosquitto is not installed: ./provisioning/setup.sh test installs it")
    ports = site.choose_ports(site.Ports(0, 0, 0, 0))
    laid = site.lay_out(tmp_path_factory.mktemp("site"), ports, door="in", seed=1, fps=30.0)
    try:
        with Supervisor(laid.run_dir, laid.log_dir) as supervisor:
            run.start(laid, supervisor)
            with Screen(ports.screen) as screen:
                assert screen.wait(lambda shown: shown["screen"] == "idle", -1, LIMIT_S)
                stage = Stage(laid.run_dir / "stage.sock")
                crowd = Crowd(stage, screen, Declarer(ports.screen))
                yield Running(laid, supervisor, screen, stage, crowd)
    finally:
        laid.remove()


@pytest.fixture
def running(running_site):
    """The site, with a crowd of which nobody has come yet."""
    ports = running_site.site.ports
    crowd = Crowd(running_site.stage, running_site.screen, Declarer(ports.screen))
    return replace(running_site, crowd=crowd)
