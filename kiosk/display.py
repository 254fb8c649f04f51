"""What stands on the panel: the one command line of compositor and browser, and when it has to be started again.

sway, because it fills the panel on both Debian releases and sets scale and rotation on the output, which Chromium's own
flags do not (shared facts, screen sections 3 and 20). No key does anything; no window has a border.
"""

import shlex
from pathlib import Path

# a browser on a slow card takes this long to show its first page
START_S = 60.0
_BROWSER = (
    "chromium",
    "--kiosk",
    "--ozone-platform=wayland",
    "--no-first-run",
    "--noerrdialogs",
    "--disable-infobars",
    "--disable-session-crashed-bubble",
    "--hide-crash-restore-bubble",
    "--disable-pinch",
    "--overscroll-history-navigation=0",
    "--disable-features=Translate,MediaRouter,OverscrollHistoryNavigation,"
    "TouchpadOverscrollHistoryNavigation",
    "--password-store=basic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--check-for-update-interval=31536000",
)


def browser_command(address: str, folder: Path) -> list[str]:
    """Chromium on the page at `address`. `folder` is emptied with each start, so that nothing typed outlives it."""
    kept = (f"--user-data-dir={folder / 'profile'}", f"--disk-cache-dir={folder / 'cache'}")
    return [*_BROWSER, *kept, address]


def compositor_config(browser: list[str], *, scale: float, turn_degrees: int) -> str:
    """sway's configuration: this browser, whole panel. When the browser ends, so does the compositor."""
    turned = {0: "normal"}.get(turn_degrees, str(turn_degrees))
    return "\n".join(
        (
            "xwayland disable",
            "default_border none",
            "focus_on_window_activation none",
            "seat * hide_cursor 100",
            f"output * scale {scale:g} transform {turned}",
            # in quotes, or sway would take a comma for the end of a command
            f'exec "{shlex.join(browser)}; swaymsg exit"',
            "",
        )
    )


class PageWatch:
    """Whether the page on the panel still lives, by the kiosk's own word (`page` of /status.json).

    A kiosk that does not answer says nothing about its page, which shows that by itself.
    """

    def __init__(self, started_s: float) -> None:
        self._started_s = started_s
        self._was_alive = False

    def is_dead(self, page: str | None, now_s: float) -> bool:
        """`page` is alive, silent or absent, None when the kiosk did not answer. Times are monotonic seconds."""
        if page is None:
            return False
        if page == "alive":
            self._was_alive = True
            return False
        # what was heard before this browser was started says nothing of it
        return (self._was_alive and page == "silent") or now_s - self._started_s > START_S
