"""Pictures of every page, for people to look at: docs/screens/*.png, half size.

    python -m bench.screenshots [--out FOLDER]

The pages are the real ones, served as on a kiosk; only what the loop would publish is made up here. Needs Debian's
chromium.
"""

import argparse
import re
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from kiosk.domain.declaration import Risk
from kiosk.domain.identity import CodeKind, Identifier, Identity, Scheme, Sex
from kiosk.web.bench import create_bench_app
from kiosk.web.feed import Feed
from kiosk.web.form import Drafts, create_form
from kiosk.web.ports import Declared
from kiosk.web.screen import create_screen_app
from kiosk.web.server import PageServer
from kiosk.web.settings import PageSettings

FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
LANDSCAPE, PORTRAIT, DESK = (800, 480), (500, 889), (1280, 940)
STATES = (
    ("idle", ""),
    ("reading", ""),
    ("reading", "too_far"),
    ("accepted", "kiosk_form"),
    ("already_recorded", "kiosk_form"),
    ("missing", "none"),
    ("refer", "declared_risk"),
    ("invalid", "expired"),
    ("not_personal", "payment"),
    ("goodbye", ""),
    ("fault", "camera"),
)
IN_PORTRAIT = {"idle", "accepted", "missing", "not_personal"}
# what a made-up visitor answers, page by page
ANSWERS: dict[str, dict[str, str]] = {
    "consent": {"action": "agree"},
    "name": {"typed": "Thạch Thị Mẫu"},
    "birth": {"typed": "1990"},
    "sex": {"chosen": "female"},
    "phone": {"typed": "0900000000"},
    "number": {"action": "skip"},
    "commune": {"typed": "Phường Trà Vinh"},
    "symptoms": {"action": "none"},
    "contact": {"chosen": "no"},
    "travel": {"chosen": "no"},
}
MADE_UP = Identity(
    kind=CodeKind.CCCD,
    identifiers=(Identifier(Scheme.CCCD, "084190000000"),),
    name="Thạch Thị Mẫu",
    birth="1990-09-05",
    sex=Sex.FEMALE,
    address="Khóm 3, Phường 7, Thành phố Trà Vinh, Trà Vinh",
)


class Posed:
    """A door and a desk that stand still for the picture."""

    def pending(self, seq: int) -> Identity | None:
        return MADE_UP if seq == 2 else None

    def declare(self, identity: Identity | None, risk: Risk, questions_version: int) -> Declared:
        return Declared("accepted", stored=True)

    def call_staff(self) -> None:
        pass

    def dismiss(self) -> None:
        pass

    def status(self) -> dict[str, object]:
        return {
            "screen": "idle", "faults": [], "notes": [], "camera": "ok", "fps": 30.0,
            "eye_age_s": 0.2, "read_ms_p95": 6.1, "uplink": "connected", "waiting": 0, "parked": 0,
            "oldest_s": 0, "receipt_age_s": 4, "scan_to_light_ms_p50": 11.0,
            "scan_to_light_ms_p95": 24.0, "staff_called": 1,
            "outcomes": {"accepted": 31, "missing": 9, "not_personal": 3},
        }  # fmt: skip

    def visitors(self) -> list[tuple[str, str]]:
        return [
            ("card", "Thạch Thị Mẫu, citizen card"),
            ("national", "Thạch Văn Mẫu, national QR on a phone"),
            ("bank", "shows a payment code by mistake"),
            ("place", "shows the market's own code"),
        ]

    def show(self, visitor_id: str) -> None:
        pass

    def show_image(self, picture: bytes) -> None:
        pass

    def clear(self) -> None:
        pass

    def pins(self) -> dict[str, bool]:
        return {"green": True, "amber": False, "red": False, "buzzer": True}

    def links(self) -> dict[str, str]:
        return {"Visitor's screen": "/", "Staff page": "/", "Collector": "/"}


