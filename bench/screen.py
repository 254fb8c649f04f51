"""The budgets of the visitor's pages, in Debian's Chromium by touch.

    python -m bench.screen [--quick] [--check] [--json FILE]

Bytes and frames are counted, delays are taken in the page from the touch to the message after the next frame. The
processor is slowed down six times by the browser itself: about what a Raspberry Pi 3 has (shared facts, section 22).
The peer of a drawn result is the same page without slowing.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, CDPSession, Page, ViewportSize

from bench.posed import CARD_SEQ, PosedKiosk, chromium
from bench.report import Figure, Report, parser_of
from kiosk.errors import KioskError
from kiosk.web.settings import PageSettings

SLOWED = 6
PANEL: ViewportSize = {"width": 800, "height": 480}
MOST_PAGES = 30
BETWEEN_TAPS_MS = 150  # a quick typist
NAME_KEYS = "thachj thij mauxa"
COMMUNE_KEYS = "tra vinh"
# the touch comes before any handler of the page, the message after the frame that shows what it did
WATCH = """
window.delays = [];
addEventListener('pointerdown', (event) => {
  requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => window.delays.push(performance.now() - event.timeStamp);
    channel.port2.postMessage(0);
  });
}, true);
new MutationObserver(() => {
  requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => { window.drawnAt = Date.now(); };
    channel.port2.postMessage(0);
  });
}).observe(document, { attributes: true, attributeFilter: ['data-screen'], subtree: true });
"""


@contextmanager
def panel(browser: Browser, slowed: int = 1) -> Iterator[tuple[Page, CDPSession]]:
    context = browser.new_context(viewport=PANEL, has_touch=True, locale="vi-VN")
    context.add_init_script(WATCH)
    page = context.new_page()
    tools = context.new_cdp_session(page)
    tools.send("Emulation.setCPUThrottlingRate", {"rate": slowed})
    yield page, tools
    context.close()


def loaded_bytes(browser: Browser, kiosk: PosedKiosk) -> tuple[int, int]:
    """All bytes of the first load, and those of our own scripts on the screen and in the form together."""
    first: dict[str, int] = {}
    kiosk.publish("idle")
    with panel(browser) as (page, _):
        page.on(
            "response",
            lambda answer: first.update(
                {answer.url: int(answer.headers.get("content-length", "0"))}
            ),
        )
        page.goto(kiosk.home)
        page.wait_for_selector('body[data-screen="idle"]')
    static = Path(__file__).parent.parent / "kiosk" / "web" / "static"
    own = [file for file in static.rglob("*.js") if file.name not in ("bench.js", "staff.js")]
    return sum(first.values()), sum(file.stat().st_size for file in own)


def idle_paints(browser: Browser, kiosk: PosedKiosk, seconds: int) -> float:
    """Frames drawn in a second while nothing happens but heartbeats."""
    kiosk.publish("idle")
    with panel(browser) as (page, tools):
        page.goto(kiosk.home)
        page.wait_for_selector('body[data-screen="idle"]')
        page.wait_for_timeout(1_000)
        frames: list[str] = []
        tools.on(
            "Tracing.dataCollected",
            lambda sent: frames.extend(e["name"] for e in sent["value"] if e["name"] == "Paint"),
        )
        ended: list[object] = []
        tools.on("Tracing.tracingComplete", lambda sent: ended.append(sent))
        tools.send("Tracing.start", {"categories": "devtools.timeline"})
        page.wait_for_timeout(seconds * 1_000)
        tools.send("Tracing.end")
        while not ended:
            page.wait_for_timeout(50)
        return len(frames) / seconds


def drawn_ms(browser: Browser, kiosk: PosedKiosk, times: int, slowed: int) -> list[float]:
    """Milliseconds from the loop's word to the frame that shows it."""
    took = []
    kiosk.publish("idle")
    with panel(browser, slowed) as (page, _):
        page.goto(kiosk.home)
        page.wait_for_selector('body[data-screen="idle"]')
        for number in range(times):
            wanted = ("accepted", "missing", "refer", "idle")[number % 4]
            page.evaluate("window.drawnAt = 0")
            said_at_ms = time.time() * 1_000
            kiosk.publish(wanted)
            while not (drawn_at_ms := page.evaluate("window.drawnAt")):
                page.wait_for_timeout(20)
            took.append(drawn_at_ms - said_at_ms)
    return took


