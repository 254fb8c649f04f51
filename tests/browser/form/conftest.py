import re
import time
from dataclasses import dataclass, field
from datetime import date

import pytest

from kiosk.domain.declaration import Risk
from kiosk.web.feed import Feed
from kiosk.web.form import Drafts, create_form
from kiosk.web.ports import Declared
from kiosk.web.screen import create_screen_app
from kiosk.web.server import PageServer
from kiosk.web.settings import PageSettings


@dataclass
class SmallEntrance:
    """A door that stores what it is told and shows the result, as the loop does."""

    show: object
    shown: dict = field(default_factory=dict)  # seq -> Identity
    declared: list = field(default_factory=list)
    calls: list = field(default_factory=list)

    def pending(self, seq):
        return self.shown.get(seq)

    def declare(self, identity, risk, questions_version, consent=None, answers=None):
        self.declared.append((identity, risk, questions_version))
        outcome = "refer" if risk is Risk.DECLARED else "accepted"
        self.show(outcome, "kiosk_form")
        return Declared(outcome, stored=True)

    def call_staff(self):
        self.calls.append("staff")

    def dismiss(self):
        self.show("idle")

    def status(self):
        return {}


class DoorWithForm:
    """The visitor's pages with their form, and the loop's side of them. `later_s` moves the drafts' clock on."""

    def __init__(self, settings=None, near=(), slips=None):
        self.later_s = 0.0
        self.seq = 0
        settings = settings or PageSettings(venue_name="Chợ Mẫu", heartbeat_s=0.5)
        self.feed = Feed()
        self.entrance = SmallEntrance(self.show)
        self.drafts = Drafts(
            lambda: time.monotonic() + self.later_s,
            idle_s=settings.idle_s,
            warning_s=settings.warning_s,
        )
        form = create_form(
            self.entrance,
            self.drafts,
            settings,
            today=lambda: date(2026, 11, 24),
            near=near,
            shown_now=self.feed.shown_now,
            slips=slips,
        )
        app = create_screen_app(self.feed, self.entrance, settings, form)
        self.server = PageServer(app, 0, every_turn=self._turn, on_close=self.feed.close)

    def _turn(self):
        self.feed.turned()
        self.drafts.sweep()

    def show(self, screen, reason=""):
        self.seq += 1
        self.feed.publish(
            {
                "seq": self.seq,
                "screen": screen,
                "reason": reason,
                "direction": "in",
                "at": "08:15",
                "boot": "first",
            }
        )

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.port}/"


class Finger:
    """What a visitor does with the form, by touch alone."""

    def __init__(self, door, page):
        self.door = door
        self.page = page
        self.taps = 0

    def starts(self, language="vi"):
        self.door.show("missing", "none")
        self.page.goto(self.door.url)
        self.tap("body[data-screen=missing] .state.missing form button")
        self.arrives("consent")
        if language != "vi":
            self.tap(f"button[value={language}]")
            self.page.wait_for_selector(f"html[lang={language}]")

    def tap(self, selector):
        self.page.locator(selector).first.tap()
        self.taps += 1

    def waits(self, ms):
        """Time passes on the page, from the moment at which its scripts have begun to count."""
        self.page.wait_for_load_state()
        self.page.clock.run_for(ms)

    def arrives(self, name):
        self.page.wait_for_url(f"**/{name}")

    def agrees(self):
        self.tap("button[value=agree]")

    def types(self, keys):
        """One tap for each key: letters, spaces, and the names of other keys in brackets, as in `Tha<!j>`."""
        for key in re.findall(r"<[^>]+>|.", keys):
            self.tap(f'.k[data-key="{key.strip("<>") if len(key) > 1 else key}"]')

    def dials(self, digits):
        for digit in digits:
            self.tap(f'.pad [data-key="{digit}"]')

    def goes_on(self):
        self.tap(".k.next" if self.page.locator(".k.next").is_visible() else ".next")

    def field(self):
        return self.page.locator("[data-field]").input_value()

    def answers(self, first, last):
        """The pages from `first` to the one before `last`, for somebody with nothing to report."""
        steps = {
            "name": lambda: (self.types("tha<!j>ch thij maaux"), self.goes_on()),
            "birth": lambda: (self.dials("1990"), self.goes_on()),
            "sex": lambda: self.tap("button[value=female]"),
            "phone": lambda: (self.dials("0900000567"), self.goes_on()),
            "number": lambda: (self.dials("084190000000"), self.goes_on()),
            "commune": lambda: (self.types("traf vinh"), self.tap('.found [value="29242"]')),
            "symptoms": lambda: self.tap(".none"),
            "contact": lambda: self.tap("button[value=no]"),
            "travel": lambda: self.tap("button[value=no]"),
        }
        pages = list(steps)
        for name in pages[pages.index(first) :]:
            if name == last:
                break
            self.arrives(name)
            steps[name]()
        self.arrives(last)

    def sends(self):
        self.tap(".send button")


@pytest.fixture
def make_door():
    doors = []

    def make(**options):
        door = DoorWithForm(**options)
        doors.append(door)
        door.server.open()
        return door

    yield make
    for door in doors:
        door.server.close()


@pytest.fixture
def door(make_door):
    return make_door()


@pytest.fixture
def finger_on(door, new_page):
    """A finger on a panel of this size."""
    return lambda layout="800x480": Finger(door, new_page(layout))


@pytest.fixture
def new_finger(new_page):
    """A finger at a door of one's own choice."""
    return lambda door, layout="800x480": Finger(door, new_page(layout))