class Studio:
    """The pages of a kiosk, a browser before them, and a folder for the pictures."""

    def __init__(self, browser: Browser, out: Path, settings: PageSettings) -> None:
        self._browser = browser
        self._out = out
        self.feed = Feed()
        posed = Posed()
        drafts = Drafts(time.monotonic, idle_s=settings.idle_s, warning_s=settings.warning_s)
        screen = create_screen_app(self.feed, posed, settings, create_form(posed, drafts, settings))
        self.screen = PageServer(
            screen, 0, every_turn=self.feed.turned, on_close=self.feed.close, name="screen"
        )
        self.bench = PageServer(create_bench_app(self.feed, posed, settings), 0, name="bench")
        self._seq = 0

    def publish(self, screen: str, reason: str) -> None:
        self._seq += 1
        self.feed.publish(
            {
                "seq": self._seq,
                "screen": screen,
                "reason": reason,
                "direction": "",
                "at": "08:15",
                "boot": "studio",
                "scan_to_light_ms": 11.2,
            }
        )

    @contextmanager
    def page(self, size: tuple[int, int]) -> Iterator[Page]:
        context = self._browser.new_context(
            viewport={"width": size[0], "height": size[1]}, device_scale_factor=0.5
        )
        yield context.new_page()
        context.close()

    def take(self, page: Page, name: str) -> None:
        page.evaluate("document.fonts.ready")
        page.screenshot(path=self._out / f"{name}.png")
        print(name)


def pose_states(studio: Studio) -> None:
    for size, suffix in ((LANDSCAPE, ""), (PORTRAIT, "-portrait")):
        with studio.page(size) as page:
            studio.publish("idle", "")
            page.goto(f"http://127.0.0.1:{studio.screen.port}/")
            for screen, reason in STATES:
                if suffix and screen not in IN_PORTRAIT:
                    continue
                studio.publish(screen, reason)
                page.wait_for_selector(f'body[data-screen="{screen}"][data-reason="{reason}"]')
                detail = f"-{reason}" if screen == "reading" and reason else ""
                studio.take(page, f"{screen}{detail}{suffix}")


def pose_desk(studio: Studio) -> None:
    studio.publish("accepted", "kiosk_form")
    with studio.page(DESK) as page:
        page.goto(f"http://127.0.0.1:{studio.bench.port}/")
        page.wait_for_selector('[data-shown="accepted"]')
        studio.take(page, "bench")
        page.goto(f"http://127.0.0.1:{studio.screen.port}/staff")
        page.wait_for_selector('[data-state="ok"]')
        studio.take(page, "staff")


def pose_form(studio: Studio, language: str) -> None:
    """Every page of the form in one language, filled in by posting what the pages post."""
    home = f"http://127.0.0.1:{studio.screen.port}"
    studio.publish("idle", "")
    with studio.page(LANDSCAPE) as page:
        page.goto(home)
        token = page.get_attribute('meta[name="csrf"]', "content") or ""

        def post(address: str, **fields: str) -> str:
            answer = page.request.post(
                address, form={**fields, "csrf": token}, headers={"Origin": home}, max_redirects=0
            )
            if answer.status != 303:
                raise RuntimeError(f"{address} answered {answer.status}")
            return home + str(answer.headers["location"])

        address = post(f"{home}/form", seq="0")
        address = post(address, action=language)
        for number in range(1, 20):
            page.goto(address)
            name = re.sub(r".*/", "", address)
            studio.take(page, f"form-{number:02}-{name}-{language}")
            if name not in ANSWERS:
                return
            address = post(address, **ANSWERS[name])


def main() -> int:
    parser = argparse.ArgumentParser(description="Take pictures of every page.")
    parser.add_argument("--out", type=Path, default=Path("docs/screens"))
    out: Path = parser.parse_args().out
    chromium = shutil.which("chromium")
    if chromium is None:
        print("chromium is not installed: apt-get install chromium", file=sys.stderr)
        return 1
    out.mkdir(parents=True, exist_ok=True)
    settings = PageSettings(venue_name="Chợ Mẫu")
    with ExitStack() as stack:
        playwright: Any = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        stack.callback(browser.close)
        studio = Studio(browser, out, settings)
        stack.enter_context(studio.screen)
        stack.enter_context(studio.bench)
        pose_states(studio)
        pose_desk(studio)
        for language in ("vi", "km", "en"):
            pose_form(studio, language)
    return 0


if __name__ == "__main__":
    sys.exit(main())
