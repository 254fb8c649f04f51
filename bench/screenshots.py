"""Pictures of every page, for people to look at: docs/screens/*.png, half size.

    python -m bench.screenshots [--out FOLDER] [--only PART ...]

The pages are the real ones, served as on a kiosk; only what the loop would publish is made up here. Needs Debian's
chromium.
"""

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import Browser, FloatRect, Page

from bench import posed_office
from bench.posed import PosedKiosk, chromium
from bench.posed_firstboot import PosedBoot, served, views
from bench.posed_staff import PIN, PosedStaff
from kiosk.errors import KioskError
from kiosk.languages import LANGUAGES
from kiosk.simulation.touch import ANSWERS
from kiosk.web.settings import PageSettings

LANDSCAPE, PORTRAIT, DESK, PHONE = (800, 480), (500, 889), (1280, 940), (390, 844)
STATES = (
    ("idle", ""),
    ("idle", "nearly_full"),
    ("idle", "full"),
    ("reading", ""),
    ("reading", "too_far"),
    ("reading", "too_close"),
    ("reading", "too_dark"),
    ("reading", "glare"),
    ("reading", "hold_still"),
    ("accepted", "kiosk_form"),
    ("already_recorded", "kiosk_form"),
    ("missing", "none"),
    ("refer", "declared_risk"),
    ("refer", "full"),
    ("test", ""),
    ("invalid", "expired"),
    ("not_personal", "payment"),
    ("goodbye", ""),
    ("fault", "camera"),
)
# a rim of four pixels, grey, around each of the four
EDGES = (4, 4, 4, 4, cv2.BORDER_CONSTANT, None, (200, 200, 200))
# the bar, and what is to be done
TOP: FloatRect = {"x": 0, "y": 0, "width": 390, "height": 530}
IN_PORTRAIT = {"idle", "accepted", "missing", "not_personal"}


class Studio:
    """The pages, a browser before them, and a folder for the pictures."""

    def __init__(self, kiosk: PosedKiosk, browser: Browser, out: Path) -> None:
        self.kiosk = kiosk
        self.browser = browser
        self.out = out

    @contextmanager
    def page(self, size: tuple[int, int]) -> Iterator[Page]:
        context = self.browser.new_context(
            viewport={"width": size[0], "height": size[1]}, device_scale_factor=0.5
        )
        yield context.new_page()
        context.close()

    def take(self, page: Page, name: str) -> None:
        page.evaluate("document.fonts.ready")
        page.screenshot(path=self.out / f"{name}.png")
        print(name)


def pose_states(studio: Studio) -> None:
    for size, suffix in ((LANDSCAPE, ""), (PORTRAIT, "-portrait")):
        with studio.page(size) as page:
            studio.kiosk.publish("idle", "")
            page.goto(studio.kiosk.home)
            for screen, reason in STATES:
                if suffix and screen not in IN_PORTRAIT:
                    continue
                studio.kiosk.publish(screen, reason)
                page.wait_for_selector(f'body[data-screen="{screen}"][data-reason="{reason}"]')
                is_told = screen == "reading" or reason in ("nearly_full", "full")
                detail = f"-{reason}" if is_told and reason else ""
                studio.take(page, f"{screen}{detail}{suffix}")


def pose_desk(studio: Studio) -> None:
    studio.kiosk.publish("accepted", "kiosk_form")
    with studio.page(DESK) as page:
        page.goto(studio.kiosk.desk)
        page.wait_for_selector('[data-shown="accepted"]')
        studio.take(page, "bench")
        page.goto(f"{studio.kiosk.home}/staff")
        page.wait_for_selector('[data-state="ok"]')
        studio.take(page, "staff")


def pose_forms(studio: Studio) -> None:
    for language in LANGUAGES:
        pose_form(studio, language)
    pose_pass(studio)


def pose_form(studio: Studio, language: str) -> None:
    """Every page of the form in one language, filled in by posting what the pages post."""
    home = studio.kiosk.home
    studio.kiosk.publish("idle", "")
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
            if name == "sex":
                pose_over(studio, page, language)
            if name not in ANSWERS:
                return
            address = post(address, **ANSWERS[name])


def pose_pass(studio: Studio) -> None:
    """The end of the form, with the slip for whoever has no phone."""
    for size, suffix in ((LANDSCAPE, ""), (PORTRAIT, "-portrait")):
        with studio.page(size) as page:
            for language in LANGUAGES:
                for slip in ("",) if suffix else ("", "out_of_paper"):
                    page.goto(studio.kiosk.pass_page(language, slip))
                    detail = f"-{slip}" if slip else ""
                    studio.take(page, f"form-12-pass{detail}-{language}{suffix}")


