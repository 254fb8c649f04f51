"""A real browser before real pages: Debian's Chromium, driven by Playwright, on the panels the pages are made for."""

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import resources

import pytest

from kiosk.domain.identity import Identity
from kiosk.web.feed import Feed
from kiosk.web.form import Drafts, create_form
from kiosk.web.ports import Declared
from kiosk.web.screen import create_screen_app
from kiosk.web.server import PageServer
from kiosk.web.settings import PageSettings

LAYOUTS = {"800x480": (800, 480), "800x450": (800, 450), "500x889": (500, 889)}


RUN = """
async () => {
  const found = await axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'],
    rules: { 'target-size': { enabled: true } },
    resultTypes: ['violations'],
  });
  return found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 90)).join(' | ')}`);
}
"""


@dataclass
class PlainEntrance:
    """A door with nobody behind it: remembers what the pages asked of it."""

    asked: list[str] = field(default_factory=list)
    declared: list[tuple] = field(default_factory=list)
    waiting: dict[int, Identity] = field(default_factory=dict)

    def pending(self, seq):
        return self.waiting.get(seq)

    def declare(self, identity, risk, questions_version, consent=None, answers=None):
        self.declared.append((identity, risk, questions_version))
        return Declared("accepted", stored=True)

    def call_staff(self):
        self.asked.append("call_staff")

    def dismiss(self):
        self.asked.append("dismiss")

    def status(self):
        return {"screen": "idle", "faults": [], "camera": "ok", "waiting": 3}


@dataclass
class PlainSlip:
    state: str = "printing"


@dataclass
class PlainPrinter:
    """A printer that is there: the test says what becomes of a slip."""

    automatic: bool = False
    is_offered: bool = True
    slips: list[PlainSlip] = field(default_factory=list)

    def print_pass(self, code, until):
        self.slips.append(PlainSlip())
        return self.slips[-1]


class Kiosk:
    """The pages of one kiosk, and the loop's side of them."""

    def __init__(self, boot="first"):
        self.slept_s = 0.0
        self.hangs = False
        self.feed = Feed(clock=lambda: time.monotonic() + self.slept_s)
        self.entrance = PlainEntrance()
        self.printer = PlainPrinter()
        self.boot = boot
        self.seq = 0
        self.server = None
        self.port = 0

    def open(self):
        settings = PageSettings(venue_name="Chợ Mẫu", heartbeat_s=0.5)
        self.drafts = Drafts(
            lambda: time.monotonic() + self.slept_s,
            idle_s=settings.idle_s,
            warning_s=settings.warning_s,
        )
        form = create_form(
            self.entrance,
            self.drafts,
            settings,
            shown_now=self.feed.shown_now,
            slips=self.printer,
        )
        app = create_screen_app(self.feed, self.entrance, settings, form)
        self.server = PageServer(app, self.port, every_turn=self._turn, on_close=self.feed.close)
        self.server.open()
        self.port = self.server.port

    def close(self):
        if self.server is not None:
            self.server.close()
            self.server = None

    def show(self, screen, reason="", *, seq=None, boot=None):
        self.seq = self.seq + 1 if seq is None else seq
        self.feed.publish(
            {
                "seq": self.seq,
                "screen": screen,
                "reason": reason,
                "direction": "in",
                "at": "08:15",
                "boot": boot or self.boot,
            }
        )

    def hang(self):
        """The loop stops turning, and that was six seconds ago."""
        self.hangs = True
        self.slept_s += 6.0

    def wake(self):
        self.hangs = False
        self.feed.turned()

    def _turn(self):
        self.drafts.sweep()
        if not self.hangs:
            self.feed.turned()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/"


@pytest.fixture
def kiosk():
    kiosk = Kiosk()
    kiosk.open()
    yield kiosk
    kiosk.close()


@pytest.fixture
def another_kiosk(kiosk):
    """The same address after a restart: closes the first, gives back the second."""
    opened = []

    def restart():
        kiosk.close()
        second = Kiosk(boot="second")
        second.port = kiosk.port
        opened.append(second)
        second.open()
        return second

    yield restart
    for second in opened:
        second.close()


@contextmanager
def _pages(chromium):
    contexts, pages = [], []

    def new(layout="800x480", *, bypass_csp=False, **options):
        """`layout` by its name, or in CSS pixels."""
        width_px, height_px = LAYOUTS[layout] if isinstance(layout, str) else layout
        context = chromium.new_context(
            viewport={"width": width_px, "height": height_px},
            locale="vi-VN",
            bypass_csp=bypass_csp,
            **{"has_touch": True, **options},
        )
        contexts.append(context)
        page = context.new_page()
        pages.append(page)
        page.set_default_timeout(10_000)
        page.complaints = []
        page.asked_for = []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("console", lambda message: _note(page, message))
        page.on("request", lambda request: page.asked_for.append(request.url))
        return page

    yield new
    for context in contexts:
        context.close()
    # of the whole run: no page may want to go elsewhere, or be held back by its own policy
    assert [url for page in pages for url in page.asked_for if not _is_here(url)] == []
    assert [each for page in pages for each in page.complaints if "Security Policy" in each] == []


@pytest.fixture
def new_page(chromium):
    """Pages on a panel of a given size. What a page complained of, and where it wanted to go, is on the page."""
    with _pages(chromium) as new:
        yield new


@pytest.fixture(scope="module")
def lasting_page(chromium):
    """The same, for pages that stay open for all tests of a module."""
    with _pages(chromium) as new:
        yield new


def _is_here(url):
    return url.startswith(("http://127.0.0.1:", "https://127.0.0.1:", "data:image/"))


def _note(page, message):
    # a refused connection is the browser's remark on what a test does on purpose
    if message.type == "error" and "Failed to load resource" not in message.text:
        page.complaints.append(message.text)


@pytest.fixture(scope="session")
def axe():
    pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    return (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def findings(axe):
    def look(page):
        page.evaluate(axe)
        return page.evaluate(RUN)

    return look
