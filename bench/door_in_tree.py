"""A door in a booted tree, its collector and broker beside it on this host, and made-up visitors before its camera.

The tree shares this host's network: 127.0.0.1 is the same on both sides. The kiosk joins by a file.
"""

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.booted_tree import Tree, wait_for
from hardware.stage import Scene, Stage
from kiosk.rehearsal.people import Behaviour, visitor
from kiosk.rehearsal.pictures import phone
from kiosk.simulation import site as sites
from kiosk.simulation.crowd import Crowd, Tally
from kiosk.simulation.screen import Screen
from kiosk.simulation.supervisor import Supervisor
from kiosk.simulation.touch import Declarer

_READY_S = 60.0
_DECLARES = next(n for n in range(100) if visitor(n).behaviour is Behaviour.DECLARES)


@dataclass(frozen=True)
class Door:
    tree: Tree
    site: sites.Site

    def give_identity(self) -> str:
        """Lays settings and identity into the tree; the arguments for setup.sh that take them."""
        given = self.tree.folder / "root/given"
        shutil.rmtree(given, ignore_errors=True)
        given.mkdir()
        tls = self.site.root / "kiosk/tls"
        for there, here in (
            (f"{sites.KIOSK_ID}.pem", "kiosk.pem"),
            (f"{sites.KIOSK_ID}.key", "kiosk.key"),
            ("ca.pem", "ca.pem"),
            ("authority.pub", "authority.pub"),
        ):
            shutil.copy(tls / there, given / here)
        (given / "kiosk.toml").write_text(_settings(self.site), encoding="utf-8")
        return "--unattended --config /root/given/kiosk.toml --identity /root/given"

    def one_declares(self) -> Tally:
        """A visitor without a declaration makes one on the screen: missing, then accepted."""
        stage = Stage(self.tree.inner("run/kiosk/stage.sock"))
        with Screen(self.site.ports.screen) as screen:
            if (
                screen.wait(lambda shown: shown["screen"] in ("idle", "reading"), -1, _READY_S)
                is None
            ):
                raise TimeoutError("the kiosk does not come to rest")
            crowd = Crowd(stage, screen, Declarer(self.site.ports.screen))
            crowd.play(visitor(_DECLARES))
        return crowd.tally

    def comes_again(self) -> None:
        """Whoever has declared shows the code until the lamp is green. Raise TimeoutError."""
        wait_for(self.tree.inner("run/kiosk/stage.sock").exists, _READY_S)
        stage = Stage(self.tree.inner("run/kiosk/stage.sock"))
        with Screen(self.site.ports.screen) as screen:
            if (
                screen.wait(lambda shown: shown["screen"] in ("idle", "reading"), -1, _READY_S)
                is None
            ):
                raise TimeoutError("the kiosk does not come to rest")
            stage.show(
                Scene.of_luma(
                    phone(visitor(_DECLARES).code), appear_s=0.1, hold_s=8.0, leave_s=0.1, scale=0.7
                )
            )
            if screen.wait(lambda shown: shown["screen"] == "accepted", -1, _READY_S) is None:
                raise TimeoutError("nobody was accepted")
            stage.clear()

    def received(self) -> int:
        """How many visits stand in the ledger."""
        return len(sites.ledger_visits(self.site))


@contextlib.contextmanager
def door(tree: Tree, root: Path) -> Iterator[Door]:
    """With broker and collector running."""
    ports = sites.choose_ports(sites.Ports(0, 0, 0, 0))
    site = sites.lay_out(root, ports, door="in", seed=1, fps=15)
    try:
        with Supervisor(site.run_dir, site.log_dir) as supervisor:
            for program in sites.programs(site)[:2]:
                supervisor.start(program).wait_ready(_READY_S)
            yield Door(tree, site)
    finally:
        site.remove()


def _settings(site: sites.Site) -> str:
    return f"""\
[kiosk]
id = "{sites.KIOSK_ID}"
venue_name = "{sites.VENUE}"

[camera]
kind = "simulated"
fps = 15

[authority]
key_file = "/var/lib/kiosk/tls/authority.pub"

[lights]
mock_pins = true

[screen]
port = {site.ports.screen}

[policy]
repeat_window_s = 1.0

[tags]
host = "127.0.0.1"
port = {site.ports.devices}

[uplink]
host = "127.0.0.1"
port = {site.ports.broker}
spread_s = 2.0
resend_s = 5.0
"""
