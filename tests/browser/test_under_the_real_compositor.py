"""`kiosk display` as it runs on a device: sway, Chromium and our page, on an output without a panel.

A headless browser shows neither what a compositor cuts off nor what a browser adds; only this does.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.simulation.ports import free_port
from kiosk.simulation.supervisor import Program, Supervisor

TOOLS = ("sway", "swaymsg", "grim", "chromium")
ABSENT = [tool for tool in TOOLS if shutil.which(tool) is None]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.long,
    pytest.mark.timeout(300),
    pytest.mark.skipif(bool(ABSENT), reason=f"not installed: {', '.join(ABSENT)}"),
]
# a fault takes the whole panel with its colour, #37474F, and no eye runs here
SLATE_BGR = (0x4F, 0x47, 0x37)
CONFIG = """
[kiosk]
id = "gate-1"
venue_name = "Chợ Mẫu"
state_dir = "{root}/state"
run_dir = "{root}/run"
require_durable_state = false
[lights]
mock_pins = true
[screen]
port = {port}
[display]
{display}
"""


class Panel:
    """A kiosk and its display, each a process of a supervisor. The display runs as nobody, for sway refuses root."""

    def __init__(self, root: Path, supervisor: Supervisor, display: str) -> None:
        self.port = free_port()
        self._ui, self._logs = root / "ui", root / "log"
        config = root / "kiosk.toml"
        config.write_text(CONFIG.format(root=root, port=self.port, display=display), "utf-8")
        kiosk = (sys.executable, "-m", "kiosk")
        supervisor.start(Program("kiosk", (*kiosk, "run", "--config", str(config)))).wait_ready(30)
        self.display = supervisor.start(
            Program(
                "display",
                (*_as_nobody(), *kiosk, "display", "--config", str(config)),
                watchdog_s=30,
                env={
                    "XDG_RUNTIME_DIR": str(self._ui),
                    "HOME": str(self._ui),
                    "WLR_BACKENDS": "headless",
                    "WLR_LIBINPUT_NO_DEVICES": "1",
                    "WLR_RENDERER": "pixman",
                },
            )
        )

    def status(self) -> dict:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/status.json", timeout=5) as said:
            return json.load(said)

    def until(self, wanted, limit_s=90.0):
        ends_s = time.monotonic() + limit_s
        while time.monotonic() < ends_s:
            found = wanted()
            if found:
                return found
            time.sleep(0.25)
        logs = "\n".join(file.read_text()[-1500:] for file in self._logs.iterdir())
        pytest.fail(f"not within {limit_s} s; the kiosk says {self.status()}\n{logs}")

    def resize(self, size: str) -> None:
        sock = self.until(lambda: next(self._ui.glob("sway-ipc.*.sock"), None))
        self._tool("swaymsg", "-s", str(sock), "output", "HEADLESS-1", "resolution", size)

    def picture(self) -> np.ndarray:
        """What an eye before the panel would see: (height, width, 3), blue green red."""
        file = self._ui / "panel.png"
        file.unlink(missing_ok=True)
        self._tool("grim", str(file))
        return cv2.imread(str(file))

    def renderers(self) -> list[int]:
        """The processes that draw pages on this panel, known by the folder that only they were given."""
        ours = f"--user-data-dir={self._ui}".encode()
        families = [
            _below(int(process.name))
            for process in Path("/proc").glob("[0-9]*")
            if ours in _read(process / "cmdline")
        ]
        return [
            pid
            for pid in {pid for family in families for pid in family}
            if b"--type=renderer" in _read(Path(f"/proc/{pid}/cmdline"))
        ]

    def _tool(self, *command: str) -> None:
        name = next(self._ui.glob("wayland-?")).name
        env = {**os.environ, "XDG_RUNTIME_DIR": str(self._ui), "WAYLAND_DISPLAY": name}
        subprocess.run([*_as_nobody(), *command], env=env, check=True, capture_output=True)


def _as_nobody() -> tuple[str, ...]:
    if os.geteuid() != 0:
        return ()
    return ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")


def _below(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, _read(task).split()):
            found += [child, *_below(child)]
    return found


def _read(file: Path) -> bytes:
    with contextlib.suppress(OSError):  # it has ended since
        return file.read_bytes()
    return b""


@pytest.fixture
def start_panel():
    with contextlib.ExitStack() as stack:
        before = os.umask(0)  # the display's user writes to the supervisor's socket
        stack.callback(os.umask, before)

        def start(display=""):
            root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="panel-")))
            root.chmod(0o755)
            for name in ("log", "notify", "ui"):
                (root / name).mkdir()
            (root / "ui").chmod(0o700)
            if os.geteuid() == 0:
                shutil.chown(root / "ui", "nobody")
            supervisor = stack.enter_context(Supervisor(root / "notify", root / "log"))
            return Panel(root, supervisor, display)

        yield start


def edges(picture: np.ndarray) -> np.ndarray:
    """The outermost pixels; a fractional scale rounds, and leaves two rows at the end to nobody."""
    whole = picture[:-2, :-2] if picture.shape[1] != 800 else picture
    return np.concatenate([whole[0], whole[-1], whole[:, 0], whole[:, -1]])


@pytest.mark.parametrize(
    ("size", "display", "css"),
    [
        ("800x480", "", (800, 480)),
        ("1280x720", "scale = 1.6", (800, 450)),
        ("720x1280", "scale = 1.44", (500, 889)),
    ],
)
def test_the_page_fills_the_panel_and_nothing_is_added_to_it(
    start_panel, chromium, size, display, css
):
    panel = start_panel(display)
    panel.until(lambda: panel.status().get("page") == "alive")
    panel.resize(size)
    context = chromium.new_context(viewport={"width": css[0], "height": css[1]})
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{panel.port}/")
    page.wait_for_selector('body[data-screen="fault"][data-reason="eye"]')
    wanted = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    context.close()

    def same() -> bool:
        seen = panel.picture()
        if seen is None or not (np.abs(edges(seen).astype(int) - SLATE_BGR) <= 3).all():
            return False
        fitted = cv2.resize(seen, (css[0], css[1]), interpolation=cv2.INTER_AREA)
        # blurred, for two renderers never set an edge alike
        near = [cv2.GaussianBlur(each, (0, 0), 4).astype(int) for each in (fitted, wanted)]
        return bool(np.abs(near[0] - near[1]).max() < 40)

    panel.until(same, 30)


def test_a_page_that_dies_is_a_named_fault_and_is_started_again(start_panel):
    panel = start_panel()
    panel.until(lambda: panel.status().get("page") == "alive")
    assert "screen" not in panel.status()["faults"]

    for pid in panel.until(panel.renderers):
        os.kill(pid, signal.SIGKILL)

    panel.until(lambda: "screen" in panel.status()["faults"])
    panel.until(lambda: panel.display.restarts == 1)
    panel.until(lambda: panel.status().get("page") == "alive")
    assert "screen" not in panel.status()["faults"]