def pose_over(studio: Studio, page: Page, language: str) -> None:
    """What may lie over any page: another visitor's result, and the question whether anybody is there."""
    studio.kiosk.publish("accepted", "kiosk_form")
    page.wait_for_selector('[data-result="accepted"]')
    studio.take(page, f"form-strip-{language}")
    page.evaluate("""() => {
      document.querySelector('[data-strip]').hidden = true;
      document.querySelector('[data-countdown]').textContent = '20';
      document.querySelector('[data-still]').hidden = false;
    }""")
    studio.take(page, f"form-still-there-{language}")
    studio.kiosk.publish("idle", "")  # or the strip would stand on the next page as well


def pose_staff(studio: Studio) -> None:
    """The staff pages on a phone and at a desk, and the menu on the kiosk's own screen."""
    browser, out = studio.browser, studio.out
    with PosedStaff(is_new=True) as new:
        _shot(browser, LANDSCAPE, new.menu, out / "menu-first.png")
    with PosedStaff() as staff:
        for size, language, name in (
            (PHONE, "vi", "monitor"),
            (PHONE, "km", "monitor-km"),
            (PHONE, "en", "monitor-en"),
            (DESK, "en", "monitor-desk-en"),
        ):
            context = browser.new_context(
                viewport={"width": size[0], "height": size[1]}, ignore_https_errors=True
            )
            page = context.new_page()
            page.goto(f"{staff.monitor.url}?lang={language}")
            page.screenshot(path=out / f"{name}-sign-in.png")
            page.select_option("select[name=person]", "quan-ly")
            page.fill("input[name=pin]", PIN)
            staff.turn()
            page.click("main button.main")
            page.wait_for_selector(".referral")
            page.screenshot(path=out / f"{name}-top.png", clip=TOP)
            page.screenshot(path=out / f"{name}.png", full_page=True)
            if name == "monitor":
                for path in ("people", "pin", "blank-form"):
                    page.goto(staff.monitor.url + path)
                    page.screenshot(path=out / f"monitor-{path}.png", full_page=True)
            context.close()
        _shot(browser, LANDSCAPE, staff.menu, out / "menu-opened.png", PIN)
        _shot(browser, PORTRAIT, staff.menu, out / "menu-opened-portrait.png", PIN)


def pose_office(studio: Studio) -> None:
    """The pages of the officer's guide, over a made-up province."""
    with (
        tempfile.TemporaryDirectory(prefix="posed-") as folder,
        posed_office.PosedOffice(Path(folder) / "province", venues=12, days=9) as office,
    ):
        posed_office.take(office, studio.browser, studio.out)


def _shot(browser: Browser, size: tuple[int, int], address: str, file: Path, pin: str = "") -> None:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    page.goto(address)
    if pin:
        page.select_option("select[name=person]", "quan-ly")
        for digit in pin:
            page.click(f'[data-digit="{digit}"]')
        page.click("button.main")
        page.wait_for_selector(".qr")
    page.screenshot(path=file)
    print(file.stem)
    context.close()


def pose_firstboot(studio: Studio) -> None:
    """A new kiosk, from the code to the end; of its troubles, two."""
    shown = {"code", "trouble-expired", "trouble-clock", "joining-ask"}
    boot = PosedBoot()
    with served(boot) as server:
        for size, suffix in ((LANDSCAPE, ""), (PORTRAIT, "-portrait")):
            with studio.page(size) as page:
                for name, boot.view in views():
                    if name in shown or boot.view.joined is not None:
                        page.goto(f"http://127.0.0.1:{server.port}/")
                        studio.take(page, f"firstboot-{name}{suffix}")


def overview(out: Path) -> None:
    """The four pictures by which a newcomer sees what this is, in one."""
    symptoms = next(out.glob("form-*-symptoms-vi.png"))
    files = [out / "idle.png", out / "missing.png", out / "accepted.png", symptoms]
    pictures = [cv2.copyMakeBorder(_read(file), *EDGES) for file in files]
    rows = [np.hstack(pictures[:2]), np.hstack(pictures[2:])]
    cv2.imwrite(str(out / "overview.png"), np.vstack(rows))


PARTS = {
    "states": pose_states,
    "desk": pose_desk,
    "form": pose_forms,
    "firstboot": pose_firstboot,
    "staff": pose_staff,
    "office": pose_office,
}


def _read(file: Path) -> cv2.typing.MatLike:
    picture = cv2.imread(str(file))
    if picture is None:
        raise KioskError(f"{file} is no picture")
    return picture


def main() -> int:
    parser = argparse.ArgumentParser(description="Take pictures of every page.")
    parser.add_argument("--out", type=Path, default=Path("docs/screens"))
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, metavar="PART")
    arguments = parser.parse_args()
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    try:
        with chromium() as browser, PosedKiosk(PageSettings(venue_name="Chợ Mẫu")) as kiosk:
            studio = Studio(kiosk, browser, out)
            for part in arguments.only:
                PARTS[part](studio)
        if {"states", "form"} <= set(arguments.only):
            overview(out)
    except KioskError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
