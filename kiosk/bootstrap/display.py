"""`kiosk display`: compositor and browser on the panel, until the page on it is dead."""

import contextlib
import http.client
import json
import logging
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from hardware.watchdog import Watchdog
from kiosk.config import Config
from kiosk.display import PageWatch, browser_command, compositor_config
from kiosk.errors import ConfigError, KioskError

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
TURNS = (0, 90, 180, 270)
_ANSWER_WITHIN_S = 2.0
_END_WITHIN_S = 5.0


def run_display(config: Config, stop: threading.Event) -> None:
    """Show the visitor's page. Raise KioskError when the panel ends or its page is dead: whoever runs this starts it
    again (systemd on a device, the supervisor elsewhere). Needs sway and chromium, and another user than root."""
    if config.display.turn_degrees not in TURNS:
        raise ConfigError(["display.turn_degrees must be 0, 90, 180 or 270"])
    watchdog = Watchdog.from_environment()
    port = config.screen.port
    while page_state(port) is None:  # a browser that starts first would show an error of its own
        if stop.wait(LOOK_EVERY_S):
            return
    with _panel(config) as panel:
        watchdog.ready()
        watch = PageWatch(time.monotonic())
        while not stop.wait(LOOK_EVERY_S):
            if panel.poll() is not None:
                raise KioskError(f"the display ended with {panel.returncode}: started again")
            if watch.is_dead(page_state(port), time.monotonic()):
                raise KioskError("the page on the display is dead: started again")
            watchdog.alive()
        watchdog.stopping()


def page_state(port: int) -> str | None:
    """What the kiosk says of the visitor's page: alive, silent, absent; None when it does not answer."""
    page = (kiosk_status(port) or {}).get("page")
    return page if isinstance(page, str) else None


def kiosk_status(port: int) -> dict[str, object] | None:
    """/status.json of the kiosk on this machine, None when it does not answer."""
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=_ANSWER_WITHIN_S)
    with contextlib.closing(asked):
        try:
            asked.request("GET", "/status.json")
            status = json.loads(asked.getresponse().read())
        except (OSError, http.client.HTTPException, ValueError):
            return None
    return status if isinstance(status, dict) else None


@contextlib.contextmanager
def _panel(config: Config) -> Iterator[subprocess.Popen[bytes]]:
    """The compositor with its browser, in a folder in RAM that goes with it."""
    with tempfile.TemporaryDirectory(
        prefix="kiosk-display-", dir=os.environ.get("XDG_RUNTIME_DIR"), ignore_cleanup_errors=True
    ) as made:
        folder = Path(made)
        browser = browser_command(f"http://127.0.0.1:{config.screen.port}/", folder)
        file = folder / "sway.conf"
        file.write_text(
            compositor_config(
                browser, scale=config.display.scale, turn_degrees=config.display.turn_degrees
            )
        )
        try:
            # a session of its own: whatever the browser has started ends with it
            panel = subprocess.Popen(["sway", "-c", str(file)], start_new_session=True)
        except OSError as error:
            raise KioskError(f"sway cannot be started ({error.strerror}): install it") from error
        try:
            yield panel
        finally:
            _end(panel)


def _end(panel: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(panel.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        panel.wait(_END_WITHIN_S)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(panel.pid, signal.SIGKILL)
    panel.wait()