class Finger:
    """Fills in the form by touch. `taps` leaves out the keys of letters and digits, as the budget does."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.taps = 0
        self.delays_ms: list[float] = []

    def tap(self, selector: str) -> None:
        self.taps += 1
        self._page.locator(selector).first.tap()

    def type(self, keys: str) -> None:
        """By place, as a finger does: looking a key up before each tap would run scripts in the page that is timed."""
        self.press([f'[data-key="{key}"]' for key in keys])

    def press(self, selectors: list[str]) -> None:
        middles = {selector: self._middle(selector) for selector in set(selectors)}
        self._page.evaluate("window.delays = []")
        for selector in selectors:
            self._page.touchscreen.tap(*middles[selector])
            self._page.wait_for_timeout(BETWEEN_TAPS_MS)
        while self._page.evaluate("window.delays.length") < len(selectors):
            self._page.wait_for_timeout(20)
        self.delays_ms += self._page.evaluate("window.delays")

    def _middle(self, selector: str) -> tuple[float, float]:
        box = self._page.locator(selector).first.bounding_box()
        if box is None:
            raise KioskError(f"nothing to touch at {selector}")
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def answer(self, name: str) -> None:
        """One page, whichever the form shows."""
        match name:
            case "consent":
                self.tap('[value="agree"]')
            case "name":
                self.type(NAME_KEYS)
                self.tap('[data-key="next"]')
            case "commune" if self._page.locator(".tile.proposed").count():
                self.tap(".tile.proposed")
            case "commune" if self._page.locator(".tile.other").count():
                self.tap(".tile:not(.other)")
            case "commune":
                self.type(COMMUNE_KEYS)
                self.tap("[data-found] .tile")
            case "birth":
                self.type("1990")
                self.tap(".next")
            case "phone":
                self.type("0900000000")
                self.tap(".next")
            case "number":
                self.tap('[value="skip"]')
            case "sex":
                self.tap('[value="female"]')
            case "symptoms":
                self.tap('[value="none"]')
            case "contact" | "travel":
                self.tap('[value="no"]')
            case "check":
                self.tap('[value="send"], [value="more"]')
            case _:
                raise KioskError(f"the form asks for {name}, which no finger here knows")


def bare_delays_ms(browser: Browser, times: int, slowed: int) -> list[float]:
    """The peer: a page with nothing but a field and a button that writes a letter into it."""
    with panel(browser, slowed) as (page, _):
        page.goto("data:text/html,<input><button style='width:90px;height:90px'>a</button>")
        page.evaluate("""() => {
          const [field, button] = document.querySelectorAll('input, button');
          button.addEventListener('pointerdown', () => { field.value += 'a'; });
        }""")
        page.wait_for_timeout(500)
        finger = Finger(page)
        finger.press(["button"] * times)
    return finger.delays_ms


def form_run(browser: Browser, kiosk: PosedKiosk, seq: int, slowed: int) -> Finger:
    """The whole form from the result with this number to the screen again."""
    declared = kiosk.door.declared
    kiosk.publish("missing", "none", seq)
    with panel(browser, slowed) as (page, _):
        page.goto(kiosk.home)
        page.wait_for_selector('body[data-screen="missing"]')
        finger = Finger(page)
        finger.tap(".missing form button")
        page.wait_for_url("**/form/**")
        for _ in range(MOST_PAGES):
            name = page.url.rpartition("/")[2]
            with page.expect_navigation():
                finger.answer(name)
            if page.url.rstrip("/") == kiosk.home:
                break
    if kiosk.door.declared != declared + 1:
        raise KioskError("the form was left without a declaration")
    return finger


def main() -> int:
    arguments = parser_of("bench.screen", __doc__ or "").parse_args()
    report = Report("screen", arguments)
    times = 20 if arguments.quick else 100
    try:
        with chromium() as browser, PosedKiosk(PageSettings(venue_name="Chợ Mẫu")) as kiosk:
            _measure(report, browser, kiosk, times)
    except KioskError as error:
        print(error, file=sys.stderr)
        return 1
    return report.finish()


def _measure(report: Report, browser: Browser, kiosk: PosedKiosk, times: int) -> None:
    report.progress("first load")
    first, own = loaded_bytes(browser, kiosk)
    report.add(Figure("first load, bytes", first, goal=80_000, bound="fonts from the system"))
    report.add(Figure("own JavaScript for visitors, bytes", own, goal=40_000))
    report.progress("idle")
    frames = idle_paints(browser, kiosk, 10 if times < 50 else 30)
    # the clock on the idle page may change once while it is watched
    report.add(Figure("idle page, frames a second", frames, goal=0.1, bound="a clock of minutes"))
    report.progress("results")
    plain = drawn_ms(browser, kiosk, times, 1)
    slowed = drawn_ms(browser, kiosk, times, SLOWED)
    report.add(
        Figure(
            "result on the screen, slowed six times, p95 ms",
            sorted(slowed)[int(0.95 * len(slowed))],
            goal=100,
            peer="not slowed",
            peer_value=sorted(plain)[int(0.95 * len(plain))],
        )
    )
    report.progress("form, first visit")
    before = bare_delays_ms(browser, 20, SLOWED)
    first_time = form_run(browser, kiosk, 500_000, SLOWED)
    bare_ms = median(before + bare_delays_ms(browser, 20, SLOWED))
    ours_ms = median(first_time.delays_ms)
    report.add(
        Figure(
            "tap to paint, slowed six times, median ms",
            ours_ms,
            goal=60,
            peer="a bare button",
            peer_value=bare_ms,
            bound="two frames of 16.7 ms",
        )
    )
    report.add(Figure("the same, times that of a bare button", ours_ms / bare_ms, goal=2))
    report.add(Figure("taps besides letters and digits, first visit", first_time.taps, goal=60))
    report.progress("form, with a citizen card")
    with_card = form_run(browser, kiosk, CARD_SEQ, SLOWED)
    report.add(Figure("taps besides the phone's digits, with a card", with_card.taps, goal=8))


if __name__ == "__main__":
    sys.exit(main())
